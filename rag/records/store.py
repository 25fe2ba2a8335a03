"""The file that the records are in, safe for many threads and several processes.

It is opened at the first use and not before, so that a file that cannot be used stops nothing but the keeping; once it
is mended or moved away, keeping goes on without a restart.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import UserError
from rag.records.schema import check_version, migrate, transaction

FILE_NAME = "records.sqlite3"
_PATIENCE = 5.0  # seconds to wait for another that writes
_PAUSE = 0.02
_OPENING = threading.Lock()  # see _make_private
_log = logging.getLogger(__name__)

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT}


class Store:
    """Connections to one file, one a thread; reads and writes raise UserError where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._local = threading.local()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection to read by."""
        with self._telling():
            yield self._connection()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection to write by: all of it stays or nothing, and no other writes in between."""
        with self._telling():
            db = self._connection()
            with transaction(db):
                yield db

    def forget(self) -> None:
        """Have what was deleted leave the journal beside the file too, as far as nobody is reading it."""
        with self._telling():
            self._connection().execute("pragma wal_checkpoint(truncate)").fetchall()

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; a new one after a fork, or where the file was moved or replaced."""
        if self._identity() is None or getattr(self._local, "made_for", None) != self._identity():
            self._local.made_for = self._local.db = None
            with _OPENING:
                self._local.db = _open(self.path)
            self._local.made_for = self._identity()
        db: sqlite3.Connection = self._local.db
        return db

    def _identity(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return os.getpid(), found.st_dev, found.st_ino

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            self._local.made_for = None
            _log.error("the records in %s cannot be used: %s", self.path, exc)
            raise UserError(_remedy(exc)) from exc


def _open(path: Path) -> sqlite3.Connection:
    _make_private(path)
    db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    check_version(db, FILE_NAME)  # before anything is changed in it
    _use_journal(db)
    db.execute("pragma foreign_keys = on")
    db.execute("pragma secure_delete = on")  # what is deleted leaves the file too
    migrate(db, FILE_NAME)
    return db


def _make_private(path: Path) -> None:
    """Make the file before SQLite does: its companions (-wal, -shm) take over that nobody else may read it.

    A file that is there is not opened: closing it again would drop the locks of this process's other connections
    (POSIX locks go with any descriptor), and another process would take their journal away.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with suppress(PermissionError):  # another's file that we may write: its owner decides
        path.chmod(0o600)


def _use_journal(db: sqlite3.Connection) -> None:
    """Turn WAL on, which readers and one writer need to go on side by side; it stays with the file."""
    end = time.monotonic() + _PATIENCE
    while db.execute("pragma journal_mode").fetchone()[0] != "wal":
        try:
            db.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as exc:  # SQLite does not wait here when several processes do it at once
            if exc.sqlite_errorcode not in _BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE)


def _remedy(exc: sqlite3.Error | OSError) -> str:
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind
    if code in _BUSY:
        return "另一个程序正在写记录库, 请稍后再试。"
    if code in _DAMAGED:
        return (
            f"记录库 {FILE_NAME} 已损坏。请把它连同 -wal、-shm 两个文件从记录文件夹 (CLAUSE_RECORDS_DIR) 移走, "
            "再从备份恢复; 没有备份则会自动新建。"
        )
    if code == sqlite3.SQLITE_FULL:
        return "磁盘已满, 记录没有保存。请腾出空间, 或用 CLAUSE_RECORDS_DIR 另设记录文件夹。"
    return f"记录库 {FILE_NAME} 不能读写。请检查记录文件夹 (CLAUSE_RECORDS_DIR) 的权限和磁盘空间。"
