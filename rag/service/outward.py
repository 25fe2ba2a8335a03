"""Gradio's routes that would fetch from other hosts, or that nothing here uses, are closed: no request leaves the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_CLOSED = re.compile(
    r"/gradio_api/(proxy=|file[=/]https?:|run-history|runs|vibe|undo-vibe|process_recording|dev/|deep_link|token)"
    r"|/monitoring|/login/$",
    re.IGNORECASE,
)


class NothingOutward:
    """Answers these routes with 404."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import PlainTextResponse

        if scope["type"] == "http" and _CLOSED.match(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
