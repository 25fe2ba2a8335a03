"""The feedback as a table: what was asked and answered, the clause that was cited, and what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from index.errors import UserError
from rag.records.audit_csv import inert
from rag.records.feedback import Feedback
from rag.records.records import Records

_HEADINGS = (
    "编号", "时间", "用户", "上文", "问题", "当时的回答", "所引条款", "所引条款编号", "原因", "应引条款", "应引条款编号",
)  # fmt: skip


def feedback_csv(records: Records, label_of: Callable[[str], str]) -> bytes:
    """Return a CSV of the reports, newest first; the answer is empty where its conversation was deleted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for report in records.feedback.list(limit=-1):
        answer = _answer(records, report)
        cited, right = (label_of(id) if id else "" for id in (report.clause_id, report.right))
        told = (report.user, "\n".join(report.history), report.question, answer)
        clauses = (cited, report.clause_id, report.reason, right, report.right)
        writer.writerow([inert(str(value)) for value in (report.id, f"{report.at:%Y-%m-%d %H:%M:%S}", *told, *clauses)])
    return text.getvalue().encode("utf-8-sig")  # without the mark Excel reads it as GBK


def _answer(records: Records, report: Feedback) -> str:
    if not report.conversation:
        return ""
    try:
        turns = records.conversations.get(report.conversation, report.user).turns
    except UserError:
        return ""
    return next((str(turn.answer.get("answer") or "") for turn in turns if turn.number == report.turn), "")
