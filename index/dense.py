"""Vector views of clauses: inner product of unit vectors over the files of all segments, filtered by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from index.asked import Rows, Scores
from index.quantised import Quantised
from index.vector_file import VectorFile, damaged

Vectors = npt.NDArray[np.float32]
_OVER = 12  # candidates for each one wanted: of the 200 nearest of a million, 197 are among 2,400
_FEW = 0.1  # of all vectors: as few are compared one by one
_MOST = 0.1  # of all vectors may be candidates; where more are wanted, all are compared
_LONGEST = 1.01  # of a unit vector kept as float16; also false for what is no number


class DenseView:
    """The vectors of one view under ids, which are the rows of what they stand for, in order; a file a segment."""

    def __init__(
        self, files: Sequence[VectorFile], ids: Rows, quantised: Callable[[], Quantised] | None = None
    ) -> None:
        self._files = files
        self._quantised = cache(quantised) if quantised else None
        self.ids = ids
        self._starts = np.cumsum([0, *(len(file) for file in files)])

    def __len__(self) -> int:
        return len(self.ids)

    def vectors(self, ids: Rows) -> Vectors:
        """Return the vectors (n, d) stored under ids; raises Damaged if one is none of ours."""
        places = self._places(ids)
        of_each = np.searchsorted(self._starts, places, "right") - 1
        found = [self._files[at].rows(places[of_each == at] - self._starts[at]) for at in np.unique(of_each)]
        if not found:
            return self._files[0].rows(places)
        order = np.argsort(of_each, kind="stable")
        vectors = np.empty((len(ids), found[0].shape[1]), np.float32)
        vectors[order] = np.concatenate(found)
        return vectors

    def search(self, query: Vectors, k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and cosines of the k nearest to `query` (d,), among `ids` if given, best first."""
        share = 1.0 if ids is None else len(ids) / max(1, len(self))
        if self._quantised and share > _FEW and (asked := int(k * _OVER / share)) < len(self) * _MOST:
            return self._rescored(query, k, self._quantised().nearest(query, asked), ids)
        admitted = None if ids is None else self._mask(ids)
        found = []
        for file, start in zip(self._files, self._starts, strict=False):
            mask = None if admitted is None else admitted[start : start + len(file)]
            if len(file) and (mask is None or mask.any()):
                places, scores = file.nearest(query, k, mask)
                found.append((places + start, scores))
        if not k or not found:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return self._best(np.concatenate([p for p, _ in found]), np.concatenate([s for _, s in found]), k)

    def warm(self) -> None:
        """Load what the first search would otherwise wait for."""
        if self._quantised:
            self._quantised()

    def _rescored(self, query: Vectors, k: int, places: Rows, ids: Rows | None) -> tuple[Rows, Scores]:
        """Return the k best of some places, by the vectors themselves."""
        if ids is not None:
            at = np.searchsorted(ids, self.ids[places])
            places = places[ids.take(at, mode="clip") == self.ids[places]]
        return self._best(places, self.vectors(self.ids[places]) @ query, k)

    def _best(self, places: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
        if not (scores <= _LONGEST).all():
            raise damaged(self._files[0].path)
        order = np.argsort(-scores, kind="stable")[:k]
        return self.ids[places[order]], scores[order]

    def _mask(self, ids: Rows) -> npt.NDArray[np.bool_]:
        of_row = np.zeros(int(self.ids[-1]) + 1 if len(self.ids) else 0, bool)
        if len(ids) and not (ids.min() >= 0 and ids.max() < len(of_row)):
            raise damaged(self._files[0].path)
        of_row[ids] = True  # a table is quicker than to look each up
        mask: npt.NDArray[np.bool_] = of_row[self.ids]
        return mask

    def _places(self, ids: Rows) -> Rows:
        places = np.searchsorted(self.ids, ids)
        if len(ids) and not (len(self.ids) and np.array_equal(self.ids.take(places, mode="clip"), ids)):
            raise damaged(self._files[0].path)
        return places
