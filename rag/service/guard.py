"""Nothing without a session, Gradio's own routes included.

A pure ASGI middleware: Starlette's BaseHTTPMiddleware would hold back the event streams.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.service.cookies import read_session
from rag.service.paths import HEALTH, LOGIN, LOGOUT, METRICS, READY, STYLE, login_path
from rag.traffic.problem import is_api

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from rag.access.gate import Gate
    from rag.access.users import User

_log = logging.getLogger(__name__)
_OPEN = {
    LOGIN,
    LOGOUT,
    STYLE,
    HEALTH,
    READY,
    METRICS,  # refuses by itself
    "/favicon.ico",
    "/manifest.json",
}  # browsers ask for the manifest without cookies
_UPLOAD = "/gradio_api/upload"
NO_STORE = {"Cache-Control": "no-store"}
_NO_SESSION = {"error": "login", "detail": "尚未登录或登录已过期,请重新登录。"}
_NO_ADMIN = {"error": "role", "detail": "此操作需要管理员权限。"}
_OUT_OF_ORDER = "登录暂时不可用。请稍后再试;若仍不可用,请联系管理员查看日志。"


class Guard:
    """Finds out who asks, leaves him in `request.state.user`, and refuses who has no session."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import HTTPConnection
        from starlette.responses import PlainTextResponse

        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            token = read_session(HTTPConnection(scope))
            user = self._gate.sessions.find(token) if token else None
        except UserError:  # the file with the sessions cannot be read
            _log.exception("no session can be looked up")
            await PlainTextResponse(_OUT_OF_ORDER, 503)(scope, receive, send)
            return
        scope.setdefault("state", {})["user"] = user
        refusal = _refusal(scope, user)
        await (refusal or self._app)(scope, receive, send)


def user_name(request: Request) -> str | None:
    """Return who asks, for Gradio; it refuses by itself where there is none."""
    user = getattr(request.state, "user", None)
    return user.name if user else None


def _refusal(scope: Scope, user: User | None) -> Response | None:
    """Send a reader of pages to the log-in, and tell a script that there is none; None for who may go on."""
    from starlette.datastructures import Headers
    from starlette.responses import JSONResponse, RedirectResponse

    if user is not None:
        # A file sent stays on the server even if no event takes it: so the route itself is refused.
        only_admin = scope["path"].startswith(_UPLOAD) and not user.is_admin
        return JSONResponse(_NO_ADMIN, 403, headers=NO_STORE) if only_admin else None
    if scope["path"] in _OPEN or is_api(scope["path"]):  # where `Clients` decides
        return None
    if scope.get("method") in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse(login_path(scope), status_code=303, headers=NO_STORE)
    return JSONResponse(_NO_SESSION, 401, headers=NO_STORE)
