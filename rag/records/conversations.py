"""Conversations: a user's questions with their answers, searched, renamed and deleted by that user alone."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.errors import UserError
from index.tokens import normalise
from rag.records.store import Store
from rag.records.times import Clock, moment, stamp
from rag.records.titles import plain, title_of
from rag.types import printable

TITLE_LIMIT = 60  # characters

# Each word must stand in the title or in some question or answer. A scan of the user's own words and no full-text
# index: 20,000 turns take 35 ms, where FTS5 would triple the file and keep the words of what was deleted.
_HAS_WORD = """and (instr(words_of(title), ?) or
                    exists (select 1 from turns where conversation = id and instr(words, ?)))"""
_LIST = """select id, title, updated, (select count(*) from turns where conversation = id) as held, {found}
           from conversations where user = ? and held {words} order by updated desc, id limit ? offset ?"""
# Where a word that the title has not first stands, with what is around it.
_FOUND = """(select substr(words, max(1, instr(words, value) - 4), 40) from turns, json_each(?)
             where conversation = conversations.id and instr(words, value) and not instr(words_of(title), value)
             order by number limit 1)"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer as they were kept: JSON objects; the answer is that of DESIGN 3."""

    number: int
    question: dict[str, Any]
    answer: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list; `turns` counts them, `found` is where the words sought stand if not in the title."""

    id: str
    title: str
    updated: datetime
    turns: int
    found: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns, oldest first."""

    id: str
    title: str
    updated: datetime
    turns: tuple[Turn, ...]


class Conversations:
    """The conversations of a store; each is its user's own, and to anyone else as if it were not there."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def start(self, user: str) -> str:
        """Return the ID of a new conversation; it is listed once it has a turn."""
        name, at = secrets.token_urlsafe(12), stamp(self._clock())
        with self._store.write() as db:
            db.execute("insert into conversations values (?, ?, '', 0, ?, ?)", (name, printable(user), at, at))
        return name

    def add_turn(self, id: str, user: str, question: dict[str, Any], answer: dict[str, Any], number: int = 0) -> int:
        """Append a turn and return its number: the one given if that is free and comes last, else the next, from 1.

        Raises UserError if the user has no such conversation.
        """
        at, asked, said = stamp(self._clock()), str(question.get("text", "")), str(answer.get("answer", ""))
        words = normalise(printable(f"{asked}\n{said}"))
        with self._store.write() as db:
            _own(db, id, user)
            found = db.execute("select coalesce(max(number), 0) + 1 from turns where conversation = ?", (id,))
            following = int(found.fetchone()[0])
            number = max(number, following)
            values = (id, number, at, words, _json(question), _json(answer))
            db.execute("insert into turns values (?, ?, ?, ?, ?, ?)", values)
            db.execute("update conversations set updated = ? where id = ?", (at, id))
            if following == 1:
                title = printable(title_of(asked))
                db.execute("update conversations set title = ? where id = ? and not renamed", (title, id))
        return number

    def get(self, id: str, user: str) -> Conversation:
        """Return a conversation; raises UserError if the user has none of this ID."""
        with self._store.read() as db:
            title, updated = _own(db, id, user)
            query = "select number, question, answer, at from turns where conversation = ? order by number"
            rows = db.execute(query, (id,)).fetchall()
        turns = tuple(Turn(number, json.loads(q), json.loads(a), moment(at)) for number, q, a, at in rows)
        return Conversation(id, title, moment(updated), turns)

    def list(self, user: str, words: str = "", limit: int = 50, offset: int = 0) -> tuple[Summary, ...]:
        """Return a user's conversations, the last used first; those that have all the words, if any are given."""
        wanted = normalise(printable(words)).split()
        with self._store.read() as db:
            db.create_function("words_of", 1, normalise, deterministic=True)
            query = _LIST.format(words=_HAS_WORD * len(wanted), found=_FOUND)
            twice = (word for word in wanted for _ in range(2))
            rows = db.execute(query, (json.dumps(wanted), printable(user), *twice, limit, offset)).fetchall()
        return tuple(_summary(*row) for row in rows)

    def rename(self, id: str, user: str, title: str) -> str:
        """Give a conversation another title and return it as it is kept; raises UserError if it is empty."""
        title = printable(plain(title))[:TITLE_LIMIT]
        if not title:
            raise UserError("名称不能为空, 请输入名称。")
        with self._store.write() as db:
            _own(db, id, user)
            db.execute("update conversations set title = ?, renamed = 1 where id = ?", (title, id))
        return title

    def delete(self, id: str, user: str) -> None:
        """Delete a conversation for good; raises UserError if the user has none of this ID."""
        with self._store.write() as db:
            _own(db, id, user)
            db.execute("delete from conversations where id = ?", (id,))
        self._store.forget()


def _summary(id: str, title: str, updated: str, turns: int, found: str | None) -> Summary:
    return Summary(id, title, moment(updated), turns, plain(found or ""))


def _own(db: sqlite3.Connection, id: str, user: str) -> tuple[str, str]:
    """Return the title and the time of a user's conversation; raises UserError if it is another's or unknown."""
    wanted = printable(id), printable(user)
    found = db.execute("select title, updated from conversations where id = ? and user = ?", wanted).fetchone()
    if found is None:
        raise UserError("没有这段对话: 可能已被删除。请从对话记录里另选一段, 或开始新对话。")
    title, updated = found
    return title, updated


def _json(value: dict[str, Any]) -> str:
    return printable(json.dumps(value, ensure_ascii=False))
