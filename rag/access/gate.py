"""The log-in itself: one way through it for every name, known or not."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import UserError
from rag.access.clients import ClientBook
from rag.access.database import Clock, Database
from rag.access.devices import Devices
from rag.access.lockout import Counted, Lockout, of_address, of_device, of_name
from rag.access.passwords import Passwords, check_password
from rag.access.sessions import Ends, Sessions
from rag.access.users import User, Users, fold_name

_log = logging.getLogger(__name__)
_LONGEST_NAME = 64  # of what was typed; no user's is longer


class WrongPassword(UserError):
    """The name or the password is wrong, or the user is disabled: which of them is not told."""

    def __init__(self) -> None:
        super().__init__("用户名或密码不正确。")


class TooMany(UserError):
    """Too many attempts; `seconds` have to pass first."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"尝试次数过多。请在 {math.ceil(seconds / 60)} 分钟后再试。")
        self.seconds = math.ceil(seconds)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sent to the log-in page, and from where; `device` and `session` are what his browser still held."""

    name: str
    password: str
    address: str
    device: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """What a browser gets at a log-in: a session, and the mark of a browser that is known."""

    user: User
    session: str
    device: str


class Gate:
    """Users, sessions and lockout over one file."""

    def __init__(self, folder: Path, ends: Ends, clock: Clock = time.time, passwords: Passwords | None = None) -> None:
        self._database = Database(folder)
        self._passwords = passwords or Passwords()
        self._devices = Devices(self._database, clock)
        self.users = Users(self._database, self._passwords, clock)
        self.sessions = Sessions(self._database, clock, ends)
        self.lockout = Lockout(self._database, clock)
        self.clients = ClientBook(self._database, clock)

    def log_in(self, attempt: Attempt) -> Admission:
        """Return what the browser gets; raises WrongPassword and TooMany. The browser's former session ends."""
        found = self.users.find(attempt.name[:_LONGEST_NAME])
        counted = self._counted(attempt, found[0] if found else None)
        self._wait(attempt, counted)
        hashed = found[1] if found and not found[0].disabled else None
        right = self._passwords.verify(hashed, attempt.password)
        session = self.sessions.start(found[0], found[1]) if right and found else None
        if session is None or found is None:
            _log.warning("log-in of %s from %s failed", found[0].name if found else "an unknown user", attempt.address)
            raise WrongPassword
        self._settle(attempt, counted, *found)
        return Admission(found[0], session, self._device(attempt.device, found[0]))

    def change_password(self, attempt: Attempt, new: str) -> Admission:
        """Change the password of who knows the present one; all sessions end, and the browser gets a new one.

        Raises WrongPassword, TooMany and BadPassword.
        """
        check_password(attempt.name, new)
        user = self.log_in(attempt).user
        self.users.set_password(user.name, new)
        user, hashed = self.users.find(user.name) or (user, "")
        session = self.sessions.start(user, hashed)
        if session is None:  # he was disabled at this moment
            raise WrongPassword
        return Admission(user, session, self._devices.remember(user.id))

    def forgive(self, user: User) -> None:
        """Let a user whose password was set anew try at once."""
        self.lockout.forget(of_name(fold_name(user.name)))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _counted(self, attempt: Attempt, user: User | None) -> tuple[Counted, ...]:
        """Return what a failure is counted for; a browser that the user is known by answers for itself alone."""
        if user is not None and attempt.device and self._devices.knows(attempt.device, user.id):
            return (of_device(attempt.device),)
        return of_name(fold_name(attempt.name)), of_address(attempt.address)

    def _wait(self, attempt: Attempt, counted: Sequence[Counted]) -> None:
        if seconds := self.lockout.admit(counted):
            _log.warning("log-in from %s refused: too many attempts", attempt.address)
            raise TooMany(seconds)

    def _settle(self, attempt: Attempt, counted: Sequence[Counted], user: User, hashed: str) -> None:
        """Do what follows from a right password: counts, the better hash, the end of the former session."""
        own, *elsewhere = counted
        self.lockout.forget(own)
        for one in elsewhere:
            self.lockout.take_back(one)
        outdated = self._passwords.is_outdated(hashed)
        self.users.note_login(user, hashed, self._passwords.hash(attempt.password) if outdated else hashed)
        if attempt.session:
            self.sessions.end(attempt.session)
        _log.info("%s logged in from %s", user.name, attempt.address)

    def _device(self, token: str, user: User) -> str:
        if token and self._devices.knows(token, user.id):
            self._devices.renew(token)
            return token
        return self._devices.remember(user.id)
