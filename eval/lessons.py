"""What a corpus teaches the ranker: which clause, which sentence, and when to be sure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.golden import Golden
from index.store import ClauseIndex
from index.types import Clause
from rag.question.understand import understand
from rag.retrieval.confidence import CONFIDENCE_FEATURES
from rag.retrieval.features import CLAUSE_FEATURES, Asked, clause_features, sentence_features
from rag.retrieval.rank import Ranker, Weights, margin
from rag.retrieval.reading import Reading
from rag.retrieval.search import Found, search
from rag.types import Question

Matrix = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Example = tuple[Matrix, Truths]

_POOL = 20  # hits that are compared, as the ranker does
_FOUND = 40  # hits searched, so that enough are left when the right ones are taken away
ANSWERED, UNANSWERABLE, AWAY = "answered", "unanswerable", "away"


@dataclass(frozen=True, slots=True)
class Searched:
    """A golden question with what was found for it; `right` says which hits answer it."""

    golden: Golden
    asked: Asked
    found: Found
    readings: list[Reading]
    features: Matrix
    right: Truths

    @property
    def example(self) -> Example:
        return self.features, self.right

    def without_evidence(self) -> Searched:
        """Return the same question as if nothing that answers it were held."""
        return self._kept(np.flatnonzero(~self.right))

    def within_pool(self) -> Searched:
        return self._kept(np.arange(len(self.right)))

    def _kept(self, places: npt.NDArray[np.int64]) -> Searched:
        at = [int(place) for place in places[:_POOL]]
        found = replace(self.found, hits=[self.found.hits[i] for i in at], rows=[self.found.rows[i] for i in at])
        readings = [self.readings[i] for i in at]
        features = clause_features(self.asked, found.hits, readings) if at else self.features[:0]
        return replace(self, found=found, readings=readings, features=features, right=self.right[at])


@dataclass(frozen=True, slots=True)
class Sureness:
    """What is known of first clauses (n, CONFIDENCE_FEATURES), and of which kind each is."""

    rows: Matrix
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class Lessons:
    """The examples of one corpus."""

    clauses: list[Example]
    sentences: list[Example] = field(default_factory=list)
    sureness: Sureness = field(default_factory=lambda: Sureness(np.empty((0, len(CONFIDENCE_FEATURES))), []))


def search_all(
    index: ClauseIndex, questions: Iterable[Golden], name_of: Callable[[Clause], str] = lambda clause: clause.clause_id
) -> list[Searched]:
    """Search for golden questions whose gold is told by `name_of`; those whose scope leaves nothing to rank are left out."""
    found = (_search(golden, index, name_of) for golden in questions)
    return [searched for searched in found if searched]


def _search(golden: Golden, index: ClauseIndex, name_of: Callable[[Clause], str]) -> Searched | None:
    query = understand(Question(golden.question, golden.history), index)
    if query.named.compared or query.named.missing:
        return None
    found = search(index, query, _FOUND)
    if not found.hits:
        return None
    asked = Asked.of(query, index)
    readings = [Reading.of(hit.clause) for hit in found.hits]
    right = np.array([name_of(hit.clause) in (*golden.gold, *golden.also) for hit in found.hits])
    return Searched(golden, asked, found, readings, clause_features(asked, found.hits, readings), right)


def clause_examples(searched: Sequence[Searched]) -> list[Example]:
    """Return the pools in which a right clause was found."""
    return [s.within_pool().example for s in searched if s.right[:_POOL].any()]


def sentence_examples(searched: Sequence[Searched], index: ClauseIndex) -> list[Example]:
    """Return the gold clauses' sentences, right where they hold a required string."""
    return [example for s in searched for example in _sentences_of(s, index)]


def _sentences_of(s: Searched, index: ClauseIndex) -> Iterator[Example]:
    for at in np.flatnonzero(s.right):
        reading = s.readings[at]
        forms = [form for required in s.golden.answer for form in required.split("|")]
        right = np.array([any(form in passage.text for form in forms) for passage in reading.sentences])
        if right.any() and not right.all():
            cosines = index.sentence_cosines(s.found.rows[at], s.found.vector)
            yield sentence_features(s.asked, reading, cosines), right


def sureness_of(searched: Sequence[Searched], index: ClauseIndex, clause: Matrix, sentence: Matrix) -> Sureness:
    """Return what is known of the first clause of each question, and again with its evidence taken away.

    An answerable question whose first clause is wrong is left out: it teaches nothing of confidence.
    """
    ranker = Ranker(index, Weights(clause, sentence, np.zeros(len(CONFIDENCE_FEATURES)), 0.0))
    rows, kinds = [], []
    for s in searched:
        for kind, held in _cases(s):
            scores = held.features @ clause
            if kind != ANSWERED or held.right[np.argmax(scores)]:
                rows.append(_sureness_row(held, ranker, scores))
                kinds.append(kind)
    return Sureness(np.array(rows), kinds)


def _cases(s: Searched) -> Iterator[tuple[str, Searched]]:
    """Yield a question as it is, and, if it can be answered, as if nothing that answers it were held."""
    yield (ANSWERED if s.golden.answerable else UNANSWERABLE), s.within_pool()
    without = s.without_evidence()
    if s.golden.answerable and without.found.hits:
        yield AWAY, without


def _sureness_row(s: Searched, ranker: Ranker, scores: Matrix) -> Matrix:
    best = int(np.argmax(scores))
    return ranker.look(s.asked, s.found, best, s.readings[best], s.features[best], margin(scores)).judged.features


def save_lessons(path: Path, lessons: Lessons) -> None:
    """Keep what a corpus teaches (its sentences apart), for `fit` to be run without that corpus."""
    features, right = (np.concatenate(parts) for parts in zip(*lessons.clauses, strict=True))
    np.savez_compressed(
        path,
        names=np.array((*CLAUSE_FEATURES, *CONFIDENCE_FEATURES)),
        features=features.astype(np.float16),
        right=right,
        sizes=[len(truths) for _, truths in lessons.clauses],
        sureness=lessons.sureness.rows.astype(np.float16),
        kinds=np.array(lessons.sureness.kinds),
    )


def load_lessons(path: Path) -> Lessons:
    """Return the lessons kept; none, and a word about it, if they are of other features than today's."""
    kept = np.load(path, allow_pickle=False)
    if tuple(kept["names"]) != (*CLAUSE_FEATURES, *CONFIDENCE_FEATURES):
        print(f"{path.name} 的特征已过时, 不用它。")
        return Lessons([])
    ends = np.cumsum(kept["sizes"])[:-1]
    features, right = np.split(kept["features"].astype(np.float64), ends), np.split(kept["right"], ends)
    sureness = Sureness(kept["sureness"].astype(np.float64), [str(kind) for kind in kept["kinds"]])
    return Lessons(list(zip(features, right, strict=True)), [], sureness)
