"""Sentences of a document as claims: those that a pattern finds, and the one in which a span of its text lies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.types import Clause
from rag.checking.cite import Claim, Quote
from rag.retrieval.read_text import tell
from rag.retrieval.reading import Passage, Reading


def saying(clauses: Sequence[Clause], pattern: re.Pattern[str]) -> Iterator[Claim]:
    """Yield the sentences of clauses that have a pattern, in order."""
    for clause in clauses:
        if pattern.search(clause.text):
            yield from (_claim(clause, one) for one in Reading.of(clause).sentences if pattern.search(one.text))


def quoting(clauses: Sequence[Clause], span: tuple[int, int]) -> tuple[Claim, ...]:
    """Return the sentence in which a span of a document's text begins; nothing if no clause has it."""
    for clause in reversed(clauses):  # the innermost first
        start, end = clause.spans[0]
        if start <= span[0] < end:
            for one in Reading.of(clause).sentences:
                if one.start <= span[0] - start < one.end:
                    return (_claim(clause, one),)
    return ()


def _claim(clause: Clause, passage: Passage) -> Claim:
    return Claim(tell([passage]), (Quote(clause, passage.start, passage.end),))
