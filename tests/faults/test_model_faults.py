"""An endpoint of a model that does anything but answer: the clause's own words come, with a word of why, and nothing stays behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Question
from tests.endpoint import Endpoint, Handler, Reply, breaks_off, drips, events, fails, hangs, says, serving, stalls
from tests.faults.seed import TIMES, dice

Serve = Callable[..., Endpoint]
_QUESTION = Question("长春2012年新农合补助标准是多少?")
_NOTE = "以上为条款原文摘录"
_GEMINI = {"candidates": [{"content": {"parts": [{"text": "240元"}], "role": "model"}, "finishReason": "STOP"}]}
_CLAUDE = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "240元"}],
    "stop_reason": "end_turn",
}


@pytest.fixture
def serve() -> Iterator[Serve]:
    with serving() as start:
        yield start


def _ask(index: ClauseIndex, settings: Settings, url: str) -> Any:
    own = {"llm_base_url": url, "llm_model": "scripted", "llm_timeout": 0.6, "llm_retries": 0}
    return build_chain(index, settings.model_copy(update=own)).invoke(_QUESTION)


def _must_be_quoted(answer: Any) -> None:
    assert (answer.status, answer.mode) == ("grounded", "extractive")
    assert "240元" in answer.statements[0].text
    assert _NOTE in answer.answer


def _random_bytes(number: int) -> Reply:
    """Send bytes of no meaning, under a random status and kind; some of them look like a stream."""
    chance = dice(f"bytes {number}")
    body = chance.choice([b"", b"data: ", b"{", b"\x1f\x8b", b'data: {"choices": [']) + chance.randbytes(
        chance.randrange(2000)
    )
    status = chance.choice([200, 200, 200, 204, 301, 408, 418, 429, 502])
    kind = chance.choice(["application/json", "text/event-stream", "text/html; charset=utf-16", "nonsense"])
    return lambda handler, _: handler.send(status, body, kind)


def _no_http(handler: Handler, body: dict[str, Any]) -> None:
    handler.wfile.write(dice("no http").randbytes(300))
    handler.hang_up()


def _packed(handler: Handler, body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "7")
    handler.end_headers()
    handler.wfile.write(b"no gzip")


def _short(handler: Handler, body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "9999")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.hang_up()


_REPLIES: dict[str, Reply] = {
    "silence": hangs(1.5),
    "a stream cut off": breaks_off('{"statements": [{"clause": "长府办发'),
    "a stream that stalls": stalls('{"statements": [', 1.5),
    "too many requests": fails(429),
    "an error of its own": fails(500),
    "nothing": events("[DONE]"),
    "words for ever": drips(b"data: " + b"9" * 4000),
    "a huge reply": says("好" * 60_000, piece=10_000),
    "a huge line": lambda handler, _: handler.send(200, b"data: " + b"x" * 3_000_000, "text/event-stream"),
    "the shape of Gemini": lambda handler, _: handler.send(200, json.dumps(_GEMINI).encode()),
    "the shape of Claude": lambda handler, _: handler.send(200, json.dumps(_CLAUDE).encode()),
    "deep JSON": lambda handler, _: handler.send(200, b"[" * 100_000),
    "no HTTP": _no_http,
    "no gzip": _packed,
    "less than announced": _short,
}


@pytest.mark.parametrize("what", _REPLIES)
def test_an_endpoint_that_does_not_answer_costs_no_more_than_its_answer(
    index: ClauseIndex, settings: Settings, serve: Serve, what: str
) -> None:
    _must_be_quoted(_ask(index, settings, serve(_REPLIES[what]).url))


@pytest.mark.parametrize("number", range(4 * TIMES))
def test_bytes_without_a_meaning_are_no_answer(
    index: ClauseIndex, settings: Settings, serve: Serve, number: int
) -> None:
    _must_be_quoted(_ask(index, settings, serve(_random_bytes(number)).url))


def test_a_port_that_does_not_speak_tls(index: ClauseIndex, settings: Settings, serve: Serve) -> None:
    _must_be_quoted(_ask(index, settings, serve(says("好")).url.replace("http://", "https://")))


def test_no_thread_stays_behind(index: ClauseIndex, settings: Settings, serve: Serve) -> None:
    hanging = serve(drips(b": ping\n\n"))
    ours = {thread.name for thread in threading.enumerate()}
    for _ in range(3):
        _must_be_quoted(_ask(index, settings, hanging.url))
    assert hanging.hung_up.wait(5)
    left = [t.name for t in threading.enumerate() if t.name not in ours and "process_request" not in t.name]
    assert left in ([], ["model calls"]), left
