"""Requests a minute, of a client or an address: a bucket that refills evenly, the same for all workers.

Of a bucket only one time is kept: when it will be full again (the generic cell rate algorithm). So one statement of SQLite
both asks and takes, whatever other worker does so at the moment, and a few libraries' lines of Redis are not needed.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)
_PATIENCE = 1.0  # seconds to wait for another worker
_SWEEP = 1000  # takings between two looks for buckets that are full, and so need not be kept
_TAKE = """INSERT INTO buckets VALUES (:key, :now + :each) ON CONFLICT(key) DO UPDATE
           SET full_at = max(full_at, :now) + :each WHERE max(full_at, :now) + :each <= :now + 60.0 + 1e-6"""


class Rates:
    """Buckets by key. Times are those of a clock that nobody sets, which all processes of a machine share."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken = 0
        self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous = OFF")  # a power cut may forget it all
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, full_at REAL NOT NULL) WITHOUT ROWID"
        )

    def take(self, key: str, per_minute: int) -> int:
        """Take one from a bucket of so many and return 0; where it is empty, the seconds until there is one again."""
        with self._lock:
            try:
                return self._take(key, per_minute)
            except sqlite3.Error:  # better more requests than a limit says than none
                _log.exception("requests cannot be counted")
                return 0

    def _take(self, key: str, per_minute: int) -> int:
        now, each = self._clock(), 60.0 / per_minute
        self._taken += 1
        if self._taken % _SWEEP == 0:
            self._db.execute("DELETE FROM buckets WHERE full_at < ?", (now,))
        if self._db.execute(_TAKE, {"key": key, "now": now, "each": each}).rowcount > 0:
            return 0
        (full_at,) = self._db.execute("SELECT full_at FROM buckets WHERE key = ?", (key,)).fetchone()
        left: float = full_at + each - now - 60.0
        return max(1, math.ceil(left))
