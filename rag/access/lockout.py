"""What repeated failures cost: a wait that doubles, for a user name and for a client's address.

A wait is never long, and trying during it neither counts nor prolongs it. A browser in which the user has logged in before is
counted for itself (see devices.py), so that a stranger who keeps guessing cannot keep the user out of his own browser.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from rag.access.database import Clock, Database

_FIRST_WAIT, _LONGEST_WAIT = 60.0, 900.0  # seconds
_FORGET = 86_400.0  # seconds without an attempt after which the count begins anew


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that failures are counted for, and after how many the waiting begins."""

    key: bytes
    free: int


def of_name(name: str) -> Counted:
    """Count for a user name, whether there is such a user or not."""
    return Counted(_key("name", name), free=5)


def of_device(token: str) -> Counted:
    """Count for a browser that the user has logged in with before."""
    return Counted(_key("device", token), free=5)


def of_address(address: str) -> Counted:
    """Count for a client's address; more are free, as a whole office may share one."""
    return Counted(_key("address", network_of(address)), free=20)


class Lockout:
    """Counts attempts in the file, so that a restart forgives nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def admit(self, counted: Sequence[Counted]) -> float:
        """Return 0 and count the attempt as failed, or the seconds still to wait.

        It counts beforehand, so that a hundred attempts at the same moment are not all the fifth.
        """
        now = self._clock()
        with self._database.write() as execute:
            execute("DELETE FROM attempts WHERE last < ?", now - _FORGET)
            wait, known = 0.0, {}
            for one in counted:
                row = execute("SELECT failures, until FROM attempts WHERE key = ?", one.key).fetchone()
                known[one.key] = row["failures"] if row else 0
                wait = max(wait, _left(row["until"], now) if row else 0.0)
            if wait:
                return wait
            for one in counted:
                failures = known[one.key] + 1
                row_ = (one.key, failures, now, now + _wait(failures - one.free))
                execute("INSERT OR REPLACE INTO attempts VALUES (?,?,?,?)", *row_)
        return 0.0

    def forget(self, counted: Counted) -> None:
        """Begin anew: whoever came in was the user himself."""
        with self._database.write() as execute:
            execute("DELETE FROM attempts WHERE key = ?", counted.key)

    def take_back(self, counted: Counted) -> None:
        """Take back one attempt: who owns one account must not clear an address of his guesses at others."""
        with self._database.write() as execute:
            execute("UPDATE attempts SET failures = failures - 1, until = 0 WHERE key = ?", counted.key)


def _wait(beyond: int) -> float:
    """Return the seconds to wait after so many failures beyond those that are free."""
    return min(_FIRST_WAIT * 2.0 ** min(beyond, 10), _LONGEST_WAIT) if beyond >= 0 else 0.0


def _left(until: float, now: float) -> float:
    left = until - now
    return left if 0 < left <= _LONGEST_WAIT else 0.0  # more: the clock was set back, and locks nobody out for that


def network_of(address: str) -> str:
    """Return the address, or the network that one IPv6 client may choose its addresses from."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _key(kind: str, value: str) -> bytes:
    # Hashed, as people type their password into the field of the name.
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "surrogateescape")).digest()
