"""The list of documents as a file: GET /export/documents.csv, with the search, filters and order of the tab."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from rag.page.desk import Desk
from rag.page.library.holdings import holdings_of
from rag.page.library.listing import documents_csv, view_of

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response


def library_files(desk: Desk) -> APIRouter:
    """Return the route."""
    from fastapi import APIRouter

    router = APIRouter()

    def documents(request: Request) -> Response:
        from starlette.responses import Response

        desk.library.refresh()
        rows = holdings_of(desk.library).ordered(view_of(request.query_params.multi_items()))
        name = quote(f"文件清单_共{len(rows)}份.csv")
        disposition = f"attachment; filename=\"documents.csv\"; filename*=UTF-8''{name}"
        headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
        return Response(documents_csv(rows), media_type="text/csv", headers=headers)

    router.add_route("/export/documents.csv", documents, methods=["GET"])
    return router
