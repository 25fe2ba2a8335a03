"""Clients: the programs that ask through the API, each with a token of its own.

A token is shown once, when it is made; the file holds its SHA-256, so that the file opens nothing.
"""

from __future__ import annotations

import hmac
import re
import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from index.errors import UserError
from rag.access.database import Clock, Database
from rag.access.tokens import hash_token, new_token
from rag.access.users import check_name, fold_name

_MARK = "clause_"  # so that people, and programs that look for secrets, know what they have found
_TOKEN = re.compile(_MARK + r"[\w-]{43}", re.ASCII)
_FINE = 60.0  # the last use is written once a minute, not with every request


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks through the API; `per_minute` is None where the settings decide."""

    name: str
    is_admin: bool = False
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A client as he is listed."""

    client: Client
    created: float
    last_used: float | None


class ClientBook:
    """Adds, lists, finds and removes clients. A client and a user never have one name: the records tell them by it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, name: str, is_admin: bool = False, per_minute: int | None = None) -> str:
        """Return the token of a new client; raises UserError for a bad or taken name."""
        name, token = check_name(name), _MARK + new_token()
        row = (name, fold_name(name), hash_token(token), int(is_admin), per_minute, self._clock())
        try:
            with self._database.write() as execute:
                execute(
                    "INSERT INTO clients(name, folded, token, admin, per_minute, created) VALUES (?,?,?,?,?,?)", *row
                )
        except UserError as exc:
            if isinstance(exc.__cause__, sqlite3.IntegrityError):
                raise UserError(
                    f"{name} 已是另一个客户或用户的名字。请换一个名字;换令牌请用 python -m rag clients rotate {name}。"
                ) from exc
            raise
        return token

    def lookup(self, token: str) -> Client | None:
        """Return whose token it is, and count the request as use; None where it is nobody's."""
        if not _TOKEN.fullmatch(token):
            return None
        hashed = hash_token(token)
        # Found by its hash, of which nobody can choose a part to try: the time of the search tells nothing.
        rows = self._database.read("SELECT * FROM clients WHERE token = ?", hashed)
        if not rows or not hmac.compare_digest(rows[0]["token"], hashed):
            return None
        self._note_use(rows[0])
        return _to_client(rows[0])

    def list(self) -> tuple[Held, ...]:
        """Return all clients by name."""
        rows = self._database.read("SELECT * FROM clients ORDER BY folded")
        return tuple(Held(_to_client(row), row["created"], row["used"]) for row in rows)

    def rotate(self, name: str) -> str:
        """Return a client's new token, the former one is void; raises UserError when there is no such client."""
        token = _MARK + new_token()
        self._change("UPDATE clients SET token = ?, used = NULL WHERE folded = ?", name, hash_token(token))
        return token

    def revoke(self, name: str) -> None:
        """Forget a client, his token is void; raises UserError when there is no such client."""
        self._change("DELETE FROM clients WHERE folded = ?", name)

    def _change(self, sql: str, name: str, *values: object) -> None:
        with self._database.write() as execute:
            if execute(sql, *values, fold_name(name)).rowcount:
                return
        raise UserError(f"没有名为 {name!r} 的客户。python -m rag clients list 列出所有客户。")

    def _note_use(self, row: sqlite3.Row) -> None:
        now = self._clock()
        if row["used"] is None or abs(now - row["used"]) >= _FINE:
            with suppress(UserError), self._database.write() as execute:  # it is told to nobody who asks
                execute("UPDATE clients SET used = ? WHERE token = ?", now, row["token"])


def _to_client(row: sqlite3.Row) -> Client:
    return Client(row["name"], bool(row["admin"]), row["per_minute"])
