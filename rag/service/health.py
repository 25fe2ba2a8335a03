"""For those who watch the service: GET /healthz (it runs), /readyz (it can answer), /metrics (Prometheus)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.page.desk import Desk
from rag.question.understand import understand
from rag.retrieval.search import search
from rag.service.clients import client_of
from rag.service.origin import is_local
from rag.service.paths import HEALTH, METRICS, READY
from rag.service.problem import refuse
from rag.telemetry.metrics import page_of_metrics
from rag.types import Question

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from rag.access.clients import ClientBook

_log = logging.getLogger(__name__)
_HOLDS = 3.0  # seconds that a finding is told again: each search of a large index takes its time
_TRIED = "补助标准"
_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded")
_NO_INDEX = "没有可用的索引"
_NOT_FOR_YOU = "只能在本机查看,或在 Authorization 头里写 Bearer 和令牌。"


def add_health(service: FastAPI, desk: Desk, book: ClientBook | None) -> None:
    """Give the service its routes."""
    ready = Readiness(desk)

    async def healthz(_: Request) -> Response:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        from starlette.responses import JSONResponse

        reasons = await ready.reasons()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200, headers=_FRESH)

    def metrics(request: Request) -> Response:
        from starlette.responses import Response

        if not _may_read(request, book):
            return refuse(request.scope, 403, _NOT_FOR_YOU, "token")
        index = desk.library.index
        content, media = page_of_metrics(index.manifest.counts if index else {}, index.version if index else "")
        return Response(content, media_type=media, headers=_FRESH)

    service.add_route(HEALTH, healthz, methods=["GET"])
    service.add_route(READY, readyz, methods=["GET"])
    service.add_route(METRICS, metrics, methods=["GET"])


_FRESH = {"Cache-Control": "no-store"}


class Readiness:
    """Finds out whether questions can be answered and kept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looking = asyncio.Lock()
        self._found: list[str] = []
        self._looked: float | None = None

    async def reasons(self) -> list[str]:
        """Return why not, nothing if they can; a finding holds for some seconds."""
        from anyio.to_thread import run_sync

        async with self._looking:
            if self._looked is None or time.monotonic() - self._looked > _HOLDS:
                self._found = await run_sync(self._look)
                self._looked = time.monotonic()
            return self._found

    def _look(self) -> list[str]:
        checks: Mapping[str, Callable[[], str | None]] = {"index": self._index, "records": self._records}
        found = []
        for name, check in checks.items():
            try:
                reason = check()
            except UserError as exc:
                reason = str(exc)
            except Exception:
                _log.exception("not ready: %s", name)
                reason = "出错,详见日志"
            found += [f"{name}: {reason}"] if reason else []
        return found

    def _index(self) -> str | None:
        self._desk.library.refresh()
        index = self._desk.library.index
        if index is None:
            return _NO_INDEX
        search(
            index, understand(Question(_TRIED), index), 1
        )  # the encoder, the views and the clauses have their part in it
        return None

    def _records(self) -> str | None:
        return self._desk.records.problem() if self._desk.records else None


def _may_read(request: Request, book: ClientBook | None) -> bool:
    """Whether someone at this computer asks, and no proxy for others; or any client by his token."""
    client = request.client
    is_here = client is not None and is_local(f"[{client.host}]" if ":" in client.host else client.host)
    if is_here and not any(name in request.headers for name in _FORWARDED):
        return True
    return book is not None and client_of(request.scope, book) is not None
