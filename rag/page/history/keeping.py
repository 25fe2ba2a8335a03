"""Between the page's turns and those that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from index.errors import UserError
from index.store import ClauseIndex
from rag.page.ask.session import Turn, Turns
from rag.page.desk import Desk
from rag.page.visitor import Visitor
from rag.records.conversations import Conversation
from rag.records.conversations import Turn as KeptTurn
from rag.records.keep import Kept, keep_turn
from rag.records.restore import restore_answer
from rag.types import Question


class Keeper:
    """Keeps what becomes of one question, however it ends; afterwards `kept` says where."""

    def __init__(self, desk: Desk, visitor: Visitor, conversation: str, question: Question) -> None:
        self._desk, self._visitor, self._question = desk, visitor, question
        self.kept = Kept(conversation)

    def watch(self, growing: Iterable[Turn]) -> Iterator[Turn]:
        """Yield the turn as it grows; it is kept once the last was taken, or nobody takes any more."""
        turn: Turn | None = None
        try:
            for turn in growing:
                yield turn
        finally:
            self._keep(turn)

    def _keep(self, turn: Turn | None) -> None:
        records = self._desk.records
        if records is None:
            return
        is_done = turn is not None and (turn.whole or not turn.live)
        answer = turn.answer if turn is not None and is_done and not turn.note else None
        self.kept = keep_turn(
            records,
            self._desk.settings,
            self._visitor.name,
            self.kept.conversation,
            self._question,
            answer,
            why_none="failed" if is_done else "stopped",
            number=turn.number if turn else 0,
            beside={"instead_of": turn.instead_of, "told": turn.told} if turn else None,
        )


def restore_turns(kept: Conversation, index: ClauseIndex) -> Turns:
    """Return the turns of a conversation, to be shown and gone on with; one that is damaged says so."""
    return tuple(_turn(turn, index) for turn in kept.turns)


def _turn(kept: KeptTurn, index: ClauseIndex) -> Turn:
    asked, told = Question.from_record({"text": "", **kept.question}), kept.question
    turn = Turn(kept.number, asked.text, live=False, asked=asked, told=str(told.get("told") or ""), whole=True)
    turn = replace(turn, instead_of=int(told.get("instead_of") or 0))
    try:
        return replace(turn, answer=restore_answer(kept.answer, index))
    except UserError as exc:
        return replace(turn, note=str(exc))
