"""What is measured of each answer, and the means with their intervals. Definitions: eval/README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.golden import Golden, holds
from index.figures import find_figures
from index.types import Clause
from rag.question.scope import find_named
from rag.types import Answer

RETRIEVED = 10  # clauses of the ranked list that are kept and scored
_RESAMPLES = 1000
_MARK = re.compile(r"〔(\d{1,2})〕")
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
    covered: float | None = None
    retrieved: tuple[str, ...] = ()

    @property
    def f1(self) -> float | None:
        if self.precision is None or self.recall is None:
            return None
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def reciprocal(self) -> float | None:
        """1 / the rank of the first right clause of what was retrieved; 0 if none is."""
        if not self.golden.answerable:
            return None
        return next((1 / rank for rank, name in enumerate(self.retrieved, 1) if name in self.golden.right), 0.0)

    def found(self, k: int) -> float | None:
        """Return the share of gold clauses among the first k retrieved."""
        return _share_of_gold(self.golden, self.retrieved[:k]) if self.golden.answerable else None


MEASURES: dict[str, Callable[[Scored], float | None]] = {
    "first_citation": lambda s: s.first,
    "citation_precision": lambda s: s.precision,
    "citation_recall": lambda s: s.recall,
    "citation_f1": lambda s: s.f1,
    "answer_accuracy": lambda s: s.answered,
    "refusal_recall": lambda s: None if s.golden.answerable else s.refused,
    "refusal_precision": lambda s: float(not s.golden.answerable) if s.refused else None,
    "false_refusal": lambda s: s.refused if s.golden.answerable else None,
    "wrong_region": lambda s: s.wrong_region,
    "wrong_year": lambda s: s.wrong_year,
    "figure_error": lambda s: s.figure_error,
    "statement_coverage": lambda s: s.covered,
    "recall_1": lambda s: s.found(1),
    "recall_5": lambda s: s.found(5),
    "recall_10": lambda s: s.found(RETRIEVED),
    "mrr": lambda s: s.reciprocal,
}


Places = Mapping[str, tuple[str | None, int | None]]


def score(golden: Golden, answer: Answer, places: Places, retrieved: Sequence[str] = ()) -> Scored:
    """Score one answer and the ranked list before it; `places` gives each doc_id's adcode and year."""
    cited = [citation.clause.clause_id for citation in answer.citations]
    refused = answer.status == "refused"
    precision = recall = first = answered = covered = None
    if golden.answerable:
        precision = sum(c in golden.right for c in cited) / len(cited) if cited else 0.0
        recall = _share_of_gold(golden, cited)
        first = float(bool(cited) and cited[0] in golden.right)
        answered = float(not refused and all(holds(answer.answer, string) for string in golden.answer))
        covered = None if refused else _coverage(golden, answer)
    wrong_region, wrong_year = _misplaced(golden, answer, places)
    return Scored(
        golden, answer, precision, recall, first, answered, float(refused),
        float(wrong_region), float(wrong_year), float(_has_figure_error(answer)), covered, tuple(retrieved[:RETRIEVED]),
    )  # fmt: skip


def _misplaced(golden: Golden, answer: Answer, places: Places) -> tuple[bool, bool]:
    """Return whether another place, or another year, is cited than the one that was asked for."""
    cited = [places[citation.clause.doc.doc_id] for citation in answer.citations]
    if not golden.answerable:
        # Where a question has no answer at all, no place or year but the one it should not name is wrong.
        return golden.kind == "wrong_place" and bool(cited), golden.kind == "wrong_year" and bool(cited)
    right = {places[document_of(name, places)] for name in golden.right}
    regions, years = {region for region, _ in right}, {year for _, year in right}
    return (
        names_place(golden) and any(region not in regions for region, _ in cited),
        names_year(golden) and any(year not in years for _, year in cited),
    )


def document_of(clause_id: str, documents: Container[str]) -> str:
    """Return the doc_id that a clause's ID begins with; a doc_id may have dots of its own."""
    dots = (at for at, character in enumerate(clause_id) if character == ".")
    return next((clause_id[:at] for at in dots if clause_id[:at] in documents), clause_id.split(".")[0])


def names_place(golden: Golden) -> bool:
    """True if a question, or a turn before it, names a place: then a clause of another is a wrong citation."""
    return any(find_named(text, ()).regions for text in (golden.question, *golden.history))


def names_year(golden: Golden) -> bool:
    return any(_YEAR.search(text) for text in (golden.question, *golden.history))


def scores_of(scored: Scored) -> dict[str, float | None]:
    """Return every measure of one question."""
    return {name: measure(scored) for name, measure in MEASURES.items()}


def summary(scored: Sequence[Scored]) -> dict[str, tuple[float, float, float, int]]:
    """Return each measure's mean, its bootstrap 95 % interval, and how many questions it is over."""
    rng = np.random.default_rng(0)
    means: dict[str, tuple[float, float, float, int]] = {}
    for name, measure in MEASURES.items():
        if values := [value for s in scored if (value := measure(s)) is not None]:
            means[name] = bootstrap(values, rng)
    return means


def bootstrap(values: Sequence[float], rng: np.random.Generator) -> tuple[float, float, float, int]:
    """Return the mean of values, its bootstrap 95 % interval, and how many they are."""
    kept = np.array(values, float)
    resampled = rng.choice(kept, (_RESAMPLES, len(kept))).mean(axis=1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return float(kept.mean()), float(low), float(high), len(kept)


def _coverage(golden: Golden, answer: Answer) -> float | None:
    """Return the share of statements that cite a right clause; None if there are none."""
    right = {citation.n for citation in answer.citations if citation.clause.clause_id in golden.right}
    shares = [not right.isdisjoint(statement.citations) for statement in answer.statements]
    return sum(shares) / len(shares) if shares else None


def _share_of_gold(golden: Golden, names: Sequence[str]) -> float:
    return sum(_is_cited(gold, names, golden) for gold in golden.gold) / len(golden.gold)


def _is_cited(gold: str, cited: Sequence[str], golden: Golden) -> bool:
    """A gold clause is covered by itself, or, where one fact has several homes, by any of those."""
    return gold in cited or (len(golden.gold) == 1 and any(name in cited for name in golden.also))


def _has_figure_error(answer: Answer) -> bool:
    """True if what is said states a quantity that none of the clauses cited for it has as a whole."""
    clauses = {citation.n: citation.clause for citation in answer.citations}
    for text, cited in _said(answer):
        stated = {figure for n in cited for figure in _stated(clauses[n])}
        if any((f.value, f.unit) not in stated for f in find_figures(text)):
            return True
    return False


def _said(answer: Answer) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield each statement with its citations, then each line of the answer that has marks: what is read is the answer."""
    yield from ((statement.text, statement.citations) for statement in answer.statements)
    for line in answer.answer.splitlines():
        if marks := [int(mark) for mark in _MARK.findall(line)]:
            yield _MARK.sub("", line), marks


def _stated(clause: Clause) -> set[tuple[str, str]]:
    named = (clause.text, clause.doc.title, clause.label)  # 《…2016年重点工作任务》 may be said before what it says
    return {(f.value, f.unit) for text in named for f in find_figures(text)} | {(str(clause.doc.year), "日期")}
