"""When which document came, changed or went: a line each in the index folder's changes.jsonl.

It is told to people and decides nothing: one that is missing, damaged or cannot be written costs no more than a date.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from index.upkeep import ADDED, GONE, UPDATED, Outcome

_FILE = "changes.jsonl"
_log = logging.getLogger(__name__)


def record_changes(index_dir: Path, outcomes: Iterable[Outcome]) -> None:
    """Write down what came, changed and went."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    told = [(o.doc_id, o.status) for o in outcomes if o.status in (ADDED, UPDATED, GONE)]
    lines = [json.dumps({"at": now, "doc_id": doc_id, "change": status}, ensure_ascii=False) for doc_id, status in told]
    if not lines:
        return
    try:
        with (index_dir / _FILE).open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
    except OSError as exc:  # the index is written already: a full disk must not turn that into a failure
        _log.warning("the changes could not be written down: %s", exc)


def added_on(index_dir: Path) -> dict[str, str]:
    """Return when each document held came in (ISO 8601, UTC), as far as that was written down."""
    times: dict[str, str] = {}
    with suppress(OSError):
        for line in (index_dir / _FILE).read_text("utf-8", "replace").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                record = json.loads(line)
                if record["change"] == GONE:
                    times.pop(record["doc_id"], None)
                else:
                    times.setdefault(record["doc_id"], record["at"])
    return times
