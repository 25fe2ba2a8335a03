"""The users: who there is, in which role, with which password."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import dataclass

from index.errors import UserError
from rag.access.database import Clock, Database
from rag.access.passwords import Passwords, check_password
from rag.access.roles import ADMIN, READER

NO_LOGIN = "本机"  # the name under which records are kept when nobody logs in
_NAME = re.compile(r"[\w.-]{1,32}")
_RULE = "用户名应为 1—32 个汉字、字母、数字、点、短横或下划线"


@dataclass(frozen=True, slots=True)
class User:
    """A user as he may be shown; his password hash stays in the file."""

    id: int
    name: str
    role: str
    disabled: bool
    created: float
    last_login: float | None

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN


class Users:
    """Changes and lists the users; a new password, a disabling and a removal end the user's sessions."""

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    def add(self, name: str, password: str, role: str = READER) -> User:
        """Return the new user; raises UserError for a bad or taken name or a bad password."""
        name = check_name(name)
        check_password(name, password)
        now = self._clock()
        row = (name, fold_name(name), self._passwords.hash(password), role, now, now)
        try:
            with self._database.write() as execute:
                execute("INSERT INTO users(name, folded, password, role, created, changed) VALUES (?,?,?,?,?,?)", *row)
        except UserError as exc:
            if isinstance(exc.__cause__, sqlite3.IntegrityError):
                raise UserError(
                    f"已有名为 {name} 的用户或接口客户。改用户的密码请用 python -m rag users passwd {name}。"
                ) from exc
            raise
        return self.get(name)

    def get(self, name: str) -> User:
        """Return the user of this name; raises UserError when there is none."""
        found = self.find(name)
        if found is None:
            raise UserError(f"没有名为 {name!r} 的用户。python -m rag users list 列出所有用户。")
        return found[0]

    def find(self, name: str) -> tuple[User, str] | None:
        """Return the user and his password hash, or None."""
        rows = self._database.read("SELECT * FROM users WHERE folded = ?", fold_name(name))
        return (to_user(rows[0]), rows[0]["password"]) if rows else None

    def list(self) -> tuple[User, ...]:
        """Return all users, administrators first."""
        return tuple(map(to_user, self._database.read("SELECT * FROM users ORDER BY role, folded")))

    def set_password(self, name: str, password: str) -> None:
        """Change the password and end the user's sessions; raises UserError."""
        user = self.get(name)
        check_password(user.name, password)
        self._change(user, "password", self._passwords.hash(password))

    def set_role(self, name: str, role: str) -> None:
        """Make a reader of an administrator or the reverse; raises UserError for the last administrator."""
        user = self.get(name)
        if role != ADMIN:
            self._keep_an_admin(user)
        self._change(user, "role", role)

    def disable(self, name: str, disabled: bool = True) -> None:
        """Shut a user out, or let him in again; raises UserError for the last administrator."""
        user = self.get(name)
        if disabled:
            self._keep_an_admin(user)
        self._change(user, "disabled", int(disabled))

    def remove(self, name: str) -> None:
        """Forget a user; raises UserError for the last administrator."""
        user = self.get(name)
        self._keep_an_admin(user)
        with self._database.write() as execute:
            execute("DELETE FROM users WHERE id = ?", user.id)

    def has_admin(self) -> bool:
        """Whether any administrator can log in."""
        return any(user.is_admin and not user.disabled for user in self.list())

    def note_login(self, user: User, hashed: str, better: str) -> None:
        """Remember when he came, and the better hash of the same password if it has not been changed meanwhile."""
        with self._database.write() as execute:
            execute("UPDATE users SET last_login = ? WHERE id = ?", self._clock(), user.id)
            execute("UPDATE users SET password = ? WHERE id = ? AND password = ?", better, user.id, hashed)

    def _change(self, user: User, column: str, value: str | int) -> None:
        with self._database.write() as execute:
            execute(f"UPDATE users SET {column} = ?, changed = ? WHERE id = ?", value, self._clock(), user.id)
            execute("DELETE FROM sessions WHERE user = ?", user.id)
            execute("DELETE FROM devices WHERE user = ?", user.id)

    def _keep_an_admin(self, user: User) -> None:
        others = [other for other in self.list() if other.is_admin and not other.disabled and other.id != user.id]
        if user.is_admin and not user.disabled and not others:
            raise UserError(
                f"{user.name} 是唯一的管理员。请先用 python -m rag users add 另一人 --admin 添加一位管理员。"
            )


def check_name(name: str) -> str:
    """Return the name as it is kept; raises UserError when it cannot be one."""
    plain = unicodedata.normalize("NFKC", name)
    if not _NAME.fullmatch(plain):
        raise UserError(f"{_RULE},收到 {name!r}。")
    if plain == NO_LOGIN:
        raise UserError(f"{NO_LOGIN} 是没有登录时的名字,不能用作用户名。请另选一个。")
    return plain


def fold_name(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", name).casefold()


def to_user(row: sqlite3.Row) -> User:
    """Return the user of a row."""
    keys = ("id", "name", "role", "disabled", "created", "last_login")
    identity, name, role, disabled, created, last_login = (row[key] for key in keys)
    return User(identity, name, role, bool(disabled), created, last_login)
