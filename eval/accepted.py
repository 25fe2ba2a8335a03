"""The last accepted run, kept in git: its measures, and of each question what the next run is compared by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.brief import Brief
from eval.run_file import Record, load_record
from index.errors import UserError

RESULTS = Path(__file__).parent / "results.json"
_LONG = ("details", "fingerprints")  # written a question and a document a line, so that git shows which one changed


def accept(record: Mapping[str, Any], path: Path = RESULTS) -> Path:
    """Make a run the one that others are compared with; raises UserError if a part of it was switched off."""
    if record["ablate"]:
        raise UserError(f"这次运行关闭了 {'、'.join(record['ablate'])}, 不能作为比较的基准。请接受完整的运行。")
    head = {name: value for name, value in record.items() if name not in _LONG}
    head["measures"] = measures = list(record["summary"])
    rows = [_row(Brief.of(detail), measures) for detail in record["details"]]
    groups = [_group("fingerprints", "{}", map(_line, record["fingerprints"].items())), _group("details", "[]", rows)]
    text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    path.write_text(",\n".join([text, *groups]) + "\n}\n", "utf-8")
    return path


def load_accepted(path: Path | None = None) -> Record | None:
    """Return the accepted run, its questions as briefs; None if there is none, or it is of an older form."""
    path = path or RESULTS
    if not path.is_file():
        return None
    record = load_record(path)
    if "details" not in record:
        return None
    for detail in record["details"]:
        detail["scores"] = dict(zip(record["measures"], detail["scores"], strict=True))
    return record


def briefs_of(record: Mapping[str, Any]) -> dict[tuple[str, str], Brief]:
    """Return the questions of a run by set and ID."""
    return {brief.key: brief for brief in map(Brief.of, record["details"])}


def _row(brief: Brief, measures: list[str]) -> str:
    record = brief.to_json() | {"scores": [_short(brief.scores[name]) for name in measures]}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _short(value: float | None) -> float | None:
    """Return 1 for 1.0."""
    return int(value) if value is not None and value == int(value) else value


def _line(item: tuple[str, Mapping[str, str]]) -> str:
    return f"{json.dumps(item[0])}: {json.dumps(item[1], separators=(',', ':'))}"


def _group(name: str, brackets: str, lines: Iterator[str] | list[str]) -> str:
    return f' "{name}": {brackets[0]}\n' + ",\n".join(f"  {line}" for line in lines) + f"\n {brackets[1]}"
