"""The model client: any OpenAI-compatible endpoint, through LangChain, within its time and its share of calls."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.runnables.config import RunnableConfig, ensure_config
from pydantic import SecretStr

from index.settings import Settings
from rag.generation.context import count_tokens
from rag.telemetry.metrics import series

_log = logging.getLogger(__name__)

_MAX_TOLD = 500  # characters of an error, which may be a whole page
_MAX_REPLY = 20_000  # characters; an answer has a few hundred, a model that thinks aloud some thousands
_GRACE = 0.5  # seconds that a call has to give itself up in, before it is left alone
_GUESSED = ("stream_options", "include_usage")  # what a complaint names that is not about the shape of the reply


class ModelFailed(Exception):
    """The endpoint did not answer: refused, timed out, broke off, made no sense. The cause is chained.

    `note` tells the reader why he is given the clauses' own words.
    """

    note = "(模型未能给出可核对的回答, 以上为条款原文摘录。)"


class ModelDeclined(ModelFailed):
    """The model answered that the clauses do not say."""

    note = "(模型认为条款没有直接写明, 以上为最接近的条款原文摘录。)"


class ModelEvaded(ModelFailed):
    """The model said something true that is no answer: no figure where one was asked for."""

    note = "(模型的回答没有写出所问的内容, 以上为条款原文摘录。)"


@dataclass
class Usage:
    """Tokens that a model has read and written for one answer, and how often it was called."""

    input: int = 0
    output: int = 0
    calls: int = 0

    def to_json(self) -> dict[str, int] | None:
        """Return the record of an answer; None if no model was called."""
        return {"input": self.input, "output": self.output, "calls": self.calls} if self.calls else None


@dataclass(frozen=True, slots=True)
class Form:
    """What of the protocol an endpoint takes: how it is told the shape of a reply, and whether it tells the tokens."""

    shape: str = "json_schema"
    usage: bool = True

    def options(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a call in this form."""
        shapes = {
            "json_schema": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}},
            "json_object": {"type": "json_object"},
        }
        # In `extra_body`, LangChain sends it as it is: its own handling reads the reply a second time and
        # raises on one that was cut off.
        body = {"extra_body": {"response_format": shapes[self.shape]}} if self.shape in shapes else {}
        return {"stream_usage": self.usage, **body}

    def simpler(self, complaint: str) -> Form | None:
        """Return the form to try after a complaint about this one; None if there is none simpler."""
        if self.usage and any(word in complaint for word in _GUESSED):
            return replace(self, usage=False)
        after = {"json_schema": "json_object", "json_object": "text"}.get(self.shape)
        if after:
            return replace(self, shape=after)
        return replace(self, usage=False) if self.usage else None


class Endpoint:
    """A model behind an address: so many calls at once, and the form that it last took.

    All calls run on one event loop, so that each can be given up in the middle of whatever it waits for.
    """

    def __init__(self, model: BaseChatModel, name: str, calls: int, wait: float) -> None:
        self._model = model
        self.name = name
        self._slots = asyncio.Semaphore(calls)
        self._wait = wait
        self._form = Form()

    def stream(self, prompt: str, schema: dict[str, Any], seconds: float, usage: Usage) -> Iterator[str]:
        """Yield the growing reply; raises ModelFailed, also when no whole reply came within `seconds`."""
        queue: SimpleQueue[AIMessageChunk | Exception | None] = SimpleQueue()
        task = self._run(prompt, schema, seconds, ensure_config(), queue.put)
        future = asyncio.run_coroutine_threadsafe(task, _loop())
        metered, outcome = _Metered(prompt), "ok"
        deadline = time.monotonic() + seconds + _GRACE
        try:
            while (item := _next(queue, deadline)) is not None:
                if isinstance(item, Exception):
                    outcome = "failed"
                    raise ModelFailed(f"{type(item).__name__}: {self._told(item)}") from item
                if metered.add(item):
                    yield metered.reply
        finally:
            future.cancel()
            series().model_calls.labels(outcome).inc()
            metered.count_into(usage)

    async def _run(
        self,
        prompt: str,
        schema: dict[str, Any],
        seconds: float,
        config: RunnableConfig,
        put: Callable[[AIMessageChunk | Exception | None], None],
    ) -> None:
        """Put the chunks of a reply, then None; or the error that ended it."""
        try:
            async with asyncio.timeout(seconds), _held(self._slots, self._wait):
                async for chunk in self._chunks(prompt, schema, config):
                    put(chunk)
        # What the client raises on a body that is no chat completion at all (HTML, `null`) is of no one kind.
        except Exception as exc:
            put(exc)
        else:
            put(None)

    def _told(self, exc: Exception) -> str:
        """Return what may be logged of an error: some endpoints repeat the key that they refuse."""
        key = getattr(self._model, "openai_api_key", None)
        secret = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return (str(exc).replace(secret, "***") if secret else str(exc))[:_MAX_TOLD]

    async def _chunks(
        self, prompt: str, schema: dict[str, Any], config: RunnableConfig
    ) -> AsyncIterator[AIMessageChunk]:
        """Yield the chunks of a reply in the richest form that the endpoint takes, and remember that form."""
        from openai import BadRequestError, UnprocessableEntityError

        form: Form | None = self._form
        while form:
            try:
                async for chunk in self._model.astream(prompt, config, **form.options(schema)):
                    self._form = form
                    yield chunk
                return
            except (BadRequestError, UnprocessableEntityError) as exc:
                _log.info("the endpoint does not take %s: %s", form, self._told(exc))
                simpler = form.simpler(str(exc))
                if simpler is None:
                    raise
                form = simpler


class _Metered:
    """A reply as it grows, and the tokens of its call: as the endpoint tells them, else counted."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._told: Any = None
        self.reply = ""

    def add(self, chunk: AIMessageChunk) -> bool:
        """Take a chunk and return whether the reply has grown; raises ModelFailed for one without end."""
        text = chunk.text if isinstance(chunk.text, str) else chunk.text()
        self.reply += text
        self._told = chunk.usage_metadata or self._told
        if len(self.reply) > _MAX_REPLY:
            raise ModelFailed("the reply has no end")
        return bool(text)

    def count_into(self, usage: Usage) -> None:
        usage.calls += 1
        if self._told:
            usage.input += self._told["input_tokens"]
            usage.output += self._told["output_tokens"]
        elif self.reply:
            usage.input += count_tokens(self._prompt)
            usage.output += count_tokens(self.reply)


def open_endpoint(settings: Settings) -> Endpoint | None:
    """Return the model that the settings name, or None if they name none."""
    if not settings.has_llm:
        return None
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model=str(settings.llm_model),
        base_url=settings.llm_base_url,
        api_key=SecretStr(settings.llm_api_key),
        timeout=settings.llm_timeout,
        max_retries=settings.llm_retries,
        stream_chunk_timeout=None,  # its wait_for can swallow the cancelling that our own limit relies on
        temperature=0,
    )
    return Endpoint(model, str(settings.llm_model), settings.llm_concurrency, settings.llm_timeout)


def _next(queue: SimpleQueue[AIMessageChunk | Exception | None], deadline: float) -> AIMessageChunk | Exception | None:
    try:
        return queue.get(timeout=max(deadline - time.monotonic(), 0))
    except Empty:
        return TimeoutError("no whole reply in its time")


@asynccontextmanager
async def _held(slots: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    """Hold one of the slots; TimeoutError if none is free within `seconds`."""
    async with asyncio.timeout(seconds):
        await slots.acquire()
    try:
        yield
    finally:
        slots.release()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model calls", daemon=True).start()
    return loop
