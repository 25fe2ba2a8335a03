"""What is wrong with a version on this machine's disk: files that changed, and parts that do not fit each other."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

import numpy as np

from index.local import LocalIndex
from index.version import changed_files
from index.write import count_all


def problems_of(index: LocalIndex) -> list[str]:
    """Return what is wrong; what the files hold is looked into only if they are as they were written."""
    try:
        return changed_files(index.folder, index.manifest) or list(_inner(index))
    except (sqlite3.Error, ValueError, TypeError, KeyError) as exc:
        return [f"条款库里有无法读取的记录 ({exc})"]


def _inner(index: LocalIndex) -> Iterator[str]:
    """Tell where the parts of an index do not fit each other."""
    counts, recorded = count_all(index.folder), index.manifest.counts
    if counts != recorded:
        names = [name for name in {**recorded, **counts} if counts.get(name) != recorded.get(name)]
        yield "数量不符: " + ", ".join(f"{name} 清单 {recorded.get(name)} 实际 {counts.get(name)}" for name in names)
    clauses, sentences = index.searchable_rows, index.sentence_table[:, 0]
    views = [(f"{name}.faiss", name, view.ids) for name, view in index.dense.items()]
    views += [(f"lexical-{name}", name, view.ids) for name, view in index.sparse.items()]
    for file, name, ids in views:
        if not np.array_equal(np.sort(ids), sentences if name == "sentence" else clauses):
            yield f"{file} 与条款库的行不一致"
    if not np.isin(index.sentence_table[:, 1], clauses).all() or (np.diff(index.sentence_table[:, 1]) < 0).any():
        yield "句子与条款的对应关系有误"
    changed = [name for name, text, digest in index.texts() if hashlib.sha256(text.encode()).hexdigest() != digest]
    if changed:
        yield f"{len(changed)} 条条款的文字与校验值不符, 如 {changed[0]}"
