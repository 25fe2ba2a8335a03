"""What users say of citations that are wrong, and its export as candidates for the golden questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from index.errors import UserError
from rag.records.store import Store
from rag.records.times import Clock, moment, stamp
from rag.types import printable

# Reasons by which the clause is the right one, and only its quote or figure is not.
_RIGHT_CLAUSE = ("引文不全", "数字有误")
_COLUMNS = "id, at, user, question, clause_id, reason, meant, history, conversation, turn"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A report: the question, the clause that was cited for it, why that is wrong, the clause that is right if known."""

    id: int
    at: datetime
    user: str
    question: str
    clause_id: str
    reason: str
    right: str
    history: tuple[str, ...]
    conversation: str
    turn: int


class FeedbackLog:
    """The feedback of a store, in the order it came in."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(
        self,
        user: str,
        question: str,
        clause_id: str,
        reason: str,
        history: Sequence[str] = (),
        conversation: str = "",
        turn: int = 0,
        right: str = "",
    ) -> int:
        """Keep a report and return its number; `right` is the clause that should be cited. Raises UserError without a reason."""
        if not question.strip() or not reason.strip():
            raise UserError("请选择或写明原因。")
        told = (user, question.strip(), clause_id.strip(), reason.strip(), right.strip())
        earlier = json.dumps(list(history), ensure_ascii=False)
        texts = map(printable, (stamp(self._clock()), *told, earlier, conversation))
        with self._store.write() as db:
            names = _COLUMNS.removeprefix("id, ")
            done = db.execute(f"insert into feedback ({names}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*texts, turn))
            return int(done.lastrowid or 0)

    def list(self, limit: int = 1000, offset: int = 0) -> tuple[Feedback, ...]:
        """Return the reports, newest first."""
        with self._store.read() as db:
            query = f"select {_COLUMNS} from feedback order by id desc limit ? offset ?"
            rows = db.execute(query, (limit, offset)).fetchall()
        return tuple(_feedback(*row) for row in rows)

    def count(self) -> int:
        """Return how many reports there are."""
        with self._store.read() as db:
            return int(db.execute("select count(*) from feedback").fetchone()[0])

    def delete(self, id: int) -> None:
        """Delete a report, as one that was dealt with."""
        with self._store.write() as db:
            db.execute("delete from feedback where id = ?", (id,))

    def as_candidates(self, is_held: Callable[[str], bool] = bool) -> str:
        """Return the reports, oldest first, as the JSON lines that `python -m eval add` reads.

        A clause that was reported as wrong is no answer: it goes into the reason. `is_held` says whether a clause
        exists today; one that does not goes there too, as `eval add` takes none of a file that names such.
        """
        lines = [_candidate(report, is_held) for report in reversed(self.list(limit=-1))]
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _feedback(id: int, at: str, user: str, question: str, clause: str, *rest: str | int) -> Feedback:
    reason, right, history, conversation, turn = rest
    earlier = tuple(json.loads(str(history)))
    return Feedback(
        id, moment(at), user, question, clause, str(reason), str(right), earlier, str(conversation), int(turn)
    )


def _candidate(report: Feedback, is_held: Callable[[str], bool]) -> dict[str, object]:
    clause = report.right or (report.clause_id if report.reason.startswith(_RIGHT_CLAUSE) else "")
    held = clause if clause and is_held(clause) else ""
    told = [report.reason, f"所引: {report.clause_id}" if report.clause_id else ""]
    told += [f"应引: {clause} (未收录)" if clause and not held else "", "" if held else "应引的条款待定"]
    return {
        "question": report.question,
        "clause_id": held,
        "reason": "; ".join(part for part in told if part),
        "by": report.user,
        "history": list(report.history),
    }
