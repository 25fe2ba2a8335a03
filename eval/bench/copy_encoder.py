"""Vectors for copies: the clauses' own from the cache, those of a copy's headings from the original's, a little moved."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoder import Encoder, Vectors
from index.vector_cache import VectorCache

_MOVED = 0.2  # how long the step aside is beside a vector of length one: a cosine of 0.98 with the original's


class CopyEncoder(Encoder):
    """Answers under the name of the real encoder, which it asks for all but the headings under a copy's title.

    Embedding these would take most of an hour at a million clauses, and measure nothing but the encoder once more.
    """

    def __init__(self, encoder: Encoder, cache: Path) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self.titles: dict[str, str] = {}  # of each copy, the title of the original
        self._encoder, self._cache = encoder, VectorCache(cache, encoder)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        originals = [self._original(text) for text in texts]
        vectors = np.array(
            self._cache.encode([original or text for original, text in zip(originals, texts, strict=True)], False)
        )
        for at, (original, text) in enumerate(zip(originals, texts, strict=True)):
            if original:
                vectors[at] = _beside(vectors[at], text)
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def _original(self, text: str) -> str:
        title, space, rest = text.partition(" ")
        return f"{original}{space}{rest}" if (original := self.titles.get(title)) else ""


def _beside(vector: Vectors, text: str) -> Vectors:
    """Return a vector near another, the same one for the same text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    step = np.random.default_rng(seed).standard_normal(len(vector), np.float32)
    moved: Vectors = vector + _MOVED * step / np.linalg.norm(step)
    return moved / np.linalg.norm(moved)
