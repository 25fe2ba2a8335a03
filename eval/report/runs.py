"""The records of runs, read for the report: a run asks one or more golden sets, and each set is a part of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.metrics import document_of
from index.errors import UserError


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval over `n` questions."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a run: what was asked, what was found and said, and its scores."""

    id: str
    set: str
    kind: str
    difficulty: str
    question: str
    history: tuple[str, ...]
    note: str
    gold: tuple[str, ...]
    also: tuple[str, ...]
    required: tuple[str, ...]
    scores: Mapping[str, float | None]
    confidence: float | None
    retrieved: tuple[str, ...]
    answer: Mapping[str, Any]
    clauses: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, record: Mapping[str, Any], default_set: str) -> Asked:
        """Return a question as its record has it; what older records did not hold is empty."""
        answer = record["answer"]
        confidence = record.get("confidence", answer.get("confidence"))
        names = ("history", "gold", "also", "required", "retrieved")
        lists = {name: tuple(record.get(name) or ()) for name in names}
        return cls(
            id=str(record["id"]),
            set=record.get("set") or default_set,
            kind=record.get("kind", ""),
            difficulty=record.get("difficulty", ""),
            question=record.get("question") or answer.get("question", ""),
            note=record.get("note", ""),
            scores=record["scores"],
            confidence=confidence,
            answer=answer,
            clauses=record.get("clauses", {}),
            **lists,
        )

    @property
    def answerable(self) -> bool:
        return bool(self.gold)

    @property
    def refused(self) -> bool:
        return bool(self.answer["status"] == "refused")

    @property
    def right(self) -> frozenset[str]:
        return frozenset((*self.gold, *self.also))

    @property
    def cited(self) -> tuple[str, ...]:
        return tuple(citation["clause_id"] for citation in self.answer["citations"])

    @property
    def elapsed_ms(self) -> float:
        return float(self.answer["elapsed_ms"])

    def score(self, measure: str) -> float | None:
        return self.scores.get(measure)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run was of: the code, the index and the settings."""

    path: Path
    commit: str
    time: datetime
    mode: str
    encoder: str
    index_version: str
    ablate: tuple[str, ...]
    settings: Mapping[str, Any]
    titles: Mapping[str, str]

    @property
    def way(self) -> tuple[str, str, tuple[str, ...]]:
        """What two runs must share for their scores to be one series."""
        return self.mode, self.encoder, self.ablate

    @property
    def threshold(self) -> float | None:
        """The least confidence at which an answer was given."""
        value = self.settings.get("min_confidence")
        return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class Part:
    """What a run measured of one golden set; `asked` is empty where the record keeps no questions."""

    run: Run
    name: str
    questions: int
    summary: Mapping[str, Interval]
    median_chars: float | None
    asked: tuple[Asked, ...]

    @property
    def held_back(self) -> bool:
        """True for a set whose questions nobody who tunes the system may read."""
        return self.name.endswith("test")

    @property
    def documents(self) -> dict[str, list[Asked]]:
        """The answerable questions by the document that answers them, under its doc_id."""
        groups: dict[str, list[Asked]] = {}
        for asked in self.asked:
            if asked.answerable:
                groups.setdefault(document_of(asked.gold[0], self.run.titles), []).append(asked)
        return groups


def load_parts(paths: Sequence[Path]) -> list[Part]:
    """Return the parts of all runs, oldest first, a run kept twice once; raises UserError naming what is no record."""
    found: dict[tuple[str, str, datetime, tuple[Any, ...]], Part] = {}
    for path in paths:
        for part in _read(path):
            key = (part.name, part.run.commit, part.run.time, part.run.way)
            # The accepted run is kept in short beside the whole record of the same run.
            if key not in found or part.asked:
                found[key] = part
    return sorted(found.values(), key=lambda part: part.run.time)


def by_set(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Return the parts of each set, in the order in which they are given."""
    groups: dict[str, list[Part]] = {}
    for part in parts:
        groups.setdefault(part.name, []).append(part)
    return groups


def _read(path: Path) -> list[Part]:
    try:
        record = json.loads(path.read_text("utf-8"))
        run = _run(path, record)
        wholes = record.get("by_set") or {"+".join(record["sets"]): record}
        return [_part(run, name, whole, record) for name, whole in wholes.items()]
    except OSError as exc:
        raise UserError(f"读不到评测记录 {path}, 请检查路径") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise UserError(f"{path} 不是评测记录, 请用 python -m eval run --json {path} 重新生成") from exc


def _run(path: Path, record: Mapping[str, Any]) -> Run:
    return Run(
        path=path,
        commit=record.get("commit") or "未知",
        time=_time(path, record.get("time")),
        mode=record.get("mode", "extractive"),
        encoder=record["encoder"],
        index_version=record["index_version"],
        ablate=tuple(record.get("ablate", ())),
        settings=record.get("settings", {}),
        titles={doc_id: doc["title"] for doc_id, doc in record.get("documents", {}).items()},
    )


def _time(path: Path, written: str | None) -> datetime:
    """Return when a run was made; records of before 2026-11-22 do not say, and their file does."""
    if written is None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    time = datetime.fromisoformat(written)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _part(run: Run, name: str, whole: Mapping[str, Any], record: Mapping[str, Any]) -> Part:
    # The accepted run keeps its questions in brief, without an answer: only their scores count here.
    details = [Asked.read(each, name) for each in record.get("details", ()) if "answer" in each]
    summary = {measure: _interval(*values) for measure, values in whole["summary"].items()}
    asked = tuple(each for each in details if each.set == name)
    return Part(run, name, int(whole["questions"]), summary, whole.get("median_answer_chars"), asked)


def _interval(mean: float, low: float, high: float, n: float) -> Interval:
    return Interval(mean, low, high, int(n))
