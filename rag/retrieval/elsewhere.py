"""What a clause leaves to another of its document: the words that lead to it as an item, and what breaking it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from index.store import ClauseIndex
from index.tokens import normalise
from index.types import Clause
from rag.retrieval.features import Asked
from rag.retrieval.read_text import is_introduction
from rag.retrieval.reading import Reading

_ASKS_PENALTY = re.compile(r"罚(?!款收入)|处分|(?:什么|啥|哪些)(?:样的)?(?:后果|责任)|追责")
_PENALTY = re.compile(r"罚款|处罚|罚金|警告|没收|吊销|拘留|处分|追究|责令")
# 违反本条例规定的: of all that the document forbids
_OF_ALL = re.compile(r"违反(?:本|以上|上述)[\u4e00-\u9fff]{1,8}?(?:[的,，]|有关规定|规定)")


def lead_of(index: ClauseIndex, clause: Clause) -> Clause | None:
    """Return the clause that leads to a list of which this one is an item: 有下列行为之一的,处五百元罚款:"""
    steps = clause.path.split(".")
    above = (index.clause_at(clause.doc.doc_id, ".".join(steps[:n])) for n in range(len(steps) - 1, 0, -1))
    lead = next(filter(None, above), None)
    return lead if lead and is_introduction(lead.text.rstrip().split("\n")[-1]) else None


@dataclass(frozen=True, slots=True)
class Penalty:
    """The clause that says what breaking another, `broken`, costs; `at` is where in its text it refers to that one."""

    clause: Clause
    broken: Clause
    at: int | None = None


def asks_penalty(question: str) -> bool:
    return bool(_ASKS_PENALTY.search(normalise(question)))


def says_penalty(text: str) -> bool:
    return bool(_PENALTY.search(text))


def penalty_of(asked: Asked, reading: Reading, index: ClauseIndex) -> Penalty | None:
    """Return, where it is asked, the penalty of a clause that another states, or what the penalty that it states is for.

    Of several that refer to one (违反本条例第十二条规定的) it is that with most of the question's words; a clause that
    none refers to may be under the only one that speaks of the whole document. None where a clause, or what leads to
    it, says all itself.
    """
    if not asks_penalty(asked.query.text):
        return None
    clause = reading.clause
    within = index.clauses_of(clause.doc.doc_id)
    if says_penalty(f"{reading.headings.text}{clause.text}"):
        return _most(asked, (Penalty(clause, broken, at) for broken, at in _broken_by(clause, within)), "broken")
    stated = [one for one in within if one.leaf and says_penalty(one.text)]
    pairs = [
        Penalty(one, broken, at) for one in stated for broken, at in _broken_by(one, [clause, *_above(clause, within)])
    ]
    if pairs:
        return _most(asked, (replace(pair, broken=clause) for pair in _closest(pairs)), "clause")
    of_all = [one for one in stated if _OF_ALL.search(one.text) and not is_introduction(one.text)]
    return Penalty(of_all[0], clause) if len(of_all) == 1 else None


def _broken_by(penalty: Clause, among: Sequence[Clause]) -> Iterator[tuple[Clause, int]]:
    """Yield those of some clauses that another refers to by number, each with where it does."""
    start, end = penalty.spans[0]
    named = {
        link.target: link.start - start
        for link in penalty.doc.links
        if link.kind == "clause" and start <= link.start < end
    }
    for clause in among:
        if clause.path in named and clause.path != penalty.path:
            yield clause, named[clause.path]


def _above(clause: Clause, within: Sequence[Clause]) -> list[Clause]:
    return [one for one in within if clause.path.startswith(f"{one.path}.")]


def _closest(pairs: Sequence[Penalty]) -> list[Penalty]:
    """Return the pairs whose reference is the most exact: 第六条第(三)项 rather than 第六条."""
    depth = max(len(pair.broken.path) for pair in pairs)
    return [pair for pair in pairs if len(pair.broken.path) == depth]


def _most(asked: Asked, pairs: Iterable[Penalty], side: Literal["clause", "broken"]) -> Penalty | None:
    return max(pairs, key=lambda pair: asked.word_share(normalise(getattr(pair, side).text)), default=None)
