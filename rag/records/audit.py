"""The audit: every question with what was searched, what it was answered from, by which index and settings, when and for whom.

It keeps no answer, but all that is needed to get it again, and the answer's hash to tell whether that is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from index.tokens import normalise
from rag.records.store import Store
from rag.records.times import Clock, moment, stamp, start_of
from rag.types import Question, printable

STATUSES = ("grounded", "partial", "refused", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class Seen:
    """A clause that an answer cites or, if not `cited`, showed as near; its text's `sha256` and validity are of the time."""

    clause_id: str
    sha256: str
    label: str = ""
    cited: bool = True
    validity: str = ""  # unknown of entries before 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """One question. `filters` are what was set beside its words, `scope` is what was understood of them.

    `settings` are those that an answer depends on; `answer_sha256` is of its words. `id` and `at` are given when it is kept.
    """

    user: str
    question: str
    status: str  # one of STATUSES
    history: tuple[str, ...] = ()
    filters: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    mode: str = ""
    model: str | None = None
    clauses: tuple[Seen, ...] = ()
    index_version: str = ""
    elapsed_ms: float = 0.0
    request_id: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    answer_sha256: str = ""
    id: int = 0
    at: datetime | None = None

    def to_question(self) -> Question:
        """Return the question as it was asked, to be asked again."""
        return Question.from_record({**self.filters, "text": self.question, "history": list(self.history)})


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries to list; what is left empty does not narrow. The days are local ones, both included."""

    user: str = ""
    since: date | None = None
    until: date | None = None
    status: str = ""
    words: str = ""  # each must stand in the question or in the label or ID of a clause

    def where(self) -> tuple[str, tuple[str, ...]]:
        """Return the condition and its values."""
        parts = [("user = ?", printable(self.user))] if self.user else []
        parts += [("status = ?", self.status)] if self.status else []
        parts += [("at >= ?", start_of(self.since))] if self.since else []
        parts += [("at < ?", start_of(self.until + timedelta(days=1)))] if self.until else []
        parts += [("instr(words, ?)", word) for word in normalise(printable(self.words)).split()]
        return " and ".join(["true", *(sql for sql, _ in parts)]), tuple(value for _, value in parts)


class AuditLog:
    """The audit of a store; nothing leaves it but by `prune`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, entry: Entry) -> int:
        """Keep an entry under the time it has, else that of now, and return its number."""
        at = stamp(entry.at or self._clock())
        record = asdict(replace(entry, at=None))
        kept = {key: value for key, value in record.items() if key not in ("id", "at", "user", "status")}
        labels = (text for seen in entry.clauses for text in (seen.label, seen.clause_id))
        words = normalise(printable("\n".join((entry.question, *labels))))
        values = (at, printable(entry.user), entry.status, words, printable(json.dumps(kept, ensure_ascii=False)))
        with self._store.write() as db:
            done = db.execute("insert into audit (at, user, status, words, record) values (?, ?, ?, ?, ?)", values)
            return int(done.lastrowid or 0)

    def list(self, sought: Sought = Sought(), limit: int = 50, offset: int = 0) -> tuple[Entry, ...]:
        """Return the entries that are sought, newest first; a limit of -1 is none."""
        return tuple(self._entries(sought, limit, offset))

    def count(self, sought: Sought = Sought()) -> int:
        """Return how many entries are sought."""
        where, values = sought.where()
        with self._store.read() as db:
            return int(db.execute(f"select count(*) from audit where {where}", values).fetchone()[0])

    def get(self, id: int) -> Entry | None:
        """Return an entry by its number, or None."""
        with self._store.read() as db:
            row = db.execute("select id, at, user, status, record from audit where id = ?", (id,)).fetchone()
        return _entry(*row) if row else None

    def find(self, name: str) -> tuple[Entry, ...]:
        """Return the entry of a number or, if there is none, those of a request, oldest first."""
        if name.isascii() and name.isdigit() and len(name) < 16 and (entry := self.get(int(name))):
            return (entry,)
        query = (
            "select id, at, user, status, record from audit where json_extract(record, '$.request_id') = ? order by id"
        )
        with self._store.read() as db:
            rows = db.execute(query, (printable(name),)).fetchall() if name else []
        return tuple(_entry(*row) for row in rows)

    def users(self) -> tuple[str, ...]:
        """Return who asked, by name."""
        with self._store.read() as db:
            return tuple(user for (user,) in db.execute("select distinct user from audit order by user").fetchall())

    def prune(self, before: date) -> int:
        """Delete the entries from before a local day and return how many they were."""
        with self._store.write() as db:
            gone = db.execute("delete from audit where at < ?", (start_of(before),)).rowcount
        self._store.forget()
        return gone

    def _entries(self, sought: Sought, limit: int, offset: int) -> Iterator[Entry]:
        where, values = sought.where()
        query = (
            f"select id, at, user, status, record from audit where {where} order by at desc, id desc limit ? offset ?"
        )
        with self._store.read() as db:
            rows = db.execute(query, (*values, limit, offset)).fetchall()
        yield from (_entry(*row) for row in rows)


def _entry(id: int, at: str, user: str, status: str, record: str) -> Entry:
    values = json.loads(record)
    values["history"] = tuple(values["history"])
    values["clauses"] = tuple(Seen(**seen) for seen in values["clauses"])
    return Entry(id=id, at=moment(at), user=user, status=status, **values)
