"""What a question and an answer are. An answer's JSON form is the contract of DESIGN 3."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from index.types import Clause
from index.validity import Validity
from rag.trace import Trace


def printable(text: str) -> str:
    """Replace what no text may hold (lone surrogates), so that it can be printed and stored."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Correction:
    """What the user put right in the scope that was read: it decides over the words, the turns before and the filters.

    `regions`, `years` and `doc_ids` stand in place of what was read; the `without` ones are taken out of it, documents by
    their doc_id or, if they are not held, by the name that was read.
    """

    regions: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    doc_ids: tuple[str, ...] = ()
    without_regions: tuple[str, ...] = ()
    without_years: tuple[int, ...] = ()
    without_documents: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Question:
    """What the user sent: the words, the earlier questions (oldest first), and page filters.

    `regions` are official or short names, `years` policy years; both narrow the search and
    take precedence over what the words say. `corrections` are those of the questions of `history`, one for each, or none.
    """

    text: str
    history: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    id: str | int | None = None
    correction: Correction | None = None
    corrections: tuple[Correction | None, ...] = ()

    def before(self, turns: int) -> Question:
        """Return the last question of the history, asked after those before it; `turns` of them are looked back for."""
        own = self.corrections[len(self.history) - 1 :][:1]
        start = max(0, len(self.history) - turns)
        earlier, corrections = self.history[start:-1], self.corrections[start : len(self.history) - 1]
        text, correction = self.history[-1], own[0] if own else None
        return replace(self, text=text, history=earlier, correction=correction, corrections=corrections)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Question:
        """Return the question that `asdict` made a record of, read back from JSON; what is unknown is left out."""
        known = {one.name: _frozen(record[one.name]) for one in fields(cls) if one.name in record}
        known["correction"] = _correction(record.get("correction"))
        known["corrections"] = tuple(map(_correction, record.get("corrections") or ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Citation:
    """Clause `n` of an answer; the quote is `clause.text[start:end]`."""

    n: int
    clause: Clause
    start: int
    end: int
    validity: Validity | None = None  # of the document on the day of the answer
    since: str = ""  # what became of the clause after an answer that was kept; empty if nothing did

    @property
    def standing(self) -> Validity:
        """The document's validity as it was worked out, else as its page has it."""
        return self.validity or Validity(self.clause.doc.validity, "")

    @property
    def cited_text(self) -> str:
        return self.clause.text[self.start : self.end]

    def to_json(self) -> dict[str, Any]:
        clause, doc = self.clause, self.clause.doc
        return {
            "n": self.n,
            "clause_id": clause.clause_id,
            "doc_id": doc.doc_id,
            "doc_no": doc.doc_no,
            "title": doc.title,
            "path_text": clause.path_text,
            "label": clause.label,
            "region": "".join(doc.region) or None,
            "year": doc.year,
            "validity": self.standing.status,
            "cited_text": self.cited_text,
            "start": self.start,
            "end": self.end,
            "clause_text": clause.text,
            "source": doc.source,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, the citations `n` under it, and how its checks came out."""

    text: str
    citations: tuple[int, ...]
    checks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What was understood of place, year and document: official names, policy years, doc_ids.

    `notes` tell people what was read otherwise than it was typed, `inherited` names what comes from the turns before
    (regions, years, doc_ids, topic), `missing` the documents named that are not held; in JSON only if there are any.
    """

    regions: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    doc_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str | int]]:
        always = ("regions", "years", "doc_ids")
        return {key: list(value) for key, value in asdict(self).items() if key in always or value}


@dataclass(frozen=True, slots=True)
class Answer:
    """The same object from the command line, the page and the end of a stream."""

    status: str  # grounded | partial | refused
    answer: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    scope: Scope = Scope()
    reason: str | None = None
    mode: str = "extractive"
    index_version: str = ""
    model: str | None = None
    question: str = ""
    id: str | int | None = None
    elapsed_ms: float = 0.0
    confidence: float | None = None  # 0 to 1, of the least sure part that was searched for
    usage: dict[str, int] | None = None  # tokens that a model read and wrote: {"input", "output", "calls"}
    trace: Trace | None = None  # how it came about; told only when asked for
    withheld: tuple[int, ...] = ()  # which of the sentences drafted, from 1, failed a check and are not shown

    def to_json(self, explain: bool = False) -> dict[str, Any]:
        return {
            "id": self.id,
            "question": self.question,
            "status": self.status,
            "reason": self.reason,
            "answer": self.answer,
            "statements": [
                {"text": s.text, "citations": list(s.citations), "checks": s.checks} for s in self.statements
            ],
            "citations": [c.to_json() for c in self.citations],
            "nearest": [c.to_json() for c in self.nearest],
            "scope": self.scope.to_json(),
            "mode": self.mode,
            "index_version": self.index_version,
            "model": self.model,
            "elapsed_ms": round(self.elapsed_ms, 2),
            "confidence": None if self.confidence is None else round(self.confidence, 4),
            "usage": self.usage,
            **({"withheld": list(self.withheld)} if self.withheld else {}),
            **({"explain": self.trace.to_json() if self.trace else None} if explain else {}),
        }


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _correction(record: dict[str, Any] | None) -> Correction | None:
    known = record or {}
    correction = Correction(**{f.name: tuple(known[f.name]) for f in fields(Correction) if known.get(f.name)})
    return correction or None
