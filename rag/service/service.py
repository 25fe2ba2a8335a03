"""The service: routes of our own, the page at the root, and what stands before both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.access.open_gate import open_guarded
from rag.api.answering import Answering
from rag.api.app import add_api
from rag.mcp.http import add_mcp
from rag.page.desk import Desk
from rag.service.audit_files import audit_files
from rag.service.clients import Clients
from rag.service.crowded import Crowded
from rag.service.downloads import downloads
from rag.service.guard import Guard, user_name
from rag.service.headers import SecurityHeaders
from rag.service.health import add_health
from rag.service.library_files import library_files
from rag.service.login import add_login
from rag.service.observe import Observe
from rag.service.origin import SameOrigin
from rag.service.outward import NothingOutward
from rag.service.sizes import Sizes
from rag.service.turns import Turns
from rag.traffic.rates import Rates

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.access.gate import Gate


def build_service(desk: Desk, gate: Gate | None = None, rates: Rates | None = None, has_page: bool = True) -> FastAPI:
    """Return the web application over a desk, behind the gate of its settings if none is given.

    Workers that share a client's requests a minute are given the `rates` that they share; only one of them has the page.

    Raises UserError where the settings ask for log-in and nobody could administer it.
    """
    from fastapi import FastAPI

    gate = gate or open_guarded(desk.settings)
    service = FastAPI(title="政策条款问答", docs_url=None, redoc_url=None, openapi_url=None)
    add_health(service, desk, gate.clients if gate else None)
    answering = Answering(desk)
    add_api(service, desk, answering)
    add_mcp(service, desk, answering)
    if has_page:
        _add_page(service, desk, gate)
    _stand_before(service, desk, gate, rates or Rates())
    return service


def _add_page(service: FastAPI, desk: Desk, gate: Gate | None) -> None:
    """Give the service the page, the files that are taken away from it, and the log-in before it."""
    from rag.page.layout import mount_page

    if gate is not None:
        add_login(service, gate)
    service.include_router(downloads(desk))
    service.include_router(audit_files(desk))
    service.include_router(library_files(desk))
    mount_page(service, desk, user_name if gate else None)


def _stand_before(service: FastAPI, desk: Desk, gate: Gate | None, rates: Rates) -> None:
    """Put the checks before every route, the last added first."""
    settings, book = desk.settings, gate.clients if gate else None
    service.add_middleware(Crowded)
    service.add_middleware(Turns, line=desk.line, settings=settings)
    service.add_middleware(Sizes, settings=settings)
    service.add_middleware(Clients, book=book, rates=rates, per_minute=settings.per_minute)
    if gate is not None:
        service.add_middleware(Guard, gate=gate)
    service.add_middleware(NothingOutward)
    service.add_middleware(SameOrigin, only_local=gate is None)
    service.add_middleware(SecurityHeaders, no_store=gate is not None)
    service.add_middleware(Observe)
