"""/api/documents: the documents held; an administrator adds and removes them, with the page's own preview and limits.

No annotation is put off here (`from __future__`): FastAPI reads them, and would not find what a function has imported.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from rag.api.answering import index_of
from rag.api.caller import caller_of
from rag.api.errors import need_form
from rag.api.joining import join, need_open, take_out
from rag.api.near import need_document
from rag.api.records import document_record, page_record
from rag.api.schemas import Changed, DocumentList, Planned, WholeDocument, told
from rag.api.sent import SENT_FORM, read_form
from rag.page.desk import Desk
from rag.page.library.holdings import View, holdings_of

if TYPE_CHECKING:
    from fastapi import APIRouter

_NONE = "没有这份文件; 说明里有最接近的编号"
_SORTS = Literal["year", "title", "number", "issuer", "place", "kind", "standing", "leaves", "added"]
_CHANGED = "与预览时不同: 文件或文件库在此期间变了"


def document_routes(desk: Desk) -> "APIRouter":
    """Return the routes that read; each is run in a thread."""
    from fastapi import APIRouter, Path, Query
    from starlette.responses import JSONResponse, Response

    router = APIRouter(tags=["文件"])
    Word = Annotated[str, Query(max_length=200)]
    Values = Annotated[list[Word], Query(max_length=50)]

    @router.get("/api/documents", summary="文件清单", response_class=Response, responses=told(DocumentList))
    def documents(
        q: Annotated[Word, Query(description="检索词, 空格分开: 标题、文号、机关、地区、文件名")] = "",
        place: Annotated[Values, Query(description="地区, 可重复")] = [],  # noqa: B006  # FastAPI copies it
        year: Annotated[Values, Query(description="年份, 可重复")] = [],  # noqa: B006
        issuer: Annotated[Values, Query(description="发文机关, 可重复")] = [],  # noqa: B006
        kind: Annotated[Values, Query(description="文种, 可重复")] = [],  # noqa: B006
        validity: Annotated[Values, Query(description="效力, 可重复")] = [],  # noqa: B006
        sort: Annotated[_SORTS, Query(description="按哪一项排序")] = "year",
        down: Annotated[bool, Query(description="由大到小、由近到远")] = True,
        page: Annotated[int, Query(ge=1, le=1_000_000, description="第几页, 每页 50 份")] = 1,
    ) -> Response:
        """返回合乎检索词和全部筛选的文件的一页。"""
        filters = {"places": place, "years": year, "issuers": issuer, "kinds": kind, "standings": validity}
        chosen: dict[str, Any] = {name: tuple(values) for name, values in filters.items()}
        index = index_of(desk)
        shown = holdings_of(desk.library).page(View(q, **chosen, sort=sort, down=down, page=page))
        return JSONResponse(page_record(index, shown))

    @router.get(
        "/api/documents/{doc_id}", summary="查一份", response_class=Response, responses=told(WholeDocument, s404=_NONE)
    )
    def document(doc_id: Annotated[str, Path(max_length=300, description="文件编号")]) -> Response:
        """返回一份文件和它的全部条款, 与 `python -m index show 编号 --json` 相同。"""
        index = index_of(desk)
        return JSONResponse(document_record(index, need_document(index, doc_id), whole=True))

    return router


def change_routes(desk: Desk) -> "APIRouter":
    """Return the routes that change the library, an administrator's alone."""
    from anyio.to_thread import run_sync
    from fastapi import APIRouter, Path, Request
    from starlette.responses import JSONResponse, Response

    router = APIRouter(tags=["文件"])
    sent_form: dict[str, Any] = {"requestBody": {"required": True, "content": {"multipart/form-data": SENT_FORM}}}

    @router.post(
        "/api/documents",
        summary="加入文件",
        response_class=Response,
        responses=told(Changed, s409=_CHANGED),
        openapi_extra=sent_form,
    )
    async def add(request: Request) -> Response:
        """加入或更新文件, 返回各文件的结果。限管理员。与页面上的“加入文件”同样读取、核对, 受同样的份数和大小限制。

        不写 `marks` 时读到什么就加入什么; 要先看后加, 请先用 `/api/documents/preview`。
        """
        need_open(desk, caller_of(request))
        need_form(request)
        async with read_form(request, desk.settings) as sent:
            return JSONResponse(await run_sync(join, desk, caller_of(request), sent))

    @router.post(
        "/api/documents/preview",
        summary="预览要加入的文件",
        response_class=Response,
        responses=told(Planned),
        openapi_extra=sent_form,
    )
    async def preview(request: Request) -> Response:
        """读取文件而不加入: 返回各文件会怎样、读到的字段、存疑之处, 和加入时用的 `marks`。限管理员。"""
        need_open(desk, caller_of(request))
        need_form(request)
        async with read_form(request, desk.settings) as sent:
            return JSONResponse(await run_sync(join, desk, caller_of(request), sent, True))

    @router.delete(
        "/api/documents/{doc_id}", summary="移除一份", response_class=Response, responses=told(Changed, s404=_NONE)
    )
    def remove(doc_id: Annotated[str, Path(max_length=300, description="文件编号")], request: Request) -> Response:
        """移除一份文件和随它印发的文件。限管理员。"""
        need_open(desk, caller_of(request))
        return JSONResponse(take_out(desk, need_document(index_of(desk), doc_id).doc_id))

    return router
