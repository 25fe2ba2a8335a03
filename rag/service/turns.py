"""Questions of programs stand in the same line as those of the page, which is short: beyond it they are told when to come back.

A place is kept until the work has really ended. A thread cannot be broken off: so who goes away, or has waited too long, is
let go at once, but the next one starts only when the processor is free.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING

from rag.service.problem import CODES, refuse
from rag.telemetry.metrics import series
from rag.traffic.line import Full, Line, Place
from rag.traffic.problem import error_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from index.settings import Settings

_log = logging.getLogger(__name__)
_TAKES_A_TURN = re.compile(r"/(api/(ask|search)|v1/chat/completions|mcp)/?$")
_BODY_SECONDS = 30
_FULL = "现在提问的人太多,未能排上队。请在 {wait} 秒后再发。"
_WAITED = "排队超过 {most:g} 秒,还没有轮到。请在 {wait} 秒后再发。"
_TOO_SLOW = "超过 {most:g} 秒没有答完,已停止等待。请缩小问题的范围,或稍后再试。"
_SLOW_BODY = "请求没有在 {most} 秒内发完。请检查网络后再发。"


class Turns:
    """Lets questions through when it is their turn, and ends those that take too long."""

    def __init__(self, app: ASGIApp, line: Line, settings: Settings) -> None:
        self._app = app
        self._line = line
        self._answer_seconds = settings.answer_seconds
        self._queue_seconds = settings.queue_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS" or not _TAKES_A_TURN.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "GET" and scope["path"].startswith(
            "/mcp"
        ):  # a stream that waits for news, not for an answer
            await self._app(scope, receive, send)
            return
        try:
            sent = await _read(receive)
        except TimeoutError:
            await refuse(scope, 408, _SLOW_BODY.format(most=_BODY_SECONDS), "time")(scope, receive, send)
            return
        if sent and sent[-1]["type"] == "http.request":
            await self._in_line(scope, _Replayed(sent, receive), send)

    async def _in_line(self, scope: Scope, replayed: _Replayed, send: Send) -> None:
        try:
            place = self._line.join()
        except Full as exc:
            await refuse(scope, 429, _FULL.format(wait=exc.seconds), "busy", exc.seconds)(scope, replayed, send)
            return
        answering: asyncio.Task[None] | None = None
        out = _Out(send)
        try:
            if await self._reach(place, scope, replayed, send):
                answering = asyncio.create_task(self._app(scope, replayed, out))  # type: ignore[arg-type]
                answering.add_done_callback(lambda task: self._leave(place, task))
                await self._finish(answering, scope, replayed, out)
        finally:
            if answering is None:
                self._line.leave(place)

    async def _reach(self, place: Place, scope: Scope, replayed: _Replayed, send: Send) -> bool:
        """Return whether the turn came; it does not where whoever asks goes away or has waited too long."""
        if self._line.ahead(place) == 0:
            return True
        turn, gone = asyncio.create_task(_turn(self._line, place)), asyncio.create_task(replayed.left())
        try:
            await asyncio.wait({turn, gone}, timeout=self._queue_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            turn.cancel()
            gone.cancel()
        if self._line.ahead(place) == 0:
            return True
        if not gone.done():
            wait = self._line.seconds()
            said = _WAITED.format(most=self._queue_seconds, wait=wait)
            await refuse(scope, 503, said, "time", wait)(scope, replayed, send)
        return False

    async def _finish(self, answering: asyncio.Task[None], scope: Scope, replayed: _Replayed, out: _Out) -> None:
        try:
            await asyncio.wait({answering}, timeout=self._answer_seconds)
        except asyncio.CancelledError:  # the service stops
            out.is_closed = True
            raise
        if answering.done():
            answering.result()
            return
        # It is not cancelled, which would leave its thread behind and give the place away: it sees that nobody listens.
        await out.end(scope, replayed, _TOO_SLOW.format(most=self._answer_seconds))

    def _leave(self, place: Place, task: asyncio.Task[None]) -> None:
        self._line.leave(place)
        if not task.cancelled() and (error := task.exception()):
            _log.debug("answering ended by %r", error)  # it is told where it is awaited


class _Replayed:
    """A request whose body was read: it is handed on from here."""

    def __init__(self, sent: list[Message], receive: Receive) -> None:
        self._sent = list(reversed(sent))
        self._receive = receive

    async def __call__(self) -> Message:
        return self._sent.pop() if self._sent else await self._receive()

    async def left(self) -> None:
        """Return when whoever asks has gone away."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Out:
    """An answer on its way, which may be ended before it has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_events = self._is_started = self.is_closed = False

    async def __call__(self, message: Message) -> None:
        if self.is_closed:
            return
        if message["type"] == "http.response.start":
            self._is_started = True
            self._is_events = any(
                name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                for name, value in message.get("headers", ())
            )
        await self._send(message)

    async def end(self, scope: Scope, receive: Receive, said: str) -> None:
        """End the answer by an error: its own answer where none has begun, the last event of a stream."""
        self.is_closed = True
        if not self._is_started:
            await refuse(scope, 504, said, "time")(scope, receive, self._send)
            return
        series().refused.labels("time").inc()
        error = json.dumps({"error": error_of(scope["path"], 504, CODES[504], said)}, ensure_ascii=False)
        body = f"event: error\ndata: {error}\n\n".encode() if self._is_events else b""
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


async def _read(receive: Receive) -> list[Message]:
    """Return what is sent until its end; raises TimeoutError where that does not come."""
    sent: list[Message] = []
    async with asyncio.timeout(_BODY_SECONDS):
        while not sent or (sent[-1]["type"] == "http.request" and sent[-1].get("more_body", False)):
            sent.append(await receive())
    return sent


async def _turn(line: Line, place: Place) -> None:
    async for _ in line.wait(place):
        pass
