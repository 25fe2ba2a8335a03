"""What is taken away as files: conversations and answers of the user's own, and the clauses that a search finds.

GET /export/conversation/{id}.docx|md|txt[?turn=N]      GET /export/clauses.csv|xlsx?q=…  (rag/clauses/address.py)
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from index.errors import UserError
from rag.clauses.address import from_parameters, in_words
from rag.clauses.find import all_matches
from rag.export.docx import answer_document, conversation_document
from rag.export.legible import file_name
from rag.export.markdown import answer_markdown, conversation_markdown
from rag.export.paper import Exchange
from rag.export.plain import answer_text, conversation_text
from rag.export.tables import clauses_csv, clauses_xlsx
from rag.page.desk import Desk
from rag.page.visitor import visitor_of
from rag.records.conversations import Conversation, Turn
from rag.records.restore import restore_answer
from rag.types import Answer

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from index.store import ClauseIndex

_log = logging.getLogger(__name__)
_XLSX_MOST = 50_000  # clauses: as many take 20 s and 300 MB to write
_NO_RECORDS = "这里没有保存对话, 无法导出。请由管理员检查保存对话的文件夹。"
_NO_INDEX = "现在没有可用的索引, 不能导出。请稍后再试。"
_NO_TURN = "这段对话里没有这一问, 可能还没有答完。请稍后再导出。"
_UNKNOWN = "没有这样的导出。请在页面上选择“导出 Word”“导出 Markdown”或“复制纯文本”。"
_TOO_MANY = "共 {n} 条, 超出 Excel 导出的上限 {most} 条。请缩小检索范围, 或导出 CSV。"
_BROKEN = "系统出错, 未能导出。请稍后再试; 若仍出错, 请联系管理员查看日志。"
_DAMAGED = "记录已损坏"


class _Form(NamedTuple):
    """A form of export: its media type, what writes one answer, what writes a conversation with its title."""

    media: str
    answer: Callable[[Exchange], bytes | str]
    conversation: Callable[[list[Exchange], str], bytes | str]


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMS = {
    "docx": _Form(_WORD, answer_document, conversation_document),
    "md": _Form("text/markdown", answer_markdown, conversation_markdown),
    "txt": _Form("text/plain", answer_text, lambda exchanges, _: conversation_text(exchanges)),
}


def downloads(desk: Desk) -> APIRouter:
    """Return the routes of what is taken away."""
    from fastapi import APIRouter

    router = APIRouter()
    router.add_route("/export/conversation/{file}", _answering(desk, _conversation_file), methods=["GET"])
    router.add_route("/export/clauses.{ending}", _answering(desk, _clauses_file), methods=["GET"])
    return router


def _answering(desk: Desk, work: Callable[[Desk, Request], Response]) -> Callable[[Request], Response]:
    """Return an endpoint, run in a thread; what goes wrong is one sentence for people."""

    def endpoint(request: Request) -> Response:
        from starlette.responses import PlainTextResponse

        try:
            return work(desk, request)
        except UserError as exc:
            return PlainTextResponse(str(exc), 404, headers=_FRESH)
        except Exception:  # a traceback tells a user nothing, and others too much
            _log.exception("export failed")
            return PlainTextResponse(_BROKEN, 500, headers=_FRESH)

    return endpoint


_FRESH = {"Cache-Control": "no-store"}


def _conversation_file(desk: Desk, request: Request) -> Response:
    """Return a conversation of the user's own, or one turn of it."""
    id, _, ending = request.path_params["file"].rpartition(".")
    form = _FORMS.get(ending)
    if form is None:
        raise UserError(_UNKNOWN)
    if desk.records is None:
        raise UserError(_NO_RECORDS)
    kept = desk.records.conversations.get(id, visitor_of(request).name)
    number, index = request.query_params.get("turn"), _index(desk)
    turns = [turn for turn in kept.turns if number is None or str(turn.number) == number]
    if number is not None and not turns:
        raise UserError(_NO_TURN)
    exchanges = [_exchange(turn, index) for turn in turns]
    content = form.conversation(exchanges, kept.title) if number is None else form.answer(exchanges[0])
    return _file(content, form.media, file_name(_words(kept, turns, number is not None), ending))


def _words(kept: Conversation, turns: list[Turn], is_one: bool) -> str:
    """Return what a file is called: what was asked, or the conversation's title; and the day."""
    held = _asked(turns[0]) if is_one else kept.title
    day = f"{turns[-1].at if turns else kept.updated:%Y%m%d}"
    return f"{'政策问答' if is_one else '政策问答记录'}_{held[:40]}_{day}"


def _exchange(turn: Turn, index: ClauseIndex) -> Exchange:
    told = str(turn.question.get("told") or "")
    try:
        answer = restore_answer(turn.answer, index)
    except UserError as exc:  # one that cannot be read does not keep back the others
        answer = Answer(_DAMAGED, str(exc))
    return Exchange(f"{_asked(turn)}{f'（{told}）' if told else ''}", answer, turn.at)


def _asked(turn: Turn) -> str:
    return str(turn.question.get("text") or "")


def _clauses_file(desk: Desk, request: Request) -> Response:
    """Return all clauses that a search finds, as a table."""
    ending, query = request.path_params["ending"], from_parameters(request.query_params.multi_items())
    if ending not in ("csv", "xlsx"):
        raise UserError(_UNKNOWN)
    rows = list(all_matches(_index(desk), query))
    name = file_name(f"条款检索_{query.words[:30] or '全部'}_共{len(rows)}条", ending)
    if ending == "csv":
        return _file(clauses_csv(rows), "text/csv", name)
    if len(rows) > _XLSX_MOST:
        raise UserError(_TOO_MANY.format(n=len(rows), most=_XLSX_MOST))
    about = [*in_words(query), ("条数", str(len(rows)))]
    return _file(clauses_xlsx(rows, about), _SHEET, name)


def _index(desk: Desk) -> ClauseIndex:
    desk.library.refresh()
    index: ClauseIndex | None = desk.library.index
    if index is None:
        raise UserError(_NO_INDEX)
    return index


def _file(content: bytes | str, media: str, name: str) -> Response:
    """Return a download; its Chinese name as RFC 5987 has it, beside a plain one for programs that cannot read that."""
    from starlette.responses import Response

    plain = f"export.{name.rpartition('.')[2]}"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media, headers={**_FRESH, "Content-Disposition": disposition})
