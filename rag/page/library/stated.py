"""What people put right of the documents held: a line each in the index folder's stated.jsonl, the last one of a document holds.

A correction goes over into the next version of a document where its text reads as it did when that was put right.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_FILE = "stated.jsonl"
_log = logging.getLogger(__name__)
Corrections = Mapping[str, tuple[str, str]]  # field: as it was read, as it was stated


def record_stated(index_dir: Path, corrections: Mapping[str, Corrections]) -> None:
    """Write down what was put right of some documents; nothing for one forgets what was."""
    held = _read(index_dir)
    lines = [
        json.dumps({"doc_id": doc_id, "fields": dict(fields)}, ensure_ascii=False)
        for doc_id, fields in corrections.items()
        if fields or held.get(doc_id)
    ]
    if not lines:
        return
    try:
        with (index_dir / _FILE).open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
    except OSError as exc:  # the index is written already: a full disk must not turn that into a failure
        _log.warning("the corrections could not be written down: %s", exc)


def stated_of(index_dir: Path, doc_id: str) -> Corrections:
    """Return what was put right of a document held, empty if nothing was."""
    return _read(index_dir).get(doc_id, {})


def _read(index_dir: Path) -> dict[str, Corrections]:
    held: dict[str, Corrections] = {}
    with suppress(OSError):
        for line in (index_dir / _FILE).read_text("utf-8", "replace").splitlines():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                record = json.loads(line)
                fields = {str(field): (str(was), str(value)) for field, (was, value) in record["fields"].items()}
                held[str(record["doc_id"])] = fields
    return held
