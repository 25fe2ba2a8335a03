"""Is the index whole: every file as it was written, and the same clauses in every part of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.corpus import find_files
from index.e5 import MODEL, is_intact, read_digest
from index.encoder import DEFAULT_ENCODER
from index.settings import Settings
from index.store import ClauseIndex
from index.version import REBUILD, digest_file


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what mends it."""

    text: str
    remedy: str = REBUILD


def check_index(settings: Settings) -> list[Problem]:
    """Return what is wrong with the index; empty if all is well. Raises UserError if it cannot be opened."""
    index = ClauseIndex.open(settings)
    problems = [Problem(text) for text in index.problems()]
    return problems or [*_changed_model(settings), *_changed_sources(settings, index)]


def describe_problems(problems: list[Problem]) -> str:
    """Return the problems as one line, those of one remedy together."""
    remedies = dict.fromkeys(problem.remedy for problem in problems)
    said = {remedy: "; ".join(p.text for p in problems if p.remedy == remedy) for remedy in remedies}
    return " ".join(f"{texts}。{remedy}" for remedy, texts in said.items())


def _changed_model(settings: Settings) -> Iterator[Problem]:
    folder = settings.models_dir / DEFAULT_ENCODER if settings.encoder == DEFAULT_ENCODER else Path(settings.encoder)
    if read_digest(folder) and not is_intact(folder):
        yield Problem(f"向量模型已改变 {folder / MODEL}", f"请删除文件夹 {folder}, 再运行同一条命令, 模型会重新生成。")


def _changed_sources(settings: Settings, index: ClauseIndex) -> Iterator[Problem]:
    for path in find_files([settings.seeds_dir]) if settings.seeds_dir.is_dir() else []:
        recorded = index.manifest.sources.get(path.name)
        if recorded and digest_file(path) != recorded:
            yield Problem(f"源文件已改变 {path.name}", f"请运行 python -m index add {path} 更新。")
