"""Several workers, one page: a worker answers programs itself and hands on to the page's worker what a browser asks.

Gradio keeps the state of an open page in the process that it was opened in. Which worker a connection comes to is chance,
so all but one of them hand on what is the page's, through a socket in a folder that nobody else can open.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from rag.service.paths import HEALTH, METRICS, READY
from rag.traffic.problem import is_api

if TYPE_CHECKING:
    from httpx import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
_OWN = (HEALTH, READY, METRICS)
_HOP = {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"proxy-connection"}
_FROM, _SCHEME = b"x-forwarded-for", b"x-forwarded-proto"
_SAID_ANEW = _HOP | {_FROM, _SCHEME, b"x-forwarded-host", b"forwarded", b"x-real-ip"}
_AWAY = "页面暂时打不开,正在重新启动。请稍后刷新。"


class Forward:
    """Hands on what is the page's, to whoever listens at the socket."""

    def __init__(self, app: ASGIApp, socket: str) -> None:
        import httpx

        self._app = app
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._transport = httpx.AsyncHTTPTransport(uds=socket, limits=limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_api(scope["path"]) or scope["path"] in _OWN:
            await self._app(scope, receive, send)
            return
        sent = asyncio.Event()  # all that whoever asks had to send
        passing = asyncio.create_task(self._pass(_request(scope, receive, sent), scope, send))
        leaving = asyncio.create_task(_left(receive, sent))
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            passing.cancel()  # nothing, where it has ended; else nobody reads the events that it hands on
        if passing.done():
            passing.result()

    async def _pass(self, request: Request, scope: Scope, send: Send) -> None:
        import httpx
        from starlette.responses import PlainTextResponse

        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.HTTPError as exc:
            _log.warning("the page's worker does not answer: %r", exc)
            refusal = PlainTextResponse(_AWAY, 503, headers={"Retry-After": "5", "Cache-Control": "no-store"})
            await refusal(scope, _nothing, send)
            return
        try:
            headers = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in _HOP]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


class FromWorkers:
    """At the page's worker: takes from what was handed on who asked, and how. Only workers can reach the socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["client"] is None:  # it has no address, so it came through the socket
            said = dict(scope["headers"])
            address, scheme = (said.get(name, b"").decode("latin-1") for name in (_FROM, _SCHEME))
            headers = [(name, value) for name, value in scope["headers"] if name not in (_FROM, _SCHEME)]
            scope = {
                **scope,
                "client": (address, 0) if address else None,
                "scheme": scheme or "http",
                "headers": headers,
            }
        await self._app(scope, receive, send)


def _request(scope: Scope, receive: Receive, sent: asyncio.Event) -> Request:
    """Return the request as it is handed on; not by httpx's client, which would add headers of its own and keep cookies."""
    import httpx

    query, path = scope.get("query_string", b""), scope.get("raw_path") or scope["path"].encode()
    url = httpx.URL(scheme="http", host="page", raw_path=path + (b"?" + query if query else b""))
    headers = [(name, value) for name, value in scope["headers"] if name not in _SAID_ANEW]
    headers += [(_FROM, scope["client"][0].encode())] if scope.get("client") else []
    headers += [(_SCHEME, scope["scheme"].encode())]
    if any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
        return httpx.Request(scope["method"], url, headers=headers, content=_body(receive, sent))
    sent.set()
    return httpx.Request(scope["method"], url, headers=headers)


async def _body(receive: Receive, sent: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield what is sent; at its end, or when nobody sends any more, `sent` is set."""
    try:
        while (message := await receive())["type"] == "http.request":
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return
        raise ConnectionError("whoever asked has gone")
    finally:
        sent.set()


async def _left(receive: Receive, sent: asyncio.Event) -> None:
    """Return when whoever asks has gone away."""
    await sent.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
