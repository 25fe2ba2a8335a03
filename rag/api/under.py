"""An application inside another that sees paths as they were asked for: its description tells them whole."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)


class Under(BaseRoute):
    """Routes all that is asked for under some paths to an application."""

    def __init__(self, app: ASGIApp, paths: Sequence[str]) -> None:
        self.app = app
        self._paths = tuple(paths)

    @property
    def routes(self) -> list[BaseRoute]:
        """What the application routes itself."""
        return list(getattr(self.app, "routes", ()))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_own = scope["type"] == "http" and any(f"{scope['path']}/".startswith(f"{path}/") for path in self._paths)
        return (Match.FULL, {}) if is_own else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer; what it has told of as an error ends here, else the server would cut the connection."""
        is_told = False

        async def noting(message: Message) -> None:
            nonlocal is_told
            await send(message)
            is_told = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            if not is_told:
                raise
            _log.exception("the API failed")
