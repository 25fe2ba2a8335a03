"""Between the page's turns and those that are kept."""

from __future__ import annotations

from dataclasses import replace

from index.errors import UserError
from index.store import ClauseIndex
from rag.page.ask.session import Turn, Turns
from rag.page.desk import Desk
from rag.page.visitor import Visitor
from rag.records.conversations import Conversation
from rag.records.conversations import Turn as KeptTurn
from rag.records.keep import Kept, keep_turn
from rag.records.records import Records
from rag.records.restore import restore_answer
from rag.types import Question


class Keeper:
    """Keeps what becomes of one question, however it ends."""

    def __init__(self, desk: Desk, visitor: Visitor, conversation: str, question: Question) -> None:
        self._desk, self._visitor, self._question = desk, visitor, question
        self._conversation = conversation
        self._kept: Kept | None = None

    def keep(self, turn: Turn) -> Kept:
        """Keep the turn as it is now and return where; a second call does nothing."""
        if self._kept is None:
            self._kept = Kept(self._conversation)
            if self._desk.records is not None:
                self._kept = self._keep(self._desk.records, turn)
        return self._kept

    def _keep(self, records: Records, turn: Turn) -> Kept:
        is_done = turn.whole or not turn.live
        return keep_turn(
            records,
            self._desk.settings,
            self._visitor.name,
            self._conversation,
            self._question,
            turn.answer if is_done and not turn.note else None,
            why_none="failed" if is_done else "stopped",
            number=turn.number,
            beside={"instead_of": turn.instead_of, "told": turn.told, "next": list(turn.next)},
        )


def restore_turns(kept: Conversation, index: ClauseIndex) -> Turns:
    """Return the turns of a conversation, to be shown and gone on with; one that is damaged says so."""
    return tuple(replace(_turn(turn, index), conversation=kept.id) for turn in kept.turns)


def _turn(kept: KeptTurn, index: ClauseIndex) -> Turn:
    asked, told = Question.from_record({"text": "", **kept.question}), kept.question
    turn = Turn(kept.number, asked.text, live=False, asked=asked, told=str(told.get("told") or ""), whole=True)
    turn = replace(turn, instead_of=int(told.get("instead_of") or 0), next=tuple(map(str, told.get("next") or ())))
    try:
        return replace(turn, answer=restore_answer(kept.answer, index))
    except UserError as exc:
        return replace(turn, note=str(exc))
