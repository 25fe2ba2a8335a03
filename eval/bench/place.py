"""The folder of one size: our index, and the same clauses with their vectors and questions for everyone else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.dense import Vectors
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.version import CURRENT
from index.views import context_text

_AT_ONCE = 10_000  # vectors taken out of the index together


@dataclass(frozen=True, slots=True)
class Place:
    """One size on the disk; a folder made once is measured as often as wanted."""

    folder: Path

    @property
    def index_dir(self) -> Path:
        return self.folder / "index"

    @property
    def is_made(self) -> bool:
        return (self.index_dir / CURRENT).exists() and (self.folder / "made.json").exists()

    def settings(self, settings: Settings) -> Settings:
        """Return settings that use this size's index, and no language model."""
        return settings.model_copy(
            update={"index_dir": self.index_dir, "store": "local", "llm_base_url": None, "llm_model": None}
        )

    def peer(self, name: str) -> Path:
        return self.folder / "peers" / name

    def note(self, **facts: Any) -> None:
        """Keep what making the size told, beside what was told before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.made() | facts
        (self.folder / "made.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def made(self) -> dict[str, Any]:
        path = self.folder / "made.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def questions(self, kind: str) -> list[str]:
        """Return the questions of a kind; raises UserError if the folder was not made whole."""
        questions = self.made().get("questions", {})
        if kind not in questions:
            raise UserError(f"{self.folder} 里没有问题: 请删除它后用 python -m eval bench --make 重新生成。")
        found: list[str] = questions[kind]
        return found

    def export(self, index: ClauseIndex) -> int:
        """Write every clause's text under its headings, a line of JSON each, and its vector in that order."""
        rows = index.searchable_rows
        with (self.folder / "texts.jsonl").open("w", encoding="utf-8") as file:
            for _, clause in index.searchable_clauses():
                file.write(
                    json.dumps({"id": clause.clause_id, "text": context_text(clause)}, ensure_ascii=False) + "\n"
                )
        shape = (len(rows), index.manifest.dimension)
        kept = np.lib.format.open_memmap(self.folder / "vectors.npy", "w+", np.float32, shape)
        for start in range(0, len(rows), _AT_ONCE):
            kept[start : start + _AT_ONCE] = index.dense["context"].vectors(rows[start : start + _AT_ONCE])
        kept.flush()
        return len(rows)

    def texts(self) -> Iterator[dict[str, str]]:
        with (self.folder / "texts.jsonl").open(encoding="utf-8") as file:
            yield from map(json.loads, file)

    def vectors(self) -> Vectors:
        found: Vectors = np.load(self.folder / "vectors.npy", mmap_mode="r")
        return found


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder; a file with several names in it counts once."""
    stats = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({stat.st_ino: stat.st_size for stat in stats}.values())
