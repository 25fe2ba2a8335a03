"""What stands before the API: tokens of clients, limits, request IDs, logs. A real server with the real index."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from index.errors import UserError
from rag.__main__ import main
from rag.access.clients import Client, ClientBook
from rag.access.database import FILE_NAME, Database
from rag.access.passwords import Passwords
from rag.access.users import Users


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> ClientBook:
    return ClientBook(Database(tmp_path), clock)


# Clients


def test_a_token_tells_whose_it_is_until_it_is_changed_or_revoked(book: ClientBook) -> None:
    token = book.add("审批系统", is_admin=True, per_minute=30)
    other = book.add("dashboard")
    assert book.lookup(token) == Client("审批系统", True, 30)
    assert book.lookup(other) == Client("dashboard")
    newer = book.rotate("审批系统")
    assert book.lookup(token) is None and book.lookup(newer) == Client("审批系统", True, 30)
    book.revoke("Dashboard")
    assert book.lookup(other) is None
    with pytest.raises(UserError, match="没有名为 'dashboard' 的客户"):
        book.rotate("dashboard")


@pytest.mark.parametrize("change", [str.upper, lambda t: t[:-1], lambda t: t + "A", lambda t: " " + t, lambda t: ""])
def test_what_is_not_the_token_is_nobodys(book: ClientBook, change: object) -> None:
    token = book.add("a")
    assert callable(change)
    assert book.lookup(change(token)) is None
    assert book.lookup("clause_" + "A" * 43) is None


def test_the_file_holds_no_token(book: ClientBook, tmp_path: Path) -> None:
    token = book.add("a")
    book.lookup(token)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in held and token[7:].encode() not in held


def test_the_last_use_is_noted_and_not_with_every_request(book: ClientBook, clock: Clock) -> None:
    token = book.add("a")
    assert book.list()[0].last_used is None
    book.lookup(token)
    first = clock.now
    clock.now += 59
    book.lookup(token)
    assert book.list()[0].last_used == first
    clock.now += 1
    book.lookup(token)
    assert book.list()[0].last_used == clock.now


def test_a_client_and_a_user_never_have_one_name(tmp_path: Path, clock: Clock) -> None:
    class Plain:
        def hash(self, password: str) -> str:
            return password

    database = Database(tmp_path)
    users, book = Users(database, Passwords(Plain()), clock), ClientBook(database, clock)  # type: ignore[arg-type]
    users.add("xiaoli", "correct horse 电池")
    book.add("robot")
    with pytest.raises(UserError, match="已是另一个客户或用户的名字"):
        book.add("XiaoLi")
    with pytest.raises(UserError, match="已是另一个客户或用户的名字"):
        book.add("ROBOT")
    with pytest.raises(UserError, match="已有名为 Robot 的用户或接口客户"):
        users.add("Robot", "correct horse 电池")


def test_a_file_of_the_former_version_gets_clients_and_keeps_its_users(tmp_path: Path, clock: Clock) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.executescript("DROP TRIGGER no_user_of_a_clients_name; DROP TABLE clients; PRAGMA user_version = 1;")
        db.execute(
            "INSERT INTO users(name, folded, password, role, created, changed) VALUES ('a','a','x','reader',1,1)"
        )
    db.close()
    database = Database(tmp_path)
    assert ClientBook(database, clock).list() == ()
    assert database.read("SELECT name FROM users")[0]["name"] == "a"


def test_clients_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLAUSE_RECORDS_DIR", str(tmp_path))

    def said(*words: str) -> str:
        assert main(["clients", *words]) == 0
        return capsys.readouterr().out

    token = said("add", "审批系统", "--per-minute", "30").split("\n")[0]
    newer = said("rotate", "审批系统").split("\n")[0]
    listed = said("list")
    assert "审批系统\t查询\t30" in listed and token not in listed and newer not in listed
    assert "已吊销 审批系统" in said("revoke", "审批系统")
    assert "还没有客户" in said("list")
    assert main(["clients", "revoke", "审批系统"]) == 2
    assert "没有名为" in capsys.readouterr().err
    for wrong in ("0", "-1", "x", "100001"):
        with pytest.raises(SystemExit):
            main(["clients", "add", "a", "--per-minute", wrong])
