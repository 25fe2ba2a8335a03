"""One visitor's conversation. It lives in the page's session state; what is kept of it is the records' matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex

from rag.page.visitor import Visitor
from rag.types import Answer, Question

QUESTION_LIMIT = 2000  # characters; longer is a pasted document, not a question


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has come of it so far; `note` is set when no complete answer will come.

    `asked` is the question with all that was sent beside its words. A turn `instead_of` an earlier one asks the same with
    its scope put right, as `told` says, or asks again what had failed. `ahead` of it in the line are so many, once it waits.
    """

    number: int
    question: str
    answer: Answer | None = None
    live: bool = True
    note: str | None = None
    asked: Question | None = None
    instead_of: int = 0
    told: str = ""
    ahead: int = 0
    whole: bool = False  # the answer is complete, though something is still to come beside it
    next: tuple[str, ...] = ()  # questions that may follow
    key: str = ""  # of this asking among all there are
    kept: int = 0  # its number in the conversation that is kept; 0 if it is not
    conversation: str = ""  # the ID of that conversation

    @property
    def to_ask(self) -> Question:
        """The question as it was sent."""
        return self.asked or Question(self.question)


Turns = tuple[Turn, ...]


def check_question(text: str, visitor: Visitor | None = None) -> str | None:
    """Return what to tell the user instead of asking, or None when the question may be asked."""
    say = (visitor or Visitor()).say
    if not text.strip():
        return say("请先输入问题,例如:某地某年的补助标准是多少。")
    if len(text) > QUESTION_LIMIT:
        told = "问题过长(现有 {n} 字,上限 {limit} 字)。请精简后再发送。"
        return say(told, n=len(text), limit=QUESTION_LIMIT)
    return None


def open_turn(turns: Turns, question: Question, instead_of: int = 0, told: str = "") -> Turn:
    """Return the turn that follows `turns`."""
    number = turns[-1].number + 1 if turns else 1
    return Turn(number, question.text, asked=question, instead_of=instead_of, told=told, key=token_hex(8))


def to_question(turns: Turns, question: str, regions: Sequence[str], years: Sequence[int]) -> Question:
    """Put the earlier questions, oldest first, with what was put right in them, and the filters beside the words."""
    gone = {turn.instead_of for turn in turns}
    earlier = [turn for turn in turns if turn.number not in gone]
    corrections = tuple(turn.to_ask.correction for turn in earlier)
    return Question(
        text=question,
        history=tuple(turn.question for turn in earlier),
        regions=tuple(regions),
        years=tuple(years),
        corrections=corrections if any(corrections) else (),
    )


def turn_of(turns: Turns, number: int) -> Turn | None:
    """Return the turn of a number, or None."""
    return next((turn for turn in turns if turn.number == number), None)
