"""Many texts laid end to end, in which every occurrence of a word is found in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rag.clauses.fold import fold

Positions = npt.NDArray[np.int64]
_BETWEEN = np.zeros(1, np.uint16)  # between two texts: no word holds it
_KEPT = 64  # words whose places are kept, for the next page of the same search


class Texts:
    """Folded texts as UTF-16 codes; six million characters are searched for a word in about ten milliseconds."""

    def __init__(self, texts: Iterable[str]) -> None:
        parts = [part for text in texts for part in (_codes(fold(text)), _BETWEEN)]
        sizes = np.array([len(part) for part in parts], np.int64).reshape(-1, 2).sum(axis=1)
        self.starts: Positions = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        self.sizes: Positions = sizes - 1
        self._codes = np.concatenate(parts) if parts else np.empty(0, np.uint16)
        self._digits = (self._codes >= ord("0")) & (self._codes <= ord("9"))
        self.find = lru_cache(maxsize=_KEPT)(self._find)

    def __len__(self) -> int:
        return len(self.sizes)

    def owners(self, positions: Positions) -> Positions:
        """Return in which text each position is."""
        return np.searchsorted(self.starts, positions, "right") - 1

    def holding(self, word: str) -> npt.NDArray[np.bool_]:
        """Return for each text whether it holds a word."""
        return self.counts(word) > 0

    def counts(self, word: str) -> Positions:
        """Return how often each text holds a word."""
        return np.bincount(self.owners(self.find(word)), minlength=len(self))

    def _find(self, word: str) -> Positions:
        """Return where a word stands, in order; a number only where it is whole, 33号 not in 133号."""
        wanted = _codes(fold(word))
        if not len(wanted) or len(wanted) > len(self._codes):
            return np.empty(0, np.int64)
        at = np.flatnonzero(self._codes[: len(self._codes) - len(wanted) + 1] == wanted[0])
        for step, code in enumerate(wanted[1:], 1):
            at = at[self._codes[at + step] == code]
        if word[0].isdigit():
            at = at[(at == 0) | ~self._digits[at - 1]]
        if word[-1].isdigit():
            end = np.minimum(at + len(wanted), len(self._codes) - 1)
            at = at[~self._digits[end]]
        return at


def _codes(text: str) -> npt.NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
