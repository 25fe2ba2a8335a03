"""How much a request may send: what is larger is refused before it is read, and what does not say so when it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.service.problem import refuse

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from index.settings import Settings

_UPLOADS = re.compile(r"/(api/documents|gradio_api/upload)")
_AROUND = 2**20  # bytes of a form around its files
_TOO_LARGE = "请求太大(上限 {most})。请缩短或分几次发送。"


class Sizes:
    """Refuses with 413."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.datastructures import Headers

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, said = self._most(scope)
        refusal = (
            refuse(scope, 413, _TOO_LARGE.format(most=said), "size") if _length(Headers(scope=scope)) > most else None
        )
        if refusal:
            await refusal(scope, receive, send)
            return
        reading = _Reading(scope, receive, send, most, said)
        await self._app(scope, reading.receive, reading.send)

    def _most(self, scope: Scope) -> tuple[int, str]:
        """Return how many bytes may be sent here, and that in words."""
        if _UPLOADS.match(scope["path"]):
            return self._settings.upload_mb * 2**20 + _AROUND, f"{self._settings.upload_mb} MB"
        return self._settings.request_kb * 2**10, f"{self._settings.request_kb} KB"


class _Reading:
    """A request whose length is not known beforehand: too long, it is refused here, and to the route it has gone away."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: int, said: str) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._left, self._said = most, said
        self._is_over = self._is_started = False

    async def receive(self) -> Message:
        if self._is_over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left >= 0:
            return message
        self._is_over = True
        if not self._is_started:
            refusal = refuse(self._scope, 413, _TOO_LARGE.format(most=self._said), "size")
            await refusal(self._scope, self._receive, self._send)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self._is_started = True
        if not self._is_over:
            await self._send(message)


def _length(headers: Headers) -> int:
    try:
        return int(headers.get("content-length", "0"))
    except ValueError:  # the server has refused what is no number
        return 0
