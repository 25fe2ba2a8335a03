"""检索到但未引用的条款: what was looked at for an answer and is not cited in it."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Uncited:
    """A clause that was found and not cited; `words` are those of it that came nearest."""

    clause_id: str
    document: str
    path_text: str
    words: str


def uncited(answer: Answer) -> tuple[Uncited, ...]:
    """Return what is left over of a search, best first; less what is shown as the nearest where no whole answer is."""
    nearest = () if answer.status == "grounded" else answer.nearest
    shown = {one.clause.clause_id for one in (*answer.citations, *nearest)}
    near = [
        Uncited(one.clause.clause_id, one.clause.doc.name, one.clause.path_text, one.cited_text)
        for one in answer.nearest
    ]
    parts = answer.trace.parts if answer.trace else ()
    seen = [Uncited(c.clause_id, c.document, c.path_text, c.sentence) for part in parts for c in part.candidates]
    return tuple({one.clause_id: one for one in (*seen, *near) if one.clause_id not in shown}.values())
