"""What is kept of a question to compare two runs by: a line of JSON instead of an answer with all its clauses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from index.figures import find_figures

_WITHHELD = re.compile(r"另有(\d+)句与条款核对不符|未能通过核对")
_MARK = re.compile(r"〔\d{1,2}〕")
_SHOWN = 1  # of the ranked list: the clause that the answer is taken from


@dataclass(frozen=True, slots=True)
class Brief:
    """A question of a run: its scores, and what each stage of the chain made of it.

    `rank` is the place of the first right clause in the ranked list, `top` the first clause of that list; `scope` what
    was understood; `outside` the places and years cited that it does not hold; `withheld` the statements that failed
    their checks; `said` a hash of the answer's words, `figures` the quantities in them.
    """

    id: str
    set: str
    kind: str
    scores: dict[str, float | None]
    said: str
    gold: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    rank: int | None = None
    top: list[str] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    reason: str | None = None
    confidence: float | None = None
    withheld: int = 0
    figures: list[str] = field(default_factory=list)
    question: str = ""
    words: str = field(default="", compare=False)

    @classmethod
    def of(cls, detail: Mapping[str, Any]) -> Brief:
        """Return the brief of a question's record, from a full run or from the accepted one."""
        if "answer" not in detail:
            return cls(**{f.name: detail[f.name] for f in fields(cls) if f.name in detail})
        answer, right = detail["answer"], {*detail["gold"], *detail["also"]}
        ranks = (rank for rank, name in enumerate(detail["retrieved"], 1) if name in right)
        return cls(
            id=str(detail["id"]),
            set=detail["set"],
            kind=detail["kind"],
            scores={name: _rounded(value) for name, value in detail["scores"].items()},
            gold=detail["gold"],
            cited=[citation["clause_id"] for citation in answer["citations"]],
            rank=next(ranks, None),
            top=detail["retrieved"][:_SHOWN],
            scope=sorted(str(one) for group in answer["scope"].values() for one in group),
            outside=_outside(answer),
            reason=answer["reason"],
            confidence=detail["confidence"],
            withheld=withheld_in(answer["answer"]),
            said=hash_of(answer["answer"]),
            figures=list(dict.fromkeys(figure.text for figure in find_figures(_MARK.sub("", answer["answer"])))),
            question=detail["question"],
            words=answer["answer"],
        )

    @property
    def key(self) -> tuple[str, str]:
        return self.set, self.id

    @property
    def refused(self) -> bool:
        return self.reason is not None

    @property
    def answerable(self) -> bool:
        return bool(self.gold)

    def to_json(self) -> dict[str, Any]:
        """Return the record that the accepted run keeps: without any words, and without what is empty."""
        record = {name: value for name, value in asdict(self).items() if value or name == "scores"}
        return {name: value for name, value in record.items() if name not in ("question", "words")}


def _rounded(value: float | None) -> float | None:
    """Round as the accepted run is kept: two thirds there and here are one score."""
    return None if value is None else round(value, 4)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


def withheld_in(text: str) -> int:
    """Return how many statements an answer says that it withholds, as they failed their checks."""
    found = _WITHHELD.search(text)
    return int(found[1] or 1) if found else 0


def _outside(answer: Mapping[str, Any]) -> list[str]:
    """Return the places and years of cited documents that are none of those understood."""
    scope, found = answer["scope"], []
    for citation in answer["citations"]:
        if scope["years"] and citation["year"] not in scope["years"]:
            found.append(f"{citation['year']}年")
        if scope["regions"] and not any(name in (citation["region"] or "") for name in scope["regions"]):
            found.append(citation["region"] or "全国")
    return list(dict.fromkeys(found))
