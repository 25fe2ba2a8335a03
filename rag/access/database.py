"""The file that users, sessions and failed log-ins are kept in."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import UserError

FILE_NAME = "users.sqlite3"
Clock = Callable[[], float]  # seconds since 1970: what is kept must mean the same after a restart

_PATIENCE = 5.0  # seconds to wait for another process that writes
_FIRST = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: a session must not pass on to a later user
    name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, password TEXT NOT NULL, role TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, changed REAL NOT NULL, last_login REAL);
CREATE TABLE sessions (
    token BLOB PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    created REAL NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions(user);
CREATE TABLE devices (
    token BLOB PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, seen REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE attempts (
    key BLOB PRIMARY KEY, failures INTEGER NOT NULL, last REAL NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
"""
_CLIENTS = """
CREATE TABLE clients (
    name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE, admin INTEGER NOT NULL,
    per_minute INTEGER, created REAL NOT NULL, used REAL);
CREATE TRIGGER no_client_of_a_users_name BEFORE INSERT ON clients
    WHEN EXISTS (SELECT 1 FROM users WHERE folded = NEW.folded) BEGIN SELECT RAISE(ABORT, 'taken'); END;
CREATE TRIGGER no_user_of_a_clients_name BEFORE INSERT ON users
    WHEN EXISTS (SELECT 1 FROM clients WHERE folded = NEW.folded) BEGIN SELECT RAISE(ABORT, 'taken'); END;
"""
_VERSIONS = (_FIRST, _CLIENTS)  # what each added to the one before


class Database:
    """One connection, used by one thread at a time; other processes (the commands) may write meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Open or make the file; raises UserError when it cannot be used."""
        self._path = folder / FILE_NAME
        self._lock = threading.RLock()
        with self._telling():
            _make_private(self._path)
            self._connection = sqlite3.connect(
                self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(
                "PRAGMA synchronous=NORMAL"
            )  # a power cut may cost the last log-in, never the file
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._migrate()

    def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        with self._lock, self._telling():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """Yield a function that executes; all of it happens or nothing, and nobody else writes in between."""
        with self._lock, self._telling():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield lambda sql, *values: self._connection.execute(sql, values)
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself takes it back where the disk is full
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _migrate(self) -> None:
        with self.write() as execute:
            version = execute("PRAGMA user_version").fetchone()[0]
            if version > len(_VERSIONS):
                raise UserError(f"{self._path} 由更新版本的程序建立。请升级程序,或另设 CLAUSE_RECORDS_DIR。")
            for schema in _VERSIONS[version:]:
                for statement in schema.split(";\n"):
                    execute(statement)
            if version < len(_VERSIONS):
                execute(f"PRAGMA user_version = {len(_VERSIONS)}")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            raise UserError(
                f"用户库 {self._path} 无法读写({exc})。请检查磁盘空间和权限;文件若已损坏,请从备份恢复,"
                "或将它移走后用 python -m rag users add 重新添加用户。"
            ) from exc


def _make_private(path: Path) -> None:
    """Make the file before SQLite does: its companions (-wal, -shm) then take over that nobody else may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
