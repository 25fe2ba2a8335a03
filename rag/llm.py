"""The model client: any OpenAI-compatible endpoint, through LangChain."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from index.settings import Settings

_log = logging.getLogger(__name__)


class ModelFailed(Exception):
    """The endpoint did not answer: refused, timed out, broke off, made no sense. The cause is chained."""


class ModelDeclined(ModelFailed):
    """The model answered that the clauses do not say."""


def open_model(settings: Settings) -> BaseChatModel | None:
    """Return the chat model that the settings name, or None if they name none."""
    if not settings.has_llm:
        return None
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=str(settings.llm_model),
        base_url=settings.llm_base_url,
        api_key=SecretStr(settings.llm_api_key),
        timeout=settings.llm_timeout,
        max_retries=settings.llm_retries,
        temperature=0,
    )


def stream_reply(model: BaseChatModel, prompt: str, schema: dict[str, Any], seconds: float) -> Iterator[str]:
    """Yield the growing reply; the schema is left out for an endpoint that does not know it.

    Raises ModelFailed, also when a reply that has begun takes more than `seconds`.
    """
    from openai import BadRequestError, OpenAIError

    shape = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    try:
        try:
            yield from _growing(model, prompt, seconds, response_format=shape)
        except BadRequestError:
            _log.info("the endpoint takes no json_schema; asking without")
            yield from _growing(model, prompt, seconds)
    except (OpenAIError, OSError, *_NO_REPLY) as exc:
        raise ModelFailed(f"{type(exc).__name__}: {exc}") from exc


# What the client raises on a body that is no chat completion at all: HTML, `null`, `{"choices": null}`.
_NO_REPLY = (ValueError, TypeError, AttributeError, AssertionError, LookupError)


def _growing(model: BaseChatModel, prompt: str, seconds: float, **options: Any) -> Iterator[str]:
    reply = ""
    deadline = 0.0
    for chunk in model.stream(prompt, **options):
        reply += chunk.text if isinstance(chunk.text, str) else chunk.text()
        deadline = deadline or time.monotonic() + seconds  # until the first word, the client's own timeout holds
        if time.monotonic() > deadline:
            raise ModelFailed("the reply took too long")
        yield reply
