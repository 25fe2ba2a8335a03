"""What an administrator takes away as files: GET /export/audit.csv (with the filters of the tab), /export/feedback.jsonl, .csv"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.access.roles import require_admin
from rag.page.audit.view import Asked, label_in
from rag.page.desk import Desk
from rag.page.visitor import visitor_of
from rag.records.audit_csv import audit_csv
from rag.records.feedback_csv import feedback_csv
from rag.records.records import Records

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

_NOT_KEPT = "这里没有保存记录。"


def audit_files(desk: Desk) -> APIRouter:
    """Return the routes; to whoever is no administrator they say so."""
    from fastapi import APIRouter

    router = APIRouter()  # `add_route` knows nothing of a prefix
    router.add_route("/export/audit.csv", _answering(desk, _audit, "text/csv", "audit", "csv"), methods=["GET"])
    lines = _answering(desk, _feedback, "application/jsonl", "feedback", "jsonl")
    router.add_route("/export/feedback.jsonl", lines, methods=["GET"])
    table = _answering(desk, _feedback_table, "text/csv", "feedback", "csv")
    router.add_route("/export/feedback.csv", table, methods=["GET"])
    return router


def _answering(
    desk: Desk, work: Callable[[Desk, Records, Request], bytes], media: str, name: str, ending: str
) -> Callable[[Request], Response]:
    """Return an endpoint, run in a thread, that sends a file of the day's name."""

    def endpoint(request: Request) -> Response:
        from starlette.responses import PlainTextResponse, Response

        try:
            require_admin(visitor_of(request))
            if desk.records is None:
                raise UserError(_NOT_KEPT)
            content = work(desk, desk.records, request)
        except UserError as exc:
            return PlainTextResponse(str(exc), 403, headers=_FRESH)
        disposition = f'attachment; filename="{name}-{date.today():%Y%m%d}.{ending}"'
        return Response(content, media_type=media, headers={**_FRESH, "Content-Disposition": disposition})

    return endpoint


_FRESH = {"Cache-Control": "no-store"}


def _audit(_: Desk, records: Records, request: Request) -> bytes:
    return audit_csv(records.audit.list(Asked.read(request.query_params).sought, limit=-1))


def _feedback(desk: Desk, records: Records, _: Request) -> bytes:
    index = desk.library.index
    if index is None:
        return records.feedback.as_candidates().encode()
    return records.feedback.as_candidates(lambda id: index.find(id) is not None).encode()


def _feedback_table(desk: Desk, records: Records, _: Request) -> bytes:
    return feedback_csv(records, label_in(desk.library.index))
