"""Unit vectors of one view of a segment in a file: scanned where it lies by FAISS, or read row by row.

Kept as float16: of 118,000 clauses the ten nearest are those of float32, in 4.2 ms for 7.3, in half the memory. The file
is FAISS's own; the vectors are the last thing in it, one after the other.
"""

from __future__ import annotations

import mmap
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
import numpy.typing as npt

from index.asked import Rows, Scores
from index.errors import Damaged
from index.version import REBUILD

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]


class VectorFile:
    """The vectors of a file, by their place in it; `size` of them, as those who wrote it know."""

    def __init__(self, path: Path, size: int, dimension: int) -> None:
        self.path = path
        self.size = size
        self._dimension = dimension

    def __len__(self) -> int:
        return self.size

    def rows(self, places: Rows) -> Scores:
        """Return the vectors (n, d) at some places.

        They are mapped only meanwhile: a map of all that was ever asked for would count as memory of the process.
        """
        if not len(places):
            return np.empty((0, self._dimension), np.float32)
        if not (places.min() >= 0 and places.max() < self.size):
            raise damaged(self.path)
        try:
            with mmap.mmap(self._handle, 0, access=mmap.ACCESS_READ) as data:
                halves = np.frombuffer(data, np.float16, self.size * self._dimension, self._start)
                found = halves.reshape(-1, self._dimension)[places]
                del halves  # a map that is looked at cannot be closed
        except (OSError, ValueError) as exc:
            raise damaged(self.path) from exc
        return found.astype(np.float32)

    def all(self) -> Scores:
        """Return all the vectors."""
        return np.fromfile(self.path, np.float16, offset=self._start).reshape(-1, self._dimension).astype(np.float32)

    def nearest(self, query: Scores, k: int, mask: Mask | None = None) -> tuple[Rows, Scores]:
        """Return the places and cosines of the k nearest to a query, of those a mask admits if one is given."""
        import faiss

        chosen = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
            chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, found = self._scan[0].search(query.reshape(1, -1), min(k, self.size), params=chosen)
        kept = found[0] >= 0
        return found[0][kept], scores[0][kept]

    @cached_property
    def _scan(self) -> tuple[Any, Any]:
        """FAISS over the file as it lies on the disk, through a map that the whole machine shares."""
        import faiss

        faiss.omp_set_num_threads(1)  # askers run side by side; threads within one search only get in their way
        try:
            with self.path.open("rb") as file:
                data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
            index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), len(data)))  # type: ignore[attr-defined]
        except (RuntimeError, OSError, ValueError) as exc:
            raise damaged(self.path) from exc
        if (index.ntotal, index.d) != (self.size, self._dimension):
            raise damaged(self.path)
        return index, data  # without its data it would read what is unmapped

    @cached_property
    def _start(self) -> int:
        """Where the vectors begin, as long as the file is what was written."""
        return os.path.getsize(self.path) - self.size * self._dimension * 2

    @cached_property
    def _handle(self) -> int:
        handle = os.open(self.path, os.O_RDONLY)
        finalize(self, os.close, handle)
        return handle


def write_vectors(path: Path, vectors: Scores, dimension: int) -> None:
    """Write unit vectors (n, d) to a file."""
    import faiss

    halves = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexScalarQuantizer(dimension, halves, faiss.METRIC_INNER_PRODUCT)
    if len(vectors):
        index.add(np.ascontiguousarray(vectors, np.float32))
    with path.open("wb") as file:  # numpy's own tofile does not say why it could not write
        file.write(faiss.serialize_index(index).data)


class Quantiser:
    """Vectors of d numbers as d / 4 bytes each, told apart by tables that were trained on some of them."""

    def __init__(self, path: Path, index: Any) -> None:
        self.path = path
        self._index = index
        self.width = int(index.code_size)

    @classmethod
    def train(cls, path: Path, vectors: Scores) -> Quantiser:
        """Return tables for vectors like these, written to a file; 25,000 of them take 2 seconds."""
        import faiss

        dimension = vectors.shape[1]
        index = faiss.IndexPQ(dimension, dimension // 2, 4, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        with path.open("wb") as file:
            file.write(faiss.serialize_index(index).data)
        return cls(path, index)

    @classmethod
    def load(cls, path: Path) -> Quantiser:
        """Return the tables of a file; raises Damaged if it holds none."""
        import faiss

        try:
            return cls(path, faiss.deserialize_index(np.fromfile(path, np.uint8)))
        except (RuntimeError, OSError, AttributeError) as exc:
            raise damaged(path) from exc

    def encode(self, vectors: Scores) -> Codes:
        """Return the codes (n, width) of vectors."""
        codes: Codes = self._index.sa_encode(vectors)
        return codes

    def scan(self, codes: Codes) -> Any:
        """Return FAISS over some codes, laid out so that 32 are compared at once; the tables are of no use afterwards."""
        import faiss

        faiss.omp_set_num_threads(1)
        self._index.codes.resize(codes.size)
        faiss.rev_swig_ptr(self._index.codes.data(), codes.size)[:] = codes.ravel()
        self._index.ntotal = len(codes)
        scan = faiss.IndexPQFastScan(self._index)
        self._index.reset()
        return scan


def damaged(path: Path) -> Damaged:
    """Return the error for vectors that are not what was written."""
    return Damaged(f"向量索引损坏: {path.parent.name}/{path.name}。{REBUILD}")
