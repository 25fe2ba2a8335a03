"""Sessions: who a request comes from, and when that ends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from index.errors import UserError
from rag.access.database import Clock, Database
from rag.access.tokens import hash_token, new_token
from rag.access.users import User, to_user

_FINE = 20  # the last use is written when a twentieth of the idle time has passed, not with every request


@dataclass(frozen=True, slots=True)
class Ends:
    """After how many seconds a session ends, unused and at all events."""

    idle: float
    absolute: float


class Sessions:
    """Begins, finds and ends sessions. A token is made here at a log-in and never taken over from a browser."""

    def __init__(self, database: Database, clock: Clock, ends: Ends) -> None:
        self._database = database
        self._clock = clock
        self._ends = ends

    def start(self, user: User, hashed: str) -> str | None:
        """Return the token of a new session; None if the password was changed or the user disabled while he logged in."""
        token, now = new_token(), self._clock()
        with self._database.write() as execute:
            execute("DELETE FROM sessions WHERE created < ?", now - self._ends.absolute)
            done = execute(
                "INSERT INTO sessions SELECT ?, id, ?, ? FROM users WHERE id = ? AND password = ? AND NOT disabled",
                *(hash_token(token), now, now, user.id, hashed),
            )
            return token if done.rowcount == 1 else None

    def find(self, token: str) -> User | None:
        """Return whose session it is, and count the request as use; None when it has ended."""
        rows = self._database.read(
            "SELECT users.*, sessions.created AS began, seen FROM sessions JOIN users ON users.id = user "
            "WHERE token = ? AND NOT disabled",
            hash_token(token),
        )
        if not rows:
            return None
        now, row = self._clock(), rows[0]
        if now - row["began"] >= self._ends.absolute or now - row["seen"] >= self._ends.idle:
            with suppress(UserError):  # where nothing can be written it is over all the same
                self.end(token)
            return None
        back = max(0.0, row["seen"] - now)  # so far the clock was set back: the session is as old as it was
        if back or now - row["seen"] >= self._ends.idle / _FINE:
            with suppress(UserError), self._database.write() as execute:  # where nothing can be written it ends sooner
                said = "UPDATE sessions SET seen = ?, created = created - ? WHERE token = ? AND seen = ?"
                execute(said, now, back, hash_token(token), row["seen"])
        return to_user(row)

    def end(self, token: str) -> None:
        """End one session."""
        with self._database.write() as execute:
            execute("DELETE FROM sessions WHERE token = ?", hash_token(token))
