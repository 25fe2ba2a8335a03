"""The tools, each as readable text beside the same record as the API's.

No annotation is put off here (`from __future__`): the library reads them, and would not find what a function has imported.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from index.errors import UserError
from index.show import clause_text
from rag.api.answering import Answering, index_of
from rag.api.caller import Caller, caller_of
from rag.api.chat_records import sources_of
from rag.api.filters import Filters, Name, Text, Year
from rag.api.near import need_clause
from rag.api.records import clause_record, search_record
from rag.clauses.types import ClauseQuery
from rag.page.desk import Desk

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

_ABOUT = """中国政府政策文件的条款库。回答政策问题先用 ask: 它只依据条款作答, 每句注明条款 (〔1〕), 没有依据就拒答, 这时不要自己编造。
要看某一条的全文用 get_clause, 要按词句、地区、年份、数字找条款用 search_clauses。引用时照写条款的文号和位置。"""
_MOST = 100_000  # characters of text that a tool tells; the record beside it is whole


def build_server(desk: Desk, answering: Answering) -> "MCPServer":
    """Return the server over a desk; each tool's work is done in threads."""
    import mcp.types as types
    from anyio.to_thread import run_sync
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    server: MCPServer = MCPServer(
        "clause-qa", title="政策条款问答", instructions=_ABOUT, version="1", log_level="WARNING"
    )
    reads = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    def told(text: str, record: dict[str, Any]) -> types.CallToolResult:
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text[:_MOST])], structured_content=record
        )

    async def mended(work: Callable[[], types.CallToolResult]) -> types.CallToolResult:
        try:
            return await run_sync(work)
        except UserError as exc:
            raise ToolError(str(exc)) from exc

    @server.tool(title="检索条款", annotations=reads)
    async def search_clauses(
        query: Annotated[Name, Field(description='检索词, 空格分开; "引号里的" 须原样出现; 可写 元、200-500元')],
        regions: Annotated[list[Name], Field(max_length=50, description="只查这些地区")] = [],  # noqa: B006  # never changed
        years: Annotated[list[Year], Field(max_length=50, description="只查这些年份")] = [],  # noqa: B006
        doc_ids: Annotated[list[Name], Field(max_length=50, description="只查这些文件")] = [],  # noqa: B006
        page: Annotated[int, Field(ge=1, le=1_000_000, description="第几页, 每页 20 条")] = 1,
    ) -> types.CallToolResult:
        """按词句、数字、地区、年份检索政策条款, 返回条款编号、引用写法和全文。"""
        found = ClauseQuery(query, tuple(regions), tuple(map(str, years)), documents=tuple(doc_ids), page=page)

        def search() -> types.CallToolResult:
            record = search_record(index_of(desk), found)
            return told(_found_text(record), record)

        return await mended(search)

    @server.tool(title="查一条", annotations=reads)
    async def get_clause(
        clause_id: Annotated[str, Field(max_length=300, description="条款编号, 或引用时的写法: 文号和位置")],
    ) -> types.CallToolResult:
        """返回一条的全文、位置、责任部门, 以及它所在文件的标题、文号、地区、年份和效力。"""

        def look() -> types.CallToolResult:
            index = index_of(desk)
            clause = need_clause(index, clause_id)
            record = clause_record(index, clause)
            return told(
                f"{clause_text(clause)}\n文件: {clause.doc.title} (效力: {record['document']['validity']})", record
            )

        return await mended(look)

    @server.tool(title="提问", annotations=reads)
    async def ask(
        question: Annotated[Text, Field(description="问题, 最多 2000 字; 写明地区和年份最好")],
        context: Context,
        history: Annotated[list[Text], Field(max_length=50, description="此前的问题, 从早到晚")] = [],  # noqa: B006
        regions: Annotated[list[Name], Field(max_length=50, description="只查这些地区")] = [],  # noqa: B006
        years: Annotated[list[Year], Field(max_length=50, description="只查这些年份")] = [],  # noqa: B006
        doc_ids: Annotated[list[Name], Field(max_length=50, description="只查这些文件")] = [],  # noqa: B006
    ) -> types.CallToolResult:
        """依据政策条款回答问题, 每句注明所依据的条款; 没有依据时说明拒答的原因和最接近的条款。"""
        filters = Filters(regions=regions, years=years, doc_ids=doc_ids)
        request = context.request_context.request
        try:
            answer = await answering.whole(
                filters.asking(question, history), caller_of(request) if request else Caller()
            )
        except UserError as exc:
            raise ToolError(str(exc)) from exc
        return told(answer.answer + sources_of(answer), answer.to_json())

    return server


def _found_text(record: dict[str, Any]) -> str:
    lines = [f"共 {record['total']} 条, 第 {record['page']}/{record['pages']} 页"]
    lines += [f"{one['label']} `{one['clause_id']}`\n{one['text']}" for one in record["hits"]]
    if record["near"]:
        lines.append("以下条款不含全部检索词, 意思相近:")
        lines += [f"{one['label']} `{one['clause_id']}`\n{one['text']}" for one in record["near"]]
    return "\n\n".join(lines)


def open_http(server: "MCPServer", path: str) -> Any:
    """Return the server as a web application without sessions, which answers each request with one JSON object."""
    from mcp.server.transport_security import TransportSecuritySettings

    trusting = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # the service itself checks
    return server.streamable_http_app(
        streamable_http_path=path, json_response=True, stateless_http=True, transport_security=trusting
    )
