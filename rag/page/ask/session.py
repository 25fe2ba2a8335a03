"""One visitor's conversation. It lives in the page's session state and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer, Question

QUESTION_LIMIT = 2000  # characters; longer is a pasted document, not a question


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has come of it so far; `note` is set when no complete answer will come."""

    number: int
    question: str
    answer: Answer | None = None
    live: bool = True
    note: str | None = None


Turns = tuple[Turn, ...]


def check_question(text: str) -> str | None:
    """Return what to tell the user instead of asking, or None when the question may be asked."""
    if not text.strip():
        return "请先输入问题,例如:某地某年的补助标准是多少。"
    if len(text) > QUESTION_LIMIT:
        return f"问题过长(现有 {len(text)} 字,上限 {QUESTION_LIMIT} 字)。请精简后再发送。"
    return None


def open_turn(turns: Turns, question: str) -> Turn:
    """Return the turn that follows `turns`."""
    return Turn(number=turns[-1].number + 1 if turns else 1, question=question)


def to_question(turns: Turns, question: str, regions: list[str], years: list[int]) -> Question:
    """Put the earlier questions, oldest first, and the filters beside the words."""
    return Question(
        text=question,
        history=tuple(turn.question for turn in turns),
        regions=tuple(regions),
        years=tuple(years),
    )
