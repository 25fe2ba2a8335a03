"""Who asks through the API: a client by his token, a user by his session, or without log-in whoever is at this computer."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.access.clients import Client
from rag.access.lockout import network_of
from rag.access.users import NO_LOGIN
from rag.service.problem import refuse
from rag.traffic.problem import is_api

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from rag.access.clients import ClientBook
    from rag.traffic.rates import Rates

_log = logging.getLogger(__name__)
_BEARER = re.compile(r"bearer +(\S{1,200}) *", re.IGNORECASE)
_BY_SESSION = re.compile(r"/api(/|$)")  # the page's own; under /v1 and /mcp there are programs alone
_WRONG_A_MINUTE = 60  # tokens that are none, from one address
_NO_TOKEN = (
    "没有令牌或令牌无效。请在 Authorization 头里写 Bearer 和令牌;令牌由管理员用 python -m rag clients add 添加。"
)
_TOO_MANY = "请求太频繁(每分钟最多 {most} 次)。请在 {wait} 秒后再发。"
_WRONG_TOO_OFTEN = "无效的令牌太多。请在 {wait} 秒后再试。"
_OUT_OF_ORDER = "令牌暂时无法核对。请稍后再试;若仍不可用,请联系管理员查看日志。"


class Clients:
    """Leaves the client in `request.state.client`, and refuses who is none or asks too often."""

    def __init__(self, app: ASGIApp, book: ClientBook | None, rates: Rates, per_minute: int) -> None:
        self._app = app
        self._book = book
        self._rates = rates
        self._per_minute = per_minute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" and is_api(scope["path"]) else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if self._book is None:
            scope["state"]["client"] = Client(NO_LOGIN, is_admin=True)
            return None
        try:
            client = client_of(scope, self._book)
        except UserError:
            _log.exception("no token can be looked up")
            return refuse(scope, 503, _OUT_OF_ORDER, "token")
        if client is None:
            return self._unknown(scope)
        scope["state"]["client"] = client
        most = client.per_minute or self._per_minute
        wait = self._rates.take(f"client:{client.name}", most)
        return refuse(scope, 429, _TOO_MANY.format(most=most, wait=wait), "rate", wait) if wait else None

    def _unknown(self, scope: Scope) -> Response:
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._rates.take(f"address:{network_of(address)}", _WRONG_A_MINUTE)
        if wait:
            return refuse(scope, 429, _WRONG_TOO_OFTEN.format(wait=wait), "token", wait)
        return refuse(scope, 401, _NO_TOKEN, "token")


def client_of(scope: Scope, book: ClientBook) -> Client | None:
    """Return who asks, by the token if there is one; None where it is nobody. Raises UserError."""
    from starlette.datastructures import Headers

    given = Headers(scope=scope).get("authorization")
    if given is not None:
        bearer = _BEARER.fullmatch(given)
        return book.lookup(bearer[1]) if bearer else None
    user = scope["state"].get("user")
    return Client(user.name, user.is_admin) if user and _BY_SESSION.match(scope["path"]) else None
