"""Every request gets an ID, is counted, and is told in the log: who, what, how it ended, how long it took.

The path is told without what follows the `?`, where words that are searched for may stand.
"""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any

from rag.telemetry.metrics import series
from rag.telemetry.request_id import HEADER, begin_request
from rag.traffic.problem import is_api

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
_GONE = 499  # as nginx has it: whoever asked has left before there was an answer
# What is told apart in the metrics; the rest is the page and what it is made of.
_ROUTE = re.compile(
    r"/(?:api/(?:ask|search|clauses|documents)|v1/(?:chat/completions|models)|mcp|export|gradio_api"
    r"|healthz|readyz|metrics|log(?:in|out)|password)(?=/|\.|$)"
)
_QUIET = re.compile(r"/(healthz|readyz|metrics)$")


class Observe:
    """Stands before all else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope)
        try:
            await self._app(scope, receive, seen.sending(send))
        except Exception:  # it is logged, and answered by 500, further out
            seen.fail()
            raise
        finally:
            seen.tell()


class _Seen:
    """One request, from its arrival to its end."""

    def __init__(self, scope: Scope) -> None:
        from starlette.datastructures import Headers

        self._scope = scope
        self._started = time.perf_counter()
        self._status = _GONE
        self._id = begin_request(Headers(scope=scope).get(HEADER, ""))
        self._state = scope.setdefault("state", {})
        self._state["request_id"] = self._id
        self._flight = 1 if is_api(scope["path"]) else 0  # a page's event stream lasts as long as it is open
        series().in_flight.inc(self._flight)

    def sending(self, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER.encode(), self._id.encode())]}
            await send(message)

        return noting

    def fail(self) -> None:
        self._status = 500 if self._status == _GONE else self._status

    def tell(self) -> None:
        """Count the request and write its line."""
        path = self._scope["path"]
        route = _ROUTE.match(path)
        series().requests.labels(route[0] if route else "page", self._status).inc()
        series().in_flight.dec(self._flight)
        loud = self._status >= 500 or is_api(path) or (route and not _QUIET.match(path) and route[0] != "/gradio_api")
        _log.log(logging.INFO if loud else logging.DEBUG, "request", extra={"told": self._told(path)})

    def _told(self, path: str) -> dict[str, Any]:
        who = self._state.get("client") or self._state.get("user")
        return {
            "request_id": self._id,
            "client": who.name if who else None,
            "address": self._scope["client"][0] if self._scope.get("client") else None,
            "method": self._scope["method"],
            "path": path,
            "status": self._status,
            "ms": round((time.perf_counter() - self._started) * 1000, 1),
        }
