"""What is wrong with a version on this machine's disk: files that changed, and parts that do not fit each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from index.errors import UserError
from index.local import LocalIndex
from index.segment import Segment
from index.segment_files import count_segment
from index.version import changed_files
from index.write import count_all


def problems_of(index: LocalIndex) -> list[str]:
    """Return what is wrong; what the files hold is looked into only if they are as they were written."""
    try:
        return changed_files(index.folder, index.manifest) or list(_inner(index))
    except (UserError, ValueError, TypeError, KeyError) as exc:
        return [f"条款库里有无法读取的记录 ({exc})"]


def _inner(index: LocalIndex) -> Iterator[str]:
    """Tell where the parts of an index do not fit each other."""
    found = [{"counts": count_segment(segment.folder, segment.places)} for segment in index.segments]
    counts, recorded = count_all(index.folder, found), index.manifest.counts
    if counts != recorded:
        names = [name for name in {**recorded, **counts} if counts.get(name) != recorded.get(name)]
        yield "数量不符: " + ", ".join(f"{name} 清单 {recorded.get(name)} 实际 {counts.get(name)}" for name in names)
    for name, view in index.sparse.items():
        if not np.array_equal(view.ids, index.places.sentences if name == "sentence" else index.places.rows):
            yield f"lexical-{name} 与条款库的行不一致"
    for segment in index.segments:
        yield from _misplaced(segment)


def _misplaced(segment: Segment) -> Iterator[str]:
    """Tell where a segment's clauses are not those that are searched; reading each verifies its checksum."""
    of_row = {row: number for number in segment.documents for row, _ in segment.clauses_of(number)}
    places = segment.places
    if [of_row.get(row) for row in places.rows.tolist()] != places.numbers.tolist():
        yield f"{segment.folder.name}/places.npz 与条款库的行不一致"
    for number in segment.documents:
        segment.body(number)
    for (term,) in segment.ask("select term from spoken"):
        segment.speaking_of(term)
