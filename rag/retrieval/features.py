"""What a question and a clause, or one of its sentences, have in common, as numbers for ranking."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.figures import says_share
from index.store import ClauseIndex
from index.tokens import bigrams, normalise, synonyms, words
from index.types import Hit
from rag.question.colloquial import formal_terms
from rag.question.understand import ASKING, Query
from rag.retrieval.reading import HEADING_CHARS, Passage, Reading

Matrix = npt.NDArray[np.float64]

VIEWS = ("clause", "context", "sentence", "question", "question sentence", "bm25", "bm25 sentence")
CLAUSE_FEATURES = (
    *VIEWS, "found", "words", "bigrams", "heading words", "sentence words", "sentence bigrams", "answers", "figures",
)  # fmt: skip
SENTENCE_FEATURES = (
    "cosine", "words", "bigrams", "answers", "near", "figures", "heading", "note", "length", "items", "term",
)  # fmt: skip
# Kinds of figures that answer each kind of question.
_ANSWERING = {
    "amount": {"amount", "multiple"},
    "percent": {"percent"},
    "date": {"date", "duration"},
    "duration": {"duration", "date"},
    "count": {"count", "duration", "multiple", "amount", "percent"},
}
# What says when, or how often, without a numeral.
_UNDATED = re.compile(r"每(?:年|季度|月|周|半年)(?!\s*\d)|年(?:内|终|底|末|初)|当年|月底|逐年|定期|按(?:时|期)")
_LISTING = {"list", "how", "definition", "other"}  # asked so, an enumeration is likely the answer
_MANY_ITEMS = 5
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[a-z]{3,}[a-z'/-]*")
_DEPARTMENT_SAID = re.compile(
    r"(?:由|委托|会同)[^。;,]{2,30}(?:负责|牵头|承担|组织|制定)"
    r"|(?:部门|局|委|厅|办|政府|医院|小组)[^。;,]{0,8}(?:负责|牵头|要)"
    r"|(?:责任|牵头|主管|承办|主办|负责|实施)(?:单位|部门|机构):"
)


@dataclass(frozen=True)
class Asked:
    """A query's content words with their weights, ready to be compared with many texts."""

    query: Query
    weights: dict[str, float]
    unknown: frozenset[str]  # words that no clause of the index has in any form

    @classmethod
    def of(cls, query: Query, index: ClauseIndex) -> Asked:
        """Weigh the content words of the topic by how rare the index finds them (BM25's idf)."""
        bare = ASKING.sub(" ", query.topic or query.text)
        # 搞, 往, 咋 say nothing, and the English words have their Chinese terms beside them.
        content = dict.fromkeys(word for word in words(bare) if len(word) > 1 and not _LATIN.fullmatch(word))
        asked = cls(query, {word: index.idf(word) for word in content}, frozenset())
        known = {word for word, forms in asked.forms.items() if any(_is_known(form, index) for form in forms)}
        return replace(asked, unknown=frozenset(asked.weights) - known)

    @cached_property
    def pairs(self) -> frozenset[str]:
        return frozenset(bigrams(ASKING.sub(" ", self.query.topic or self.query.text)))

    @cached_property
    def han_pairs(self) -> tuple[str, ...]:
        """Return the pairs as they stand in `Passage.runs`: a character that stands alone has a space on each side."""
        return tuple(pair if len(pair) > 1 else f" {pair} " for pair in self.pairs if _HAN.match(pair))

    @cached_property
    def other_pairs(self) -> frozenset[str]:
        """Return the numbers and the Latin words: 240, 240元, ct."""
        return frozenset(pair for pair in self.pairs if not _HAN.match(pair))

    @cached_property
    def total(self) -> float:
        return sum(self.weights.values())

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        """Return the content words that the turn itself says, without those of the turns before."""
        own = set(words(ASKING.sub(" ", self.query.own_topic)))
        return tuple(word for word in self.weights if word in own)

    @cached_property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """Return each word with its synonyms and official forms."""
        forms = {word: (word, *map(normalise, synonyms(word))) for word in self.weights}
        for phrase, terms in formal_terms(self.query.topic or self.query.text).items():
            for word in words(phrase):
                if word in forms:
                    forms[word] += terms
        return forms

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Return what the question puts in quotation marks: a term whose meaning it asks."""
        return tuple(re.findall(r'["“「『\'‘]([^"“”「」『』\'‘’]{2,20})["”」』\'’]', normalise(self.query.topic)))

    def term_share(self, plain: str) -> float:
        return sum(term in plain for term in self.terms) / len(self.terms) if self.terms else 0.0

    @property
    def unknown_share(self) -> float:
        """Return the share of the question's words, by weight, that the whole index does not know."""
        return sum(self.weights[word] for word in self.unknown) / self.total if self.total else 0.0

    def says(self, word: str, plain: str) -> bool:
        """True if a text has a word of the question in some form."""
        return any(form in plain for form in self.forms[word])

    def word_share(self, plain: str) -> float:
        """Return the share of the question's words, by weight, that the text has in some form."""
        found = sum(w for word, w in self.weights.items() if self.says(word, plain))
        return found / self.total if self.total else 0.0

    def pair_share(self, passage: Passage) -> float:
        """Return the share of the question's character pairs that the text has.

        A text is taken apart only for a question that has numbers or Latin words: any other pair it has side by side.
        """
        if not self.pairs:
            return 0.0
        found = sum(pair in passage.runs for pair in self.han_pairs)
        if self.other_pairs:
            found += len(self.other_pairs & passage.pairs)
        return found / len(self.pairs)

    def figure_share(self, passage: Passage) -> float:
        """Return the share of the question's own quantities that a text states; 1 if it has none."""
        own = {(f.value, f.unit) for f in self.query.figures}
        return len(own & {(f.value, f.unit) for f in passage.figures}) / len(own) if own else 1.0

    def answered(self, passage: Passage, departments: Sequence[str] = ()) -> float:
        """Return 1 if a text holds the kind of thing asked for, 0 if not, 0.5 where that cannot be told."""
        asks = self.query.asks
        if asks in _ANSWERING:
            if any(figure.kind in _ANSWERING[asks] for figure in passage.figures):
                return 1.0
            if asks == "percent" and says_share(passage.plain):
                return 1.0
            return float(asks in ("date", "duration") and bool(_UNDATED.search(passage.plain)))
        if asks == "department":
            return float(bool(departments) or bool(_DEPARTMENT_SAID.search(passage.plain)))
        return 0.5

    def nearness(self, passage: Passage) -> float:
        """Return how much of the question stands between the same commas as a figure of the kind asked for."""
        kinds = answering_kinds(self.query.asks)
        if not kinds:
            return 0.0
        return max((self.word_share(plain) for plain, found in passage.pieces if found & kinds), default=0.0)


def names_leader(question: str, passage: Passage) -> bool:
    """True if it is asked who leads, and a sentence itself says so: 由市图书馆牵头."""
    return bool(re.search(r"[牵领挑]头", question) and re.search(r"由[^。;,]{2,30}牵头", passage.plain))


def _is_known(form: str, index: ClauseIndex) -> bool:
    """True if the index has every word of a form somewhere."""
    parts = words(form)
    return bool(parts) and all(index.has_word(part) for part in parts)


def answering_kinds(asks: str) -> set[str]:
    """Return the kinds of figures that answer a kind of question; none for those that no figure answers."""
    return _ANSWERING.get(asks, set())


def clause_features(asked: Asked, hits: Sequence[Hit], readings: Sequence[Reading]) -> Matrix:
    """Return (n hits, n CLAUSE_FEATURES); view scores are z-scores over the hits."""
    views = np.array([[*(hit.views[name] for name in VIEWS), hit.score] for hit in hits])
    spread = views.std(axis=0)
    views = (views - views.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.hstack([views, np.array([_match(asked, reading) for reading in readings])])


def match_again(asked: Asked, row: Matrix, reading: Reading) -> Matrix:
    """Return a hit's CLAUSE_FEATURES with another reading of its clause, found by the same views."""
    return np.array([*row[: len(VIEWS) + 1], *_match(asked, reading)])


def _match(asked: Asked, reading: Reading) -> list[float]:
    return [
        asked.word_share(reading.whole.plain),
        asked.pair_share(reading.whole),
        asked.word_share(reading.headings.plain),
        max((asked.word_share(s.plain) for s in reading.sentences), default=0.0),
        max(map(asked.pair_share, reading.sentences), default=0.0),
        asked.answered(reading.whole, reading.clause.departments),
        asked.figure_share(reading.whole),
    ]


def sentence_features(asked: Asked, reading: Reading, cosines: npt.NDArray[np.float32]) -> Matrix:
    """Return (n sentences, n SENTENCE_FEATURES) for a clause; `cosines` are those with the question."""
    centred = (cosines - cosines.mean()) * 20 if len(cosines) else cosines
    rows = [
        [
            float(cosine),
            asked.word_share(sentence.plain),
            asked.pair_share(sentence),
            asked.answered(sentence, reading.clause.departments if sentence.is_note else ()),
            asked.nearness(sentence),
            asked.figure_share(sentence),
            float(i == 0 and len(sentence.text) <= HEADING_CHARS),
            float(sentence.is_note),
            math.log(1 + len(sentence.text)) / 5,
            min(sentence.text.count("、"), _MANY_ITEMS) / _MANY_ITEMS if asked.query.asks in _LISTING else 0.0,
            asked.term_share(sentence.plain),
        ]
        for i, (sentence, cosine) in enumerate(zip(reading.sentences, centred, strict=True))
    ]
    return np.array(rows).reshape(len(rows), len(SENTENCE_FEATURES))
