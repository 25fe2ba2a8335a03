"""An event stream that ends when whoever reads it goes away, with a sign of life while there is nothing to tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

EVENTS = "text/event-stream"
_PAUSE = 15.0  # seconds; proxies cut a connection that is silent for a minute
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # else nginx collects the events
_SIGN = b": ping\n\n"
Stream = AsyncGenerator[bytes, None]


def event(data: dict[str, Any] | str, name: str = "") -> bytes:
    """Return one event: JSON on one line, or a word as it is."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    lines = [f"event: {name}"] if name else []
    return "\n".join([*lines, f"data: {text}", "", ""]).encode("utf-8", "replace")


def stream_response(events: Stream) -> Response:
    """Return events as an answer; they are closed at its end, and at once when nobody reads it any more."""
    from starlette.responses import StreamingResponse

    class Events(StreamingResponse):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            """Look out for who leaves: Starlette itself, by this server, would notice at the next event alone."""
            answering = asyncio.ensure_future(self.stream_response(send))
            leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                await _end(answering)

        async def stream_response(self, send: Send) -> None:
            async with aclosing(_living(events)) as living:
                self.body_iterator = living
                await super().stream_response(send)

    return Events(events, media_type=EVENTS, headers=_HEADERS)


async def _living(events: Stream) -> Stream:
    """Yield the events, and a comment wherever none came for a while."""
    from anyio import CancelScope

    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(events))
            while not (await asyncio.wait({following}, timeout=_PAUSE))[0]:
                yield _SIGN
            try:
                yield following.result()
            except StopAsyncIteration:
                return
    finally:
        with CancelScope(shield=True):
            if following is not None:
                await _end(following)
            await events.aclose()


async def _end(task: asyncio.Future[Any]) -> None:
    """Wait until a task has really ended, which is broken off if it has not; what went wrong in it is raised."""
    task.cancel()
    with suppress(asyncio.CancelledError, StopAsyncIteration):
        await task
