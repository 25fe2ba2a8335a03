"""SQLite files that others may be using: copied as they are at one moment, and put back in one transaction."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from index.errors import UserError

_PATIENCE = 30.0  # seconds that others may hold the file
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_COMPANIONS = ("", "-wal", "-shm")


def snapshot(source: Path, target: Path, forget: tuple[str, ...] = ()) -> None:
    """Copy a database as it is now, less what is in the tables named; raises UserError if it cannot be read."""
    try:
        address = f"{source.resolve().as_uri()}?mode=rw"  # ro could not take part in the locks
        with closing(sqlite3.connect(address, uri=True)) as held, closing(sqlite3.connect(target)) as copy:
            _copy(held, copy)
            for table in forget:
                copy.execute(f"delete from {table}")
            copy.commit()
            copy.execute("vacuum")  # so that what was deleted is not in the file
    except sqlite3.Error as exc:
        raise UserError(f"{source.name} 不能读取 ({exc}), 没有备份。请先按提示修复或从旧的备份恢复。") from exc


def put_back(source: Path, target: Path) -> bool:
    """Have a database hold what another does, all or nothing; those who have it open see that at once.

    False if it was damaged: it then lies beside the new one, and who has it open must open it anew.
    """
    try:
        with closing(sqlite3.connect(source)) as new, closing(_live(target)) as live:
            _copy(new, live)
        return True
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise UserError(f"{target.name} 不能写入 ({exc})。请检查磁盘空间和权限后再恢复一次。") from exc
    _set_aside(target)
    os.replace(source, target)
    return False


def _live(path: Path) -> sqlite3.Connection:
    """Open the file in use, made private if it is new: its companions take over who may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    db = sqlite3.connect(path)
    db.execute("pragma secure_delete = on")
    db.execute("pragma journal_mode = wal").fetchall()
    return db


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database in one step, as it is at that moment; raises OperationalError where another holds it for too long."""
    end = time.monotonic() + _PATIENCE

    def look(status: int, _remaining: int, _total: int) -> None:
        if status in _HELD and time.monotonic() > end:  # SQLite itself would wait for ever
            raise sqlite3.OperationalError("database is locked")

    source.backup(target, progress=look, sleep=0.05)


def _set_aside(path: Path) -> None:
    aside = f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}"
    for ending in _COMPANIONS:
        companion = path.with_name(path.name + ending)
        if companion.exists():
            companion.rename(path.with_name(aside + ending))
