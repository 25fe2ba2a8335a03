"""What a growing answer adds: only words that will not change, as a program cannot take back what it has shown."""

from __future__ import annotations

from rag.checking.cite import render
from rag.types import Answer


class Growing:
    """The words told so far. What stands before and after the statements is known with the last snapshot alone."""

    def __init__(self) -> None:
        self._told = ""

    def add(self, answer: Answer) -> str:
        """Return what a snapshot adds of statements; nothing where the answer may not be simply those in the end.

        The clauses' own words are all there at once, and sides that are compared become a table: both wait for the end.
        """
        sure = render(answer.statements)
        is_compared = answer.trace is not None and len(answer.trace.parts) > 1
        grows = answer.mode == "generative" and not is_compared and answer.answer.startswith(sure)
        if not grows or not sure.startswith(self._told):
            return ""
        added, self._told = sure[len(self._told) :], sure
        return added

    def finish(self, answer: Answer) -> tuple[str, bool]:
        """Return what the whole answer adds, or all of it and True where what was told does not hold."""
        holds = answer.answer.startswith(self._told)
        return (answer.answer[len(self._told) :], False) if holds else (answer.answer, True)
