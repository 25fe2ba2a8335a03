"""What every answer tells the browser: nothing from other hosts, no guessing of types, no frame around the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's page has scripts and styles inside it and makes functions of text ('unsafe-eval': what our HTML does in the
# browser, js_on_load). Handlers in attributes it has none: so markup that came in with a text could not run anything.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; frame-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    # A POST must not lose its Origin, as it would under `no-referrer`.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_KEPT_TYPES = ("text/css", "text/javascript", "application/javascript", "font/", "image/")


class SecurityHeaders:
    """Adds the headers that an answer does not have yet; with log-in no page stays behind in the browser's store."""

    def __init__(self, app: ASGIApp, no_store: bool) -> None:
        self._app = app
        self._no_store = no_store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(message)
            await send(message)

        await self._app(scope, receive, send_with if scope["type"] == "http" else send)

    def _add(self, message: Message) -> None:
        from starlette.datastructures import MutableHeaders

        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        if self._no_store and not headers.get("content-type", "").startswith(_KEPT_TYPES):
            headers["cache-control"] = "no-store"
