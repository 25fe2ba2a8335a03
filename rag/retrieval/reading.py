"""A clause made ready to be compared with questions: read once, kept, used by every question after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.figures import find_figures
from index.sentences import sentence_spans
from index.tokens import bigrams, cut, normalise, runs
from index.types import Clause, Figure

HEADING_CHARS = 30
_MAX_CHARS = 170  # of an answer: an official reads it at a glance
_MAX_SENTENCES = 3
_NEXT_BEST = 0.35  # a further sentence needs this share of the best one's softmax weight
_PIECES = re.compile(r"[,，、:：]")


@dataclass(frozen=True)
class Passage:
    """A text with what is compared of it: its normal form, its character pairs, its figures."""

    text: str
    start: int = 0
    end: int = 0
    known: tuple[Figure, ...] | None = None  # its figures, where they were found when the index was built

    @cached_property
    def plain(self) -> str:
        return normalise(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(cut(self.plain))

    @cached_property
    def pairs(self) -> frozenset[str]:
        return frozenset(bigrams(self.text))

    @cached_property
    def runs(self) -> str:
        return runs(self.plain)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return find_figures(self.text) if self.known is None else self.known

    @cached_property
    def pieces(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return the parts between commas that hold figures, each with the kinds of its figures."""
        parts = ((part, find_figures(part)) for part in _PIECES.split(self.text)) if self.figures else ()
        return tuple((normalise(part), frozenset(f.kind for f in figures)) for part, figures in parts if figures)

    @property
    def is_note(self) -> bool:
        """True for the bracket that names the responsible departments."""
        return self.plain.startswith("(") and self.plain.endswith(")")


@dataclass(frozen=True)
class Reading:
    """A clause as a passage, its sentences as passages, and the words above it."""

    clause: Clause
    whole: Passage
    sentences: tuple[Passage, ...]
    headings: Passage

    @classmethod
    def of(cls, clause: Clause) -> Reading:
        text = clause.text
        sentences = tuple(Passage(text[start:end], start, end) for start, end in sentence_spans(text))
        # A short first sentence is the clause's own heading: 推进档案室建设。
        first = sentences[0].text if len(sentences) > 1 and len(sentences[0].text) <= HEADING_CHARS else ""
        return cls(clause, Passage(text, known=clause.figures), sentences, Passage(" ".join((*clause.headings, first))))

    def led_by(self, lead: str) -> Reading:
        """Return the same under the whole of what leads to it, of which the headings hold the first words."""
        return replace(self, headings=Passage(f"{self.headings.text} {lead}"))


def choose_sentences(sentences: Sequence[Passage], scores: npt.NDArray[np.float64]) -> list[int]:
    """Return the sentences to quote, in document order: the best, and those nearly as good that fit."""
    weights = np.exp(scores - scores.max(initial=-np.inf))
    chosen: list[int] = []
    length = 0
    for i in np.argsort(-scores, kind="stable")[:_MAX_SENTENCES]:
        size = len(sentences[i].text)
        if chosen and (weights[i] < _NEXT_BEST or length + size > _MAX_CHARS or sentences[i].is_note):
            continue
        chosen.append(int(i))
        length += size
    return sorted(chosen)
