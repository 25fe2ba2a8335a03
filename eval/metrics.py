"""What is measured of each answer, and the means with their intervals. Definitions: eval/README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.golden import Golden, holds
from index.figures import find_figures
from rag.scope import find_named
from rag.types import Answer

_RESAMPLES = 1000
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}")


@dataclass(frozen=True, slots=True)
class Scored:
    """One golden question with its answer's scores; None where a measure does not apply."""

    golden: Golden
    answer: Answer
    precision: float | None
    recall: float | None
    first: float | None
    answered: float | None
    refused: float
    wrong_region: float
    wrong_year: float
    figure_error: float

    @property
    def f1(self) -> float | None:
        if self.precision is None or self.recall is None:
            return None
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


MEASURES: dict[str, Callable[[Scored], float | None]] = {
    "first_citation": lambda s: s.first,
    "citation_precision": lambda s: s.precision,
    "citation_recall": lambda s: s.recall,
    "citation_f1": lambda s: s.f1,
    "answer_accuracy": lambda s: s.answered,
    "refusal_recall": lambda s: None if s.golden.answerable else s.refused,
    "false_refusal": lambda s: s.refused if s.golden.answerable else None,
    "wrong_region": lambda s: s.wrong_region,
    "wrong_year": lambda s: s.wrong_year,
    "figure_error": lambda s: s.figure_error,
}


def score(golden: Golden, answer: Answer, places: dict[str, tuple[str | None, int | None]]) -> Scored:
    """Score one answer; `places` gives each doc_id's adcode and year."""
    cited = [citation.clause.clause_id for citation in answer.citations]
    right = {*golden.gold, *golden.also}
    refused = answer.status == "refused"
    precision = recall = first = answered = None
    if golden.answerable:
        precision = sum(c in right for c in cited) / len(cited) if cited else 0.0
        recall = sum(_is_cited(gold, cited, golden) for gold in golden.gold) / len(golden.gold)
        first = float(bool(cited) and cited[0] in right)
        answered = float(not refused and all(holds(answer.answer, string) for string in golden.answer))
    allowed = [places[name.split(".")[0]] for name in right]
    docs = [places[c.clause.doc.doc_id] for c in answer.citations]
    # Where a question has no answer at all, no place or year but the one it should not name is wrong.
    wrong_region = golden.kind == "wrong_place" and bool(docs)
    wrong_year = golden.kind == "wrong_year" and bool(docs)
    if golden.answerable:
        wrong_region = names_place(golden) and any(place not in {p for p, _ in allowed} for place, _ in docs)
        wrong_year = names_year(golden) and any(year not in {y for _, y in allowed} for _, year in docs)
    return Scored(
        golden, answer, precision, recall, first, answered, float(refused),
        float(wrong_region), float(wrong_year), float(_has_figure_error(answer)),
    )  # fmt: skip


def names_place(golden: Golden) -> bool:
    """True if a question, or a turn before it, names a place: then a clause of another is a wrong citation."""
    return any(find_named(text, ()).regions for text in (golden.question, *golden.history))


def names_year(golden: Golden) -> bool:
    return any(_YEAR.search(text) for text in (golden.question, *golden.history))


def summary(scored: Sequence[Scored]) -> dict[str, tuple[float, float, float, int]]:
    """Return each measure's mean, its bootstrap 95 % interval, and how many questions it is over."""
    rng = np.random.default_rng(0)
    means: dict[str, tuple[float, float, float, int]] = {}
    for name, measure in MEASURES.items():
        values = np.array([value for s in scored if (value := measure(s)) is not None])
        if len(values):
            resampled = rng.choice(values, (_RESAMPLES, len(values))).mean(axis=1)
            low, high = np.percentile(resampled, [2.5, 97.5])
            means[name] = (float(values.mean()), float(low), float(high), len(values))
    return means


def _is_cited(gold: str, cited: Sequence[str], golden: Golden) -> bool:
    """A gold clause is covered by itself, or, where one fact has several homes, by any of those."""
    return gold in cited or (len(golden.gold) == 1 and any(name in cited for name in golden.also))


def _has_figure_error(answer: Answer) -> bool:
    """True if a statement states a quantity that none of the clauses it cites has as a whole."""
    clauses = {citation.n: citation.clause for citation in answer.citations}
    for statement in answer.statements:
        stated = {(f.value, f.unit) for n in statement.citations for f in find_figures(clauses[n].text)}
        years = {(str(clauses[n].doc.year), "日期") for n in statement.citations}
        if any((f.value, f.unit) not in stated | years for f in find_figures(statement.text)):
            return True
    return False
