"""The files that runs are kept in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.errors import UserError

RUNS = Path(__file__).parent / "runs"
Record = dict[str, Any]


def save_record(record: Mapping[str, Any], path: Path | None = None) -> Path:
    """Write a record, under a name that tells when and what it was unless a path is given, and return the path."""
    path = path or RUNS / f"{_file_name(record)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def load_record(path: Path) -> Record:
    """Read a record; raises UserError if there is none in the file."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise UserError(f"读不到评测结果 {path}。请先运行 python -m eval run。") from exc
    except ValueError as exc:
        raise UserError(f"{path.name} 不是评测结果 ({exc})。请给出 python -m eval run 写出的文件。") from exc
    if not isinstance(record, dict) or "summary" not in record:
        raise UserError(f"{path.name} 不是评测结果。请给出 python -m eval run 写出的文件。")
    return record


def _file_name(record: Mapping[str, Any]) -> str:
    moment = re.sub(r"[-:]|\+.*", "", record["time"])
    sets = "-".join(Path(name).stem for name in record["sets"])
    return f"{moment}-{record['commit'] or 'nogit'}-{sets}-{record['mode']}"
