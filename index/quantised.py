"""From some hundred thousand clauses on, those that may be near are found among vectors cut to an eighth.

What they find is measured in docs/scale.md: eight candidates for each one wanted, compared again by their own vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.asked import Rows, Scores
from index.sparse import link_or_copy
from index.vector_file import Codes, Quantiser, VectorFile, damaged

FROM = 200_000  # clauses; below, to compare a question with every vector takes no longer
VIEW = "context"  # the one that is searched
TABLES = "context.quantiser"
CODES = "context.codes"
_TRAINED_ON = 25_000


class Quantised:
    """The codes of all segments, in the order of their vectors."""

    def __init__(self, folder: Path, files: Sequence[VectorFile]) -> None:
        tables = Quantiser.load(folder / TABLES)
        self._scan: Any = tables.scan(np.concatenate([_codes(file, tables.width) for file in files]))

    def nearest(self, query: Scores, k: int) -> Rows:
        """Return the places of k vectors that may be nearest to a query, in order."""
        found = self._scan.search(query.reshape(1, -1), k)[1][0]
        return np.sort(found[found >= 0])


def quantise(folder: Path, files: Sequence[VectorFile], base: Path | None) -> None:
    """Write the codes of the segments of a version that have none; none for a small one.

    The tables are those of the base, where it has any: what is added later is cut with them, till the next build.
    """
    if sum(map(len, files)) < FROM:
        return
    if base is not None and (base / TABLES).exists():
        link_or_copy(base / TABLES, folder / TABLES)
        tables = Quantiser.load(folder / TABLES)
        files = [file for file in files if not _path(file).exists()]
    else:
        tables = Quantiser.train(folder / TABLES, _sample(files))
    for file in files:
        _path(file).unlink(missing_ok=True)  # of older tables, and shared with other versions
        _path(file).write_bytes(tables.encode(file.all()).tobytes())


def _sample(files: Sequence[VectorFile]) -> Scores:
    step = max(1, sum(map(len, files)) // _TRAINED_ON)
    return np.concatenate([file.rows(np.arange(0, len(file), step)) for file in files])


def _codes(file: VectorFile, width: int) -> Codes:
    codes = np.fromfile(_path(file), np.uint8)
    if codes.size != len(file) * width:
        raise damaged(_path(file))
    return codes.reshape(-1, width)


def _path(file: VectorFile) -> Path:
    return file.path.with_name(CODES)
