"""Nothing without a session, Gradio's own routes included.

A pure ASGI middleware: Starlette's BaseHTTPMiddleware would hold back the event streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.service.cookies import read_session
from rag.service.paths import HEALTH, LOGIN, LOGOUT, STYLE, login_path

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from rag.access.gate import Gate

_OPEN = {
    LOGIN,
    LOGOUT,
    STYLE,
    HEALTH,
    "/favicon.ico",
    "/manifest.json",
}  # a browser asks for the manifest without cookies
_POLICY_VIOLATION = 1008  # why a websocket is closed
NO_STORE = {"Cache-Control": "no-store"}


class Guard:
    """Finds out who asks, leaves him in `request.state.user`, and refuses who has no session."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import HTTPConnection

        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        token = read_session(HTTPConnection(scope))
        user = self._gate.sessions.find(token) if token else None
        scope.setdefault("state", {})["user"] = user
        if user is not None or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _refusal(scope)(scope, receive, send)


def user_name(request: Request) -> str | None:
    """Return who asks, for Gradio; it refuses by itself where there is none."""
    user = getattr(request.state, "user", None)
    return user.name if user else None


def _refusal(scope: Scope) -> Response:
    """Send a reader of pages to the log-in, and tell a script that there is none."""
    from starlette.datastructures import Headers
    from starlette.responses import JSONResponse, RedirectResponse

    if scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse(login_path(scope), status_code=303, headers=NO_STORE)
    return JSONResponse({"error": "login", "detail": "尚未登录或登录已过期,请重新登录。"}, 401, headers=NO_STORE)
