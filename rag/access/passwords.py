"""Passwords: which are accepted, and how they are kept (argon2id)."""

from __future__ import annotations

import threading
import unicodedata
from typing import Protocol

from index.errors import UserError

MINIMUM = 10  # characters
MAXIMUM = 200  # so that nobody makes the server hash a book
_DISTINCT = 5  # "1111111111" is long and no password
_AT_ONCE = 2  # hashes; each takes 64 MiB and a core, which questions need too
_NOBODY = "a password that no user has"


class BadPassword(UserError):
    """Nobody should have this password; the message says why."""


class Hasher(Protocol):
    """What argon2's PasswordHasher offers; a test counts its calls."""

    def hash(self, password: str) -> str: ...
    def verify(self, hash: str, password: str) -> bool: ...
    def check_needs_rehash(self, hash: str) -> bool: ...


class Passwords:
    """Hashes and verifies, never more than two at once."""

    def __init__(self, hasher: Hasher | None = None) -> None:
        self._hasher = hasher or _argon2()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = self.hash(_NOBODY)

    def hash(self, password: str) -> str:
        """Return what may be stored."""
        with self._room:
            return self._hasher.hash(_normal(password))

    def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one; without a hash it is not, which takes just as long to find out."""
        from argon2.exceptions import VerifyMismatchError

        with self._room:
            try:
                return self._hasher.verify(hashed or self._nobody, _normal(password)) and hashed is not None
            except VerifyMismatchError:
                return False

    def is_outdated(self, hashed: str) -> bool:
        """Whether a newer version of the program would hash it with more effort."""
        return self._hasher.check_needs_rehash(hashed)


def check_password(name: str, password: str) -> None:
    """Raise BadPassword when nobody should have this password."""
    plain = _normal(password)
    if len(plain) < MINIMUM:
        raise BadPassword(f"密码过短。请使用至少 {MINIMUM} 个字符,例如几个不相干的词。")
    if len(plain) > MAXIMUM:
        raise BadPassword(f"密码过长。请不要超过 {MAXIMUM} 个字符。")
    if _normal(name).casefold() in plain.casefold():
        raise BadPassword("密码里不能有用户名。请另选一个密码。")
    if len(set(plain)) < _DISTINCT:
        raise BadPassword(f"密码过于简单。请使用至少 {_DISTINCT} 个不同的字符。")


def _normal(password: str) -> str:
    # An input method may give ａ for a: both are the same key to whoever types.
    return unicodedata.normalize("NFKC", password)


def _argon2() -> Hasher:
    from argon2 import PasswordHasher

    return PasswordHasher()  # argon2id with the second recommended setting of RFC 9106: 64 MiB, 3 passes
