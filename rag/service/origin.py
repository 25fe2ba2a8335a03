"""Requests that another site's page makes in the visitor's browser are refused, with and without log-in.

The check is on what the browser itself says of a request, Sec-Fetch-Site or else Origin, and not on a token in the form: every
browser that can show the page sends one of them with a POST, it needs nothing kept before the log-in (so there is nothing
to fixate), and it covers Gradio's own routes too, whose requests could carry no token. The SameSite cookie alone would not
do: for it another port of the same host is the same site. Who sends neither is no browser and has no visitor's cookies.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag.service.problem import refuse

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE = ("GET", "HEAD", "OPTIONS")
_OWN = ("same-origin", "none")  # `none`: typed or from the bookmarks
_FOREIGN = "请求来自其他网站的页面,已拒绝。请直接打开本页面使用。"
_NOT_LOCAL = "页面没有登录,只能以 127.0.0.1 或 localhost 打开。要经反向代理或其他地址使用,请开启登录(CLAUSE_AUTH=on)。"


class SameOrigin:
    """Refuses with 403 what another origin's page asks for; without log-in also what comes by another name.

    Another name for the loopback is how a web site reaches what listens there (DNS rebinding), or a reverse proxy.
    """

    def __init__(self, app: ASGIApp, only_local: bool) -> None:
        self._app = app
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.datastructures import Headers

        if scope["type"] != "lifespan":
            headers = Headers(scope=scope)
            said = _FOREIGN if is_foreign(scope.get("method", "GET"), headers) else ""
            if self._only_local and not is_local(headers.get("host", "")):
                said = _NOT_LOCAL
            if said:
                await refuse(scope, 403, said, "origin")(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether the page of another origin makes this request."""
    site = headers.get("sec-fetch-site")
    if site in _OWN:
        return False
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.casefold() != headers.get("host", "").casefold()
    return site is not None and method not in _SAFE


def is_local(host: str) -> bool:
    """Whether a Host header names this computer itself."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
