"""A backup put back: read and found whole before anything changes, swapped in so that a running service goes on.

What there was of conversations and users is kept in a backup beside them; the index that was in use stays on the disk
until the next change of the index.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from index.errors import UserError
from index.settings import Settings
from index.write import writer
from rag.access.database import FILE_NAME as USERS
from rag.access.database import Database
from rag.operate.archive import RECORDS, Archive, reading
from rag.operate.backup import DATABASES, back_up
from rag.operate.databases import put_back
from rag.operate.owner import check_owner
from rag.operate.put_index import Ready, back_to, has_index, put_notes, unpack_index
from rag.records.records import Records

ALL, ONLY_INDEX, ONLY_RECORDS = "all", "index", "records"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `before` is the backup of the records that were there, `damaged` those set aside for damage."""

    index_version: str = ""
    rebuilt: bool = False
    databases: tuple[str, ...] = ()
    before: Path | None = None
    damaged: tuple[str, ...] = ()


def restore(settings: Settings, source: Path, only: str = ALL) -> Restored:
    """Put back what a backup holds and return what that was; raises UserError, and all is as before, where it cannot be.

    An index of another format or encoder is built anew from the documents in the backup.
    """
    check_owner(settings)
    with reading(source) as archive, writer(settings), ExitStack() as drafts:
        archive.check()
        databases = _unpack_records(archive, settings, drafts) if only != ONLY_INDEX else {}
        index = unpack_index(archive, settings, drafts) if only != ONLY_RECORDS and has_index(archive) else None
        if not databases and index is None:
            raise UserError(f"{source.name} 里没有要恢复的内容。可用 --check 查看它有什么。")
        before = _keep_records(settings, databases)
        damaged = _swap(settings, index, databases, before)
        if index is not None:
            put_notes(archive, settings)
    version = archive.contents.index_version if index else ""
    return Restored(version, index is not None and index.rebuilds, tuple(databases), before, damaged)


def _unpack_records(archive: Archive, settings: Settings, drafts: ExitStack) -> dict[str, Path]:
    """Write the databases beside those in use, brought up to this program's version; raises UserError if one cannot be."""
    settings.records_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(drafts.enter_context(_draft(settings)))
    found = {name: folder / name for name in DATABASES if f"{RECORDS}/{name}" in archive.contents.files}
    for name, path in found.items():
        archive.copy(f"{RECORDS}/{name}", path)
    if USERS in found:
        Database(folder).close()
    records = Records.open(folder)
    if found.keys() - {USERS}:
        if problem := records.problem():
            raise UserError(problem)
        records.store.forget()  # all of it in the one file
    return found


def _keep_records(settings: Settings, databases: dict[str, Path]) -> Path | None:
    """Back up the databases that are to be replaced and return where; None if there are none, or none that can be read."""
    if not any((settings.records_dir / name).exists() for name in databases):
        return None
    target = settings.records_dir / f"before-restore-{datetime.now():%Y%m%d-%H%M%S-%f}.zip"
    try:
        return back_up(settings, target, with_index=False)[0]
    except UserError:  # what is damaged is set aside as it is
        return None


def _swap(settings: Settings, index: Ready | None, databases: dict[str, Path], before: Path | None) -> tuple[str, ...]:
    """Put everything in place, or nothing; return the databases that were set aside for damage."""
    damaged = []
    with ExitStack() as undo:
        if index is not None:
            undo.callback(back_to(settings))
            index.put()
        for name, path in databases.items():
            if not put_back(path, settings.records_dir / name):
                damaged.append(name)
            undo.callback(_take_back, settings, before, name)
        undo.pop_all()
    return tuple(damaged)


def _take_back(settings: Settings, before: Path | None, name: str) -> None:
    """Have a database hold again what it did before."""
    with reading(before) if before else ExitStack() as archive, _draft(settings) as folder:
        if isinstance(archive, Archive) and f"{RECORDS}/{name}" in archive.contents.files:
            archive.copy(f"{RECORDS}/{name}", Path(folder) / name)
            put_back(Path(folder) / name, settings.records_dir / name)


def _draft(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """Return a folder that is removed at the end, beside what is private."""
    return tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.records_dir, ignore_cleanup_errors=True)
