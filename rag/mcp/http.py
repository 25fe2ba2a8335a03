"""The tools at /mcp of the service. No session is kept, so that any worker can take any request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from rag.api.answering import Answering
from rag.mcp.server import build_server, open_http
from rag.page.desk import Desk

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

PATH = "/mcp"


def add_mcp(service: FastAPI, desk: Desk, answering: Answering) -> None:
    """Put the tools into a service; they answer while it runs."""
    endpoint = _Endpoint(desk, answering)
    before = service.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        async with before(app) as state, endpoint.running():
            yield state

    service.router.lifespan_context = lifespan
    service.add_route(PATH, endpoint, methods=["GET", "POST", "DELETE"])  # type: ignore[arg-type]  # an ASGI application


class _Endpoint:
    """The protocol over HTTP. Who stands before it has looked at host, origin and token."""

    def __init__(self, desk: Desk, answering: Answering) -> None:
        self._desk = desk
        self._answering = answering
        self._application: Any = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer while inside; the library's manager can be started once, a service more often."""
        application = open_http(build_server(self._desk, self._answering), PATH)
        async with application.router.lifespan_context(application):
            self._application = application
            try:
                yield
            finally:
                self._application = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import Response

        await (self._application or Response(status_code=503))(scope, receive, send)
