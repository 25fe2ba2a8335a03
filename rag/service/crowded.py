"""When Gradio's own queue is full, the page says so in Chinese.

Gradio answers 503, for which its page has an English sentence of its own; what comes with 422 it shows as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JOIN = "/gradio_api/queue/join"
_FULL = "现在使用的人太多,请稍后再试。"


class Crowded:
    """Tells it in the sentence of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import JSONResponse

        if scope["type"] != "http" or scope["path"] != _JOIN:
            await self._app(scope, receive, send)
            return
        is_full = False

        async def telling(message: Message) -> None:
            nonlocal is_full
            if message["type"] == "http.response.start" and message["status"] == 503:
                is_full = True
            elif not is_full:
                await send(message)

        await self._app(scope, receive, telling)
        if is_full:
            await JSONResponse({"detail": _FULL}, 422, headers={"Retry-After": "5"})(scope, receive, send)
