"""Open event streams (every page holds one) end when the service stops; it would wait for them otherwise, and complain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVENTS = b"text/event-stream"


class Streams:
    """Knows the requests that are being answered with an event stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: set[asyncio.Task[Any]] = set()
        self._ending = False

    def end(self) -> None:
        """End them all; to be called in the loop that serves them."""
        self._ending = True
        for task in self._open:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None

        finished = False

        async def noting(message: Message) -> None:
            nonlocal finished
            if message["type"] == "http.response.start" and _is_stream(message):
                self._open.add(task)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            if not self._ending or task not in self._open:
                raise
            task.uncancel()
            if not finished:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._open.discard(task)


def _is_stream(message: Message) -> bool:
    return any(name == b"content-type" and value.startswith(_EVENTS) for name, value in message.get("headers", ()))
