"""What stands before the API: tokens of clients, limits, request IDs, logs. A real server with the real index."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from browser import free_port
from langchain_core.runnables import RunnableLambda
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from waiting import until

from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from rag.__main__ import main
from rag.access.clients import Client, ClientBook
from rag.access.database import FILE_NAME, Database
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.access.users import Users
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library, OpenLibrary
from rag.records.records import Records
from rag.service.crowded import Crowded
from rag.service.observe import Observe
from rag.service.serve import serving
from rag.service.service import build_service
from rag.telemetry.logs import JsonLines, set_up_logs
from rag.traffic.line import Full, Line
from rag.traffic.rates import Rates
from rag.types import Answer


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


# Requests a minute


def test_a_bucket_holds_a_minutes_requests_and_refills_evenly(clock: Clock) -> None:
    rates = Rates(clock=clock)
    assert [rates.take("a", 6) for _ in range(7)] == [0] * 6 + [10]
    assert rates.take("b", 6) == 0  # another's bucket
    clock.now += 9.5
    assert rates.take("a", 6) == 1
    clock.now += 0.6
    assert [rates.take("a", 6), rates.take("a", 6)] == [0, 10]
    clock.now += 3600
    assert [rates.take("a", 6) for _ in range(7)] == [0] * 6 + [10]  # no more than a minute's are saved up


def test_workers_share_a_bucket(tmp_path: Path) -> None:
    """However many take at the same moment, the bucket gives what it holds."""
    several = [Rates(str(tmp_path / "rates"), clock=lambda: 1000.0) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: several[n % 4].take("a", 50), range(200)))
    assert taken.count(0) == 50


# The line


def test_the_line_serves_in_order_and_is_short() -> None:
    async def stand() -> None:
        line = Line(at_once=1, longest=2)
        first, second, third = line.join(), line.join(), line.join()
        with pytest.raises(Full) as full:
            line.join()
        assert full.value.seconds >= 1
        told: list[tuple[str, int]] = []

        async def wait(name: str, place: Any) -> None:
            async for ahead in line.wait(place):
                told.append((name, ahead))
            told.append((name, 0))

        waiting = asyncio.gather(wait("second", second), wait("third", third))
        await asyncio.sleep(0)
        line.leave(first)
        while ("second", 0) not in told:
            await asyncio.sleep(0)
        line.leave(second)
        await asyncio.wait_for(waiting, 5)
        assert told == [("second", 1), ("third", 2), ("second", 0), ("third", 1), ("third", 0)]

    asyncio.run(stand())


def test_who_is_sent_away_is_told_later_the_more_there_are() -> None:
    line = Line(at_once=1, longest=0)
    line.join()
    told = []
    for _ in range(100):
        with pytest.raises(Full) as full:
            line.join()
        told.append(full.value.seconds)
    assert told == sorted(told) and told[0] == 1 and 20 <= told[-1] <= 30


# The service


@dataclass
class Served:
    """A service and what stands behind it."""

    url: str
    desk: Desk
    tokens: dict[str, str]

    def ask(
        self, question: str = "长春2012年新农合补助标准?", client: str = "reader", **headers: str
    ) -> httpx.Response:
        return self.post("/api/ask", {"question": question}, client, **headers)

    def post(self, path: str, body: object, client: str = "reader", **headers: str) -> httpx.Response:
        if client:
            headers = {"Authorization": f"Bearer {self.tokens[client]}", **headers}
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False, timeout=60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=60)


class _Plain:
    def hash(self, password: str) -> str:
        return password

    def verify(self, hash: str, password: str) -> bool:
        return hash == password

    def check_needs_rehash(self, hash: str) -> bool:
        return False


class Slow:
    """A chain whose answers come when they are let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.chain = RunnableLambda(self._answer)

    def _answer(self, question: Any) -> Answer:
        self.begun.release()
        assert self.let_go.wait(60)
        return Answer("refused", "没有依据。", question=question.text, id=question.id)


Serve = Callable[..., Served]
_WORD = "correct horse 电池"


@pytest.fixture(scope="module")
def serve_any(settings: Settings, index: ClauseIndex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(chain: Any = None, has_page: bool = False, **changed: Any) -> Served:
            folder = tmp_path_factory.mktemp("records")
            own = settings.model_copy(update={"auth": True, "records_dir": folder, **changed})
            gate = open_gate(own, passwords=Passwords(_Plain()))
            gate.users.add("王主任", _WORD, "admin")
            tokens = {"reader": gate.clients.add("reader"), "two": gate.clients.add("two", per_minute=2)}
            library = Library(chain, Catalog.from_documents(index.documents), index) if chain else OpenLibrary(own)
            desk = Desk(library, own, Records.open(folder))
            service = build_service(desk, gate if own.auth else None, has_page=has_page)
            url = stack.enter_context(serving(service, "127.0.0.1", free_port()))
            return Served(url.rstrip("/"), desk, tokens)

        yield start


@pytest.fixture(scope="module")
def served(serve_any: Serve) -> Served:
    return serve_any(has_page=True)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer clause_" + "A" * 43, "Bearer \xff"])
@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions", "/mcp", "/api/openapi.json", "/api/nowhere"])
def test_without_a_token_there_is_nothing(served: Served, path: str, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    answer = httpx.post(served.url + path, json={}, headers=headers, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["code"] == "unauthorized" and "clients add" in error["message"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_client_is_told_from_a_user_in_the_audit(served: Served) -> None:
    answer = served.ask(**{"X-Request-ID": "order-17"})
    assert answer.status_code == 200 and "240元" in answer.json()["answer"]
    assert answer.headers["x-request-id"] == "order-17"
    assert served.desk.records is not None
    entry = served.desk.records.audit.list(limit=1)[0]
    assert (entry.user, entry.request_id) == ("reader", "order-17")


def test_a_session_is_as_good_as_a_token_under_api_and_nowhere_else(served: Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as browser:
        browser.post("/login", data={"name": "王主任", "password": _WORD})
        assert browser.get("/api/documents").status_code == 200
        assert browser.get("/v1/models").status_code == 401
        # A token that is none is not made good by a session.
        assert browser.get("/api/documents", headers={"Authorization": "Bearer clause_x"}).status_code == 401


@pytest.mark.parametrize("given", ["a b", "x" * 65, "<script>", "请求", "", '"; drop', "-x"])
def test_an_id_that_is_not_sane_is_replaced(served: Served, given: str) -> None:
    answer = httpx.get(f"{served.url}/healthz", headers={"X-Request-ID": given.encode()}, trust_env=False)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_the_page_puts_the_id_of_its_request_into_the_audit(served: Served) -> None:
    """An event of the page runs in a task of Gradio's, and not in that of its request."""
    from rag.page.visitor import with_visitor
    from rag.telemetry.request_id import current_request_id

    @dataclass
    class Request:
        state: Any

    @dataclass
    class State:
        request_id: str

    assert with_visitor(lambda visitor: current_request_id())(Request(State("page-1"))) == "page-1"


def test_more_than_a_clients_share_is_told_when_to_come_back(serve_any: Serve) -> None:
    served = serve_any(Slow().chain)
    said = [served.post("/v1/chat/completions", {}, "two") for _ in range(3)]
    assert [answer.status_code for answer in said[:2]] == [
        400,
        400,
    ]  # let through to the route, which has its own to say
    assert said[2].status_code == 429 and 1 <= int(said[2].headers["retry-after"]) <= 30
    error = said[2].json()["error"]
    assert error["type"] == "rate_limit_error" and "每分钟最多 2 次" in error["message"]
    assert served.post("/v1/chat/completions", {}).status_code == 400  # another client's is his own


def test_too_large_is_refused_before_it_is_sent(served: Served) -> None:
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        head = f"POST /api/ask HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {served.tokens['reader']}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n".encode())
        said = b""
        while b"}}" not in said and (part := connection.recv(65536)):  # not a byte of the body was sent
            said += part
    assert said.startswith(b"HTTP/1.1 413") and "请求太大" in said.decode()


def test_too_large_that_does_not_say_so_is_refused_while_it_is_read(served: Served) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65536

    async def send(path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {served.tokens['reader']}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            return await client.post(served.url + path, content=body(), headers=headers)

    for path in ("/api/ask", "/api/nowhere"):
        answer = asyncio.run(send(path))
        if path == "/api/ask":
            assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
        else:
            assert answer.status_code in (404, 413)  # where nobody reads it, it need not be


def test_beyond_the_line_is_429_at_once_and_a_place_is_kept_until_the_work_ends(serve_any: Serve) -> None:
    slow = Slow()
    served = serve_any(slow.chain, concurrency=1, queue=1, answer_seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.ask)
        assert slow.begun.acquire(timeout=20)
        late = first.result()
        assert late.status_code == 504 and "超过 0.3 秒没有答完" in late.json()["error"]["message"]
        # Its thread still works: so the next one waits, and the one after finds no room.
        second = pool.submit(served.ask)
        until(lambda: len(_places(served.desk.line)) == 2, "the second does not stand in the line")
        third = served.ask()
        assert third.status_code == 429 and int(third.headers["retry-after"]) >= 1
        assert "未能排上队" in third.json()["error"]["message"]
        assert not slow.begun.acquire(blocking=False)
        slow.let_go.set()
        assert second.result().status_code == 200


def test_who_waits_too_long_in_the_line_is_told(serve_any: Serve) -> None:
    slow = Slow()
    served = serve_any(slow.chain, concurrency=1, queue=5, queue_seconds=0.2)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(served.ask)
        assert slow.begun.acquire(timeout=20)
        waited = served.ask()
        assert waited.status_code == 503 and "排队超过 0.2 秒" in waited.json()["error"]["message"]
        assert int(waited.headers["retry-after"]) >= 1
        slow.let_go.set()
        assert first.result().status_code == 200
    # A place is given up just after the answer has gone out.
    until(lambda: not _places(served.desk.line), "a place is kept")


def test_who_goes_away_gives_his_place_in_the_line_up(serve_any: Serve) -> None:
    slow = Slow()
    served = serve_any(slow.chain, concurrency=1, queue=5)
    where, body = urlsplit(served.url), b'{"question": "?"}'
    head = f"POST /api/ask HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {served.tokens['reader']}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(served.ask)
        assert slow.begun.acquire(timeout=20)
        with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
            connection.sendall(head.encode() + body)
            until(lambda: len(_places(served.desk.line)) == 2, "he does not stand in the line")
        until(lambda: len(_places(served.desk.line)) == 1, "his place is kept")
        slow.let_go.set()
        assert first.result().status_code == 200
    assert not slow.begun.acquire(blocking=False)  # nobody worked for him


def test_what_goes_wrong_in_the_page_is_500_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("broken")

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"r-9")], "client": None}
    with caplog.at_level(logging.DEBUG, "rag"), pytest.raises(RuntimeError):
        asyncio.run(Observe(fails)(scope, _never, _never))  # type: ignore[arg-type]
    assert (caplog.records[-1].told["request_id"], caplog.records[-1].told["status"]) == ("r-9", 500)  # type: ignore[attr-defined]


def test_a_full_queue_of_the_page_is_told_in_chinese() -> None:
    async def full(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse({"detail": "Queue is full."}, 503)(scope, receive, send)

    page = TestClient(Crowded(full))
    answer = page.post("/gradio_api/queue/join")
    assert (answer.status_code, answer.json()) == (422, {"detail": "现在使用的人太多,请稍后再试。"})
    assert page.post("/gradio_api/other").status_code == 503


async def _never(*_: object) -> Any:
    raise AssertionError("nothing is sent")


def test_a_stream_that_takes_too_long_ends_with_an_error(serve_any: Serve) -> None:
    slow = Slow()
    served = serve_any(slow.chain, answer_seconds=0.3)
    answer = served.post("/api/ask", {"question": "补助标准?", "stream": True})
    slow.let_go.set()
    event = answer.text.strip().split("\n\n")[-1]
    assert event.startswith("event: error\n")
    assert json.loads(event.split("data: ")[1])["error"]["code"] == "timeout"


def test_without_log_in_no_token_is_asked_for_and_any_is_taken(serve_any: Serve) -> None:
    """Clients of OpenAI's API always send a key."""
    served = serve_any(auth=False)
    assert served.get("/v1/models").status_code == 200
    assert served.get("/v1/models", Authorization="Bearer none").status_code == 200
    other = served.get("/api/documents", Host="qa.example")
    assert other.status_code == 403 and other.json()["error"]["code"] == "forbidden"


def _places(line: Line) -> list[Any]:
    return list(line._places)


# Logs


def test_a_line_of_the_log_is_an_object_without_what_was_asked_or_a_secret(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    asked, word = "长春2012年新农合补助标准?", "secret-of-a-cookie"

    def told() -> dict[str, dict[str, Any]]:
        lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
        return {line["request_id"]: line for line in lines if line["event"] == "request"}

    with caplog.at_level(logging.DEBUG, "rag"):
        served.ask(asked, **{"X-Request-ID": "log-1", "Cookie": f"clause_session={word}"})
        reader = f"Bearer {served.tokens['reader']}"
        served.get(f"/api/search?q={asked}", **{"X-Request-ID": "log-2", "Authorization": reader})
        served.post("/login", {"name": "王主任", "password": _WORD + "x"}, client="", **{"X-Request-ID": "log-3"})
        served.get("/api/documents", **{"X-Request-ID": "log-4", "Authorization": "Bearer clause_" + "B" * 43})
        # A request's line is written just after its answer has gone out.
        until(lambda: told().keys() >= {f"log-{n}" for n in range(1, 5)}, "a request has no line")
    lines = [JsonLines().format(record) for record in caplog.records]
    one = told()["log-1"]
    expected = {"level": "info", "client": "reader", "method": "POST", "path": "/api/ask", "status": 200}
    assert expected.items() <= one.items() and one["ms"] > 0 and one["address"] == "127.0.0.1"
    assert [told()[f"log-{n}"]["status"] for n in range(1, 5)] == [200, 200, 401, 401]
    said = "\n".join(lines)
    for secret in (asked, "新农合", word, _WORD, served.tokens["reader"][7:], "B" * 43):
        assert secret not in said


def test_logs_as_the_settings_say(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    root, own = logging.getLogger(), logging.getLogger("rag")
    kept, level, own_level = root.handlers[:], root.level, own.level
    try:
        set_up_logs(settings.model_copy(update={"log": "json"}))
        own.info("问\n答", extra={"told": {"status": 200}})
        line = json.loads(capsys.readouterr().err)
        assert (line["event"], line["status"], line["level"]) == ("问\n答", 200, "info")
        set_up_logs(settings)
        own.info("hidden")
        own.warning("shown", extra={"told": {"request_id": "r-1", "status": 500}})
        said = capsys.readouterr().err
        assert "hidden" not in said and "WARNING rag r-1 shown" in said and "status=500" in said
    finally:
        root.handlers[:], root.level = kept, level
        own.setLevel(own_level)
