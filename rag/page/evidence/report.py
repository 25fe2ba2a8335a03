"""引用有误: what a user says is wrong with a citation, as it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from index.types import Clause
from rag.page.ask.session import QUESTION_LIMIT
from rag.records.records import Records

if TYPE_CHECKING:
    from index.store import ClauseIndex

REASONS = ("与问题无关", "不是最新规定", "引文不全", "数字有误", "应引用其他条款")
_OTHER = REASONS[-1]
_LONGEST_WORDS = 500  # characters of a user's own words
_MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class Report:
    """A user's complaint about a citation of an answer."""

    question: str
    clause_id: str
    reason: str
    words: str = ""
    right: str = ""
    history: tuple[str, ...] = ()
    conversation: str = ""
    turn: int = 0


def read_report(sent: Any) -> Report:
    """Return the complaint that a form sent; raises UserError where it says nothing or too much."""
    told: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
    said = {name: str(told.get(name) or "").strip() for name in ("question", "clause", "reason", "words", "right")}
    if said["reason"] not in REASONS and not said["words"]:
        raise UserError("请选择一个原因,或写明哪里有误。")
    if len(said["words"]) > _LONGEST_WORDS:
        raise UserError("说明过长,请缩短到500字以内。")
    earlier = told.get("history")
    history = [str(one)[:QUESTION_LIMIT] for one in earlier] if isinstance(earlier, Sequence) else []
    return Report(
        said["question"][:QUESTION_LIMIT],
        said["clause"][:300],
        said["reason"] if said["reason"] in REASONS else "",
        said["words"],
        said["right"][:300],
        tuple(history[-_MOST_EARLIER:]),
        str(told.get("conversation") or "")[:80],
        _number(told.get("turn")),
    )


def keep_report(records: Records | None, index: ClauseIndex | None, user: str, report: Report) -> None:
    """Keep a complaint; raises UserError where the clause it names instead is not held, or nothing can be kept."""
    if records is None:
        raise UserError("这里不能保存反馈。请联系管理员。")
    right = _right_clause(index, report)
    reason = ": ".join(part for part in (report.reason, report.words) if part)
    records.feedback.add(
        user, report.question, report.clause_id, reason, report.history, report.conversation, report.turn, right
    )


def _right_clause(index: ClauseIndex | None, report: Report) -> str:
    """Return the ID of the clause that should have been cited, however the user names it; empty if he names none."""
    if not report.right or index is None:
        return report.right
    found = index.find(report.right)
    if not isinstance(found, Clause):
        raise UserError("没有找到所填的应引用条款。请填条款编号或“文号 二、(一)3”,或留空。")
    if found.clause_id == report.clause_id and report.reason == _OTHER:
        raise UserError("所填的正是现在引用的这一条。请填另一条,或留空。")
    return found.clause_id


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0
