"""The tables, one step a version of the file, and how a file is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import UserError

# A step that was released is never changed: files of that version are about. Append the next.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """create table conversations (id text primary key, user text not null, title text not null,
                                       renamed integer not null default 0, created text not null,
                                       updated text not null) without rowid""",
        "create index conversations_of on conversations (user, updated)",
        # `words` are what is searched; before the records, so that a search does not read through those.
        """create table turns (conversation text not null references conversations on delete cascade,
                               number integer not null, at text not null, words text not null,
                               question text not null, answer text not null, primary key (conversation, number))""",
        """create table feedback (id integer primary key autoincrement, at text not null, user text not null,
                                  question text not null, clause_id text not null, reason text not null,
                                  meant text not null, history text not null, conversation text not null,
                                  turn integer not null)""",
        """create table audit (id integer primary key autoincrement, at text not null, user text not null,
                               status text not null, words text not null, record text not null)""",
        "create index audit_by_day on audit (at)",
    ),
    ("create index audit_by_request on audit (json_extract(record, '$.request_id'))",),
)
_MARK = 0x434C5152  # "CLQR": tells our file from any other program's


def migrate(db: sqlite3.Connection, name: str, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Bring a file to the last version, all steps or none; raises UserError if a newer program or another one made it."""
    if check_version(db, name, len(steps)) == len(steps):
        return
    with transaction(db):
        for step in steps[check_version(db, name, len(steps)) :]:  # read again: another process may have been quicker
            for statement in step:
                db.execute(statement)
        db.execute(f"pragma application_id = {_MARK}")
        db.execute(f"pragma user_version = {len(steps)}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside stays, or nothing; no other connection writes meanwhile."""
    db.execute("begin immediate")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # SQLite itself takes it back where the disk is full
            db.execute("rollback")
        raise
    db.execute("commit")


def check_version(db: sqlite3.Connection, name: str, last: int = len(STEPS)) -> int:
    """Return the version of a file, 0 if it is empty; raises UserError if it is none that we may write to."""
    (version,) = db.execute("pragma user_version").fetchone()
    (mark,) = db.execute("pragma application_id").fetchone()
    (tables,) = db.execute("select count(*) from sqlite_master").fetchone()
    if (tables or version) and mark != _MARK:
        raise UserError(f"{name} 不是本程序的记录库。请将它移走, 或用 CLAUSE_RECORDS_DIR 另设记录文件夹。")
    if version > last:
        raise UserError(
            f"{name} 由更新版本的程序写成 (第 {version} 版, 本程序到第 {last} 版)。"
            "请升级程序, 或用 CLAUSE_RECORDS_DIR 另设记录文件夹。"
        )
    return int(version)
