"""Files that were sent, read as they would join: with what is stated of them, and what was put right of versions held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from index.errors import UserError
from index.preview import Preview
from index.progress import Report, silent
from index.upkeep import GONE, UPDATED
from index.validity import UNKNOWN
from rag.page.library.fields import FIELDS, read_fields
from rag.page.library.library import Library
from rag.page.library.staging import Stage
from rag.page.library.stated import stated_of

_MOST = 500  # characters of a field that is stated


def read_sent(library: Library, index_dir: Path, stage: Stage, report: Report = silent) -> tuple[Preview, ...]:
    """Read what was sent; what was put right of a version held holds for the next one too, as far as it reads the same."""
    previews = library.preview(stage.paths, stage.replaces, report)
    # Again while it does: one field put right can change how another reads.
    while any(_carry(index_dir, stage, shown) for shown in previews):
        previews = library.preview(stage.paths, stage.replaces, report)
    return previews


def state_fields(stage: Stage, shown: Preview, given: Mapping[str, object]) -> bool:
    """Keep what is stated of a document that was read, True if that says something else; raises UserError if it cannot be."""
    was = read_fields(shown)
    filled = {field: str(given.get(field, was[field])).strip()[:_MOST] for field in FIELDS}
    stated = {field: value or UNKNOWN for field, value in filled.items() if value != was[field]}
    if stated.get("title") == UNKNOWN:
        raise UserError("标题不能是空的。")
    if stated:
        stage.state(shown.outcome.name, stated, was)
    return bool(stated)


def corrections(stage: Stage, previews: Sequence[Preview]) -> dict[str, dict[str, tuple[str, str]]]:
    """Return what was put right of each document that joins; nothing for one that goes or gets another ID."""
    joining = [shown for shown in previews if shown.joins]
    known: dict[str, dict[str, tuple[str, str]]] = {shown.held.doc_id: {} for shown in joining if shown.held}
    own = [shown for shown in joining if shown.doc and not shown.doc.parent and shown.outcome.status != GONE]
    return known | {shown.outcome.doc_id: stage.corrections_of(shown.outcome.name) for shown in own}


def _carry(index_dir: Path, stage: Stage, shown: Preview) -> bool:
    if shown.outcome.status != UPDATED or shown.held is None or shown.doc is None or shown.doc.parent:
        return False
    known = stated_of(index_dir, shown.held.doc_id)
    return stage.carry(shown.outcome.name, known, read_fields(shown))
