"""GET /api/clauses/{id} and GET /api/search: a clause by its ID, and the clauses that hold what is looked for.

No annotation is put off here (`from __future__`): FastAPI reads them, and would not find what a function has imported.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from rag.api.answering import index_of
from rag.api.near import need_clause
from rag.api.records import clause_record, search_record
from rag.api.schemas import OneClause, SearchResult, told
from rag.clauses.types import ClauseQuery
from rag.page.desk import Desk

if TYPE_CHECKING:
    from fastapi import APIRouter

_NONE = "没有这一条; 说明里有最接近的编号"


def clause_routes(desk: Desk) -> "APIRouter":
    """Return the routes; each is run in a thread."""
    from fastapi import APIRouter, Path, Query
    from starlette.responses import JSONResponse, Response

    router = APIRouter(tags=["条款"])
    Word = Annotated[str, Query(max_length=200)]
    Values = Annotated[list[Word], Query(max_length=50)]

    @router.get(
        "/api/clauses/{clause_id}", summary="查一条", response_class=Response, responses=told(OneClause, s404=_NONE)
    )
    def clause(
        clause_id: Annotated[str, Path(max_length=300, description="条款编号, 或引用时的写法: 文号和位置")],
    ) -> Response:
        """返回条款的全文、位置、责任部门、数字, 以及它所在的文件。编号有误时说明最接近的编号。"""
        index = index_of(desk)
        return JSONResponse(clause_record(index, need_clause(index, clause_id)))

    @router.get("/api/search", summary="检索条款", response_class=Response, responses=told(SearchResult))
    def search(
        q: Annotated[Word, Query(description='检索词, 空格分开; "引号里的" 须原样出现; 可写 元、200-500元')] = "",
        place: Annotated[Values, Query(description="地区, 可重复")] = [],  # noqa: B006  # FastAPI copies it
        year: Annotated[Values, Query(description="年份, 可重复")] = [],  # noqa: B006
        issuer: Annotated[Values, Query(description="发文机关, 可重复")] = [],  # noqa: B006
        kind: Annotated[Values, Query(description="文种, 可重复")] = [],  # noqa: B006
        validity: Annotated[Values, Query(description="效力, 可重复")] = [],  # noqa: B006
        department: Annotated[Values, Query(description="责任部门, 可重复")] = [],  # noqa: B006
        unit: Annotated[Values, Query(description="数字的单位, 可重复")] = [],  # noqa: B006
        doc: Annotated[Values, Query(description="文件编号, 可重复")] = [],  # noqa: B006
        role: Annotated[Literal["", "lead", "part"], Query(description="责任部门: 牵头 lead, 参与 part")] = "",
        figure: Annotated[Word, Query(description="数字范围, 如 200-500元、70%以上")] = "",
        sort: Annotated[
            Literal["relevance", "order", "newest", "largest"],
            Query(description="相关程度、文件顺序、发文日期由近到远、数字由大到小"),
        ] = "relevance",
        page: Annotated[int, Query(ge=1, le=1_000_000, description="第几页, 每页 20 条")] = 1,
    ) -> Response:
        """返回含全部检索词、合乎全部筛选的条款的一页, 各筛选项的条数, 不足一页时另附意思相近的条款。"""
        of_documents = {"places": place, "years": year, "issuers": issuer, "kinds": kind, "validity": validity}
        filters = of_documents | {"departments": department, "units": unit, "documents": doc}
        chosen: dict[str, Any] = {name: tuple(values) for name, values in filters.items()}
        query = ClauseQuery(q, **chosen, role=role, figure=figure, sort=sort, page=page)
        return JSONResponse(search_record(index_of(desk), query))

    return router
