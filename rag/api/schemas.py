"""What the API answers, as its description tells it; the records themselves are made where they always were."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow")  # a later program may tell more


class ErrorDetail(BaseModel):
    code: str = Field(description="给程序看的代码, 如 not_found")
    message: str = Field(description="给人看的一句话, 含解决办法")
    request_id: str = Field(description="这次请求在日志里的编号")


class Error(BaseModel):
    error: ErrorDetail


class StatementRecord(_Record):
    text: str = Field(description="回答的一句")
    citations: list[int] = Field(description="这一句所依据的条款, 即 citations 里的 n")
    checks: dict[str, str] = Field(description="数字、地名、范围等核对的结果, ok 为通过")


class CitationRecord(_Record):
    n: int = Field(description="序号, 即回答里的〔n〕")
    clause_id: str
    doc_id: str
    doc_no: str | None = Field(description="文号")
    title: str
    path_text: str = Field(description="条款在文件里的位置, 如 二、(一)3")
    label: str = Field(description="引用时的写法: 文号和位置")
    region: str | None
    year: int | None
    validity: str = Field(description="效力: 现行有效、已废止等")
    cited_text: str = Field(description="所引的文字, 即 clause_text[start:end]")
    start: int
    end: int
    clause_text: str
    source: str


class ScopeRecord(_Record):
    regions: list[str]
    years: list[int]
    doc_ids: list[str]


class AnswerRecord(_Record):
    """回答"""

    id: str | int | None
    question: str
    status: Literal["grounded", "partial", "refused"] = Field(description="有依据、部分有依据、未找到依据")
    reason: str | None = Field(description="拒答的原因")
    answer: str = Field(description="回答的文字, 〔n〕为所引条款")
    statements: list[StatementRecord]
    citations: list[CitationRecord]
    nearest: list[CitationRecord] = Field(description="查看过而没有引用的条款")
    scope: ScopeRecord = Field(description="理解到的地区、年份、文件")
    mode: Literal["extractive", "generative"] = Field(description="原文摘录、模型归纳")
    index_version: str
    model: str | None
    elapsed_ms: float
    confidence: float | None
    usage: dict[str, int] | None


class DocumentRecord(_Record):
    """文件"""

    doc_id: str
    title: str
    doc_no: str | None
    issuer: str | None
    region: str | None
    year: int | None
    date_issued: str | None
    kind: str
    validity: str
    source: str
    clauses: int = Field(description="可检索的条数")


class ClauseRecord(_Record):
    """条款"""

    clause_id: str
    doc_id: str
    label: str
    path: str
    heading: str
    text: str
    leaf: bool
    departments: list[str]
    lead: str | None
    figures: list[str]


class OneClause(ClauseRecord):
    document: DocumentRecord


class WholeDocument(_Record):
    """文件及其全部条款"""

    doc_id: str
    title: str
    validity: str
    clauses: list[ClauseRecord]


class FoundRecord(ClauseRecord):
    title: str
    doc_no: str | None
    region: str | None
    year: int | None
    validity: str
    marks: list[tuple[int, int]] = Field(description="text 里命中的起止位置")
    way: Literal["own", "other", "meaning"] = Field(description="命中方式: 正文、标题或同义词、意思相近")


class SearchResult(_Record):
    """检索结果的一页"""

    total: int
    page: int
    pages: int
    hits: list[FoundRecord]
    near: list[FoundRecord] = Field(description="不含全部检索词而意思最近的条款")
    facets: dict[str, list[dict[str, Any]]] = Field(description="各筛选项的取值和条数")


class DocumentList(_Record):
    """文件清单的一页"""

    total: int
    page: int
    pages: int
    documents: list[DocumentRecord]


class Outcome(_Record):
    name: str = Field(description="文件名")
    status: str = Field(description="新增、更新、没有变化、同一份文件、跳过、移除")
    reason: str
    doc_id: str
    clauses: int


class Changed(_Record):
    """加入或移除的结果"""

    outcomes: list[Outcome]


class Planned(_Record):
    """加入之前的预览: 以同样的文件和这里的 marks 再发一次, 就加入所看到的内容"""

    outcomes: list[Outcome]
    marks: list[str]


class Model(_Record):
    """模型"""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(_Record):
    """模型清单"""

    object: Literal["list"]
    data: list[Model]


class ChatCompletion(_Record):
    """OpenAI 的 chat.completion, 另有 `answer` 字段"""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    answer: AnswerRecord


_ERRORS = {
    400: "请求体无法读取", 401: "没有令牌或令牌无效", 403: "没有权限", 413: "请求太大", 415: "请求体的类型不对",
    422: "参数有误", 429: "请求太多, 请按 Retry-After 稍后再发", 500: "系统出错", 503: "暂时不能使用",
}  # fmt: skip


_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON"}},
}


def told(model: type[BaseModel], stream: bool = False, **more: str) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route: its own as JSON, or as events too, and the errors; `more` are others (`s404`)."""
    own: dict[str, Any] = {"model": model, "description": "成功"}
    if stream:
        own["content"] = {"text/event-stream": {"schema": _EVENT}}
    errors = _ERRORS | {int(name[1:]): said for name, said in more.items()}
    return {200: own, **{status: {"model": Error, "description": said} for status, said in sorted(errors.items())}}
