"""Browsers that a user has logged in with before: failures elsewhere do not lock him out of these.

The cookie opens nothing: it only chooses for whom a failure is counted.
"""

from __future__ import annotations

from rag.access.database import Clock, Database
from rag.access.tokens import hash_token, new_token

KEPT = 90 * 86_400  # seconds since the last log-in
_EACH = 20  # the newest of a user


class Devices:
    """The browsers known of each user."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def knows(self, token: str, user: int) -> bool:
        """Whether this browser belongs to the user."""
        since = self._clock() - KEPT
        sql = "SELECT 1 FROM devices WHERE token = ? AND user = ? AND seen > ?"
        return bool(self._database.read(sql, hash_token(token), user, since))

    def remember(self, user: int) -> str:
        """Return a token for the browser in which the user has just logged in."""
        token = new_token()
        with self._database.write() as execute:
            execute("INSERT INTO devices VALUES (?,?,?)", hash_token(token), user, self._clock())
            execute(
                "DELETE FROM devices WHERE user = ? AND token NOT IN "
                "(SELECT token FROM devices WHERE user = ? ORDER BY seen DESC LIMIT ?)",
                *(user, user, _EACH),
            )
        return token

    def renew(self, token: str) -> None:
        """Keep the browser for another while."""
        with self._database.write() as execute:
            execute("UPDATE devices SET seen = ? WHERE token = ?", self._clock(), hash_token(token))
