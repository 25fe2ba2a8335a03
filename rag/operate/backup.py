"""A backup of all that is written (index, records, users), made while the service runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from index.errors import UserError
from index.local import LocalIndex
from index.settings import Settings
from index.store import ClauseIndex, store_of
from index.version import MANIFEST, files_of
from rag.access.database import FILE_NAME as USERS
from rag.operate.archive import DOCUMENTS, INDEX, KEPT, RECORDS, Contents, Writer, reading, writing
from rag.operate.databases import snapshot
from rag.records.keep import program_hash
from rag.records.store import FILE_NAME as CONVERSATIONS

# A database, and its tables that a backup leaves out: who was logged in then is not to be so after a restore.
DATABASES: dict[str, tuple[str, ...]] = {CONVERSATIONS: (), USERS: ("sessions", "attempts")}


def back_up(settings: Settings, target: Path, with_index: bool = True) -> tuple[Path, Contents]:
    """Write a backup to a file, or under a name of the moment into a folder, and return where it is and what it holds.

    Raises UserError where something cannot be read, is damaged, or cannot be written.
    """
    now = datetime.now().astimezone()
    path = target / f"backup-{now:%Y%m%d-%H%M%S}.zip" if target.is_dir() else target
    index = _open_index(settings) if with_index else None
    with writing(path) as backup:
        counts = _put_index(backup, settings, index) if index else {}
        _put_records(backup, settings)
        if not backup.files:
            raise UserError(
                f"没有可备份的内容: {settings.index_dir} 和 {settings.records_dir} 里什么都没有。请检查 CLAUSE_DATA_DIR。"
            )
        backup.sign(now.isoformat(timespec="seconds"), program_hash(), index.version if index else "", counts)
    return path, describe(path)


def describe(path: Path) -> Contents:
    """Return what a backup says of itself, all of it read and found whole; raises UserError."""
    with reading(path) as archive:
        archive.check()
        return archive.contents


def _open_index(settings: Settings) -> ClauseIndex | None:
    return ClauseIndex.open_clauses(settings) if store_of(settings).exists(settings) else None


def _put_index(backup: Writer, settings: Settings, index: ClauseIndex) -> dict[str, int]:
    """Put in the documents, and the version that is open if it is on this machine's disk: nobody removes it meanwhile."""
    if isinstance(index, LocalIndex):
        for name, path in files_of(index.folder).items():
            _put_signed(backup, index, name, path)
        backup.put(f"{INDEX}/{MANIFEST}", index.folder / MANIFEST)
    for path in sorted(settings.index_dir.glob("*.jsonl")):
        backup.put(f"{KEPT}/{path.name}", path)
    backup.put_lines(DOCUMENTS, _documents(index))
    return {"documents": len(index.documents), "clauses": len(index.searchable_rows)}


def _put_signed(backup: Writer, index: LocalIndex, name: str, path: Path) -> None:
    """Put in a file that is as it was signed: else the damage would outlive the last good backup."""
    if backup.put(f"{INDEX}/{name}", path) != index.manifest.files.get(name):
        raise UserError(
            f"索引文件 {name} 已损坏, 没有备份。请先运行 python -m index check, 按提示修复, 或从旧的备份恢复。"
        )


def _documents(index: ClauseIndex) -> Iterator[str]:
    for doc in index.documents:
        yield f"[{', '.join(index.records_of(doc.doc_id))}]"


def _put_records(backup: Writer, settings: Settings) -> None:
    held = [name for name in DATABASES if (settings.records_dir / name).is_file()]
    if not held:
        return
    # Beside what it is a copy of: what is private does not go into the temporary folder of all.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.records_dir) as folder:
        for name in held:
            snapshot(settings.records_dir / name, Path(folder) / name, DATABASES[name])
            backup.put(f"{RECORDS}/{name}", Path(folder) / name)
