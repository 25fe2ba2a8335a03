"""Is the index whole: every file as it was written, and the same clauses in every part of it?"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from index.corpus import find_files
from index.settings import Settings
from index.store import ClauseIndex
from index.version import REBUILD, changed_files, digest_file
from index.write import count_all


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what mends it."""

    text: str
    remedy: str = REBUILD


def check_index(settings: Settings) -> list[Problem]:
    """Return what is wrong with the index; empty if all is well. Raises UserError if it cannot be opened."""
    index = ClauseIndex.open(settings)
    files = [Problem(text) for text in changed_files(index.folder, index.manifest)]
    try:
        return files or [*map(Problem, _inner(index)), *_changed_sources(settings, index)]
    except (sqlite3.Error, ValueError, TypeError, KeyError) as exc:
        return [Problem(f"条款库里有无法读取的记录 ({exc})")]


def describe_problems(problems: list[Problem]) -> str:
    """Return the problems as one line, those of one remedy together."""
    remedies = dict.fromkeys(problem.remedy for problem in problems)
    said = {remedy: "; ".join(p.text for p in problems if p.remedy == remedy) for remedy in remedies}
    return " ".join(f"{texts}。{remedy}" for remedy, texts in said.items())


def _inner(index: ClauseIndex) -> Iterator[str]:
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


def _changed_sources(settings: Settings, index: ClauseIndex) -> Iterator[Problem]:
    for path in find_files([settings.seeds_dir]) if settings.seeds_dir.is_dir() else []:
        recorded = index.manifest.sources.get(path.name)
        if recorded and digest_file(path) != recorded:
            yield Problem(f"源文件已改变 {path.name}", f"请运行 python -m index add {path} 更新。")
