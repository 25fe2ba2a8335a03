"""The page behind a log-in: a real server with the real index, asked by plain HTTP and by a browser."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe import serious_findings
from browser import Tab, browser, free_port, need_chromium
from selenium.webdriver.common.keys import Keys

from index.settings import Settings
from index.store import ClauseIndex
from rag.access.gate import Gate
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.access.roles import ADMIN
from rag.chain import build_chain
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library, OpenLibrary
from rag.records.records import Records
from rag.service.address import is_loopback
from rag.service.paths import own_path
from rag.service.serve import serving
from rag.service.service import build_service

_ROOT = Path(__file__).resolve().parent.parent
_SHOTS = Path(__file__).parent / "screenshots"
_ADMIN, _ADMIN_WORD = "王主任", "correct horse 电池"
_READER, _READER_WORD = "xiaoli", "another phrase 钉子"
_OTHER, _OTHER_WORD = "老张", "yet another 回形针"
_HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_MINUTE = 60.0


class Clock:
    """The real time and what the tests have let pass."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return time.time() + self.passed


@dataclass
class Served:
    """A page that is being served, and what stands behind it."""

    url: str
    service: Any
    gate: Gate
    clock: Clock
    settings: Settings

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    @contextmanager
    def logged_in(self, name: str = _ADMIN, password: str = _ADMIN_WORD) -> Iterator[httpx.Client]:
        with self.client() as client:
            assert client.post("/login", data={"name": name, "password": password}).status_code == 303
            yield client


def _cheap() -> Passwords:
    from argon2 import PasswordHasher

    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(scope="module")
def served(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    own = settings.model_copy(update={"auth": True, "records_dir": tmp_path_factory.mktemp("records")})
    clock = Clock()
    gate = open_gate(own, clock, _cheap())
    gate.users.add(_ADMIN, _ADMIN_WORD, ADMIN)
    gate.users.add(_READER, _READER_WORD)
    gate.users.add(_OTHER, _OTHER_WORD)
    service = build_service(Desk(OpenLibrary(own), own, Records.open(own.records_dir)), gate)
    with serving(service, "127.0.0.1", free_port()) as url:
        yield Served(url, service, gate, clock, own)


@pytest.fixture(autouse=True)
def _forgiven(served: Served) -> None:
    served.clock.passed += 2 * 86_400  # what one test got wrong is forgotten in the next


# Nothing without a session


def _routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of a service, those of what is mounted in it included; holes are filled with `x`."""
    for route in app.routes:
        path = prefix + re.sub(r"{[^}]*}", "x", getattr(route, "path", ""))
        if hasattr(route, "methods"):
            yield from ((method, path or "/") for method in route.methods or ())
        elif hasattr(route, "original_router"):  # included
            yield from _routes(route.original_router, path)
        elif hasattr(route, "routes"):  # mounted
            yield from _routes(route, path)


def test_every_route_is_closed_without_a_session(served: Served) -> None:
    routes = set(_routes(served.service))
    assert len(routes) > 60 and ("POST", "/gradio_api/queue/join") in routes and ("GET", "/gradio_api/file=x") in routes
    open_ = {"/login", "/login/style.css", "/healthz", "/readyz", "/favicon.ico", "/manifest.json", "/logout"}
    open_ |= {"/metrics"}  # to whoever is at this computer: test_metrics_endpoint.py
    said = {}
    with served.client() as client:
        for method, path in sorted(routes):
            if path not in open_:
                said[method, path] = client.request(method, path).status_code
    assert {key: status for key, status in said.items() if status not in (401, 404)} == {}
    assert said["POST", "/gradio_api/upload"] == said["GET", "/"] == said["POST", "/gradio_api/component_server"] == 401
    closed = [path for (_, path), status in said.items() if status == 404]
    assert all(
        re.search("proxy=|run|vibe|recording|dev/|deep_link|token|monitoring|/login/$", path) for path in closed
    ), closed


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/", None),
        ("/?clause=a-2012-33.2.1&x=%E9%95%BF", "/?clause=a-2012-33.2.1&x=%E9%95%BF"),
        ("/gradio_api/file=/etc/passwd", "/gradio_api/file=/etc/passwd"),
        ("/长春", "/%E9%95%BF%E6%98%A5"),
        ("//evil.example/x", None),
        ("/login/../config", "/config"),
    ],
)
def test_a_reader_of_pages_is_led_to_the_log_in_and_back(served: Served, path: str, back: str | None) -> None:
    with served.client() as client:
        answer = client.get(path if path[:2] != "//" else served.url + path[1:], headers=_HTML)
        assert answer.status_code == 303
        target = httpx.URL(answer.headers["location"])
        assert (target.path, target.params.get("next")) == ("/login", back)
        done = client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD, "next": back or ""})
        assert done.headers["location"] == (back or "/")


def test_a_script_is_told_in_json(served: Served) -> None:
    with served.client(Accept="*/*") as client:
        answer = client.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "x"})
    assert answer.status_code == 401
    assert answer.json() == {"error": "login", "detail": "尚未登录或登录已过期,请重新登录。"}


def test_what_is_open_holds_nothing(served: Served) -> None:
    with served.client() as client:
        assert client.get("/healthz").text == "ok"
        assert "font" in client.get("/login/style.css").text
        page = client.get("/login").text
    assert "gradio" not in page and "<script" not in page and "http:" not in page and "https:" not in page


@pytest.mark.parametrize(
    "cookie", ["clause_session=", "clause_session=x", "clause_session=" + "A" * 43, 'clause_session="; x', "session=x"]
)
def test_a_made_up_session_is_none(served: Served, cookie: str) -> None:
    with served.client(Cookie=cookie) as client:
        assert client.get("/config").status_code == 401


# Logging in and out


def test_what_the_cookies_are(served: Served) -> None:
    with served.client() as client:
        answer = client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD})
    flags = _cookies(answer)
    assert flags["clause_session"] == {"httponly": True, "samesite": "strict", "path": "/"}
    assert flags["clause_device"] == {"httponly": True, "samesite": "strict", "path": "/login", "max-age": "7776000"}


def test_behind_an_https_proxy_they_are_secure(served: Served) -> None:
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
    with served.client(**https) as client:
        answer = client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD})
        flags = _cookies(answer)
        assert flags["__Host-clause_session"] == {"httponly": True, "samesite": "strict", "path": "/", "secure": True}
        assert flags["clause_device"]["secure"] is True
        token = SimpleCookie(answer.headers.get_list("set-cookie")[0])["__Host-clause_session"].value
        assert client.get("/config", headers={"Cookie": f"__Host-clause_session={token}"}).status_code == 200
        assert client.get("/config", headers={"Cookie": f"clause_session={token}"}).status_code == 401


def _cookies(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            flags = {key: value.lower() if isinstance(value, str) else value for key, value in morsel.items() if value}
            flags.pop("expires", None)
            found[name] = flags
    return found


def test_a_wrong_password_and_an_unknown_user_are_told_the_same(served: Served) -> None:
    with served.client() as client:
        pages = []
        for name in (_ADMIN, "nobody"):
            answer = client.post("/login", data={"name": name, "password": "not the password"})
            assert answer.status_code == 401 and not answer.headers.get_list("set-cookie")
            pages.append(answer.text.replace(name, "X"))
        assert pages[0] == pages[1] and "用户名或密码不正确。" in pages[0]


def test_the_lock_tells_how_long_and_lets_in_afterwards(served: Served) -> None:
    with served.client() as client:
        for _ in range(5):
            assert client.post("/login", data={"name": _READER, "password": "guess"}).status_code == 401
        locked = client.post("/login", data={"name": _READER, "password": _READER_WORD})
        assert locked.status_code == 429 and "1 分钟后" in locked.text and int(locked.headers["retry-after"]) <= 60
        assert client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD}).status_code == 303
        served.clock.passed += 61
        assert client.post("/login", data={"name": _READER, "password": _READER_WORD}).status_code == 303


def test_an_address_is_the_clients_and_not_the_proxys(served: Served) -> None:
    with served.client(**{"X-Forwarded-For": "198.51.100.1"}) as client:
        for number in range(20):
            assert client.post("/login", data={"name": f"user{number}", "password": "guess"}).status_code == 401
        assert client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD}).status_code == 429
    with served.client(**{"X-Forwarded-For": "198.51.100.2"}) as client:
        assert client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD}).status_code == 303


@pytest.mark.parametrize(
    "body",
    [b"", b"x" * 9000, b"name=%FF%FE&password=%00", b"&".join(b"a%d=1" % n for n in range(50)), b"name=\xff\xff"],
)
def test_a_form_that_is_none_is_a_wrong_password(served: Served, body: bytes) -> None:
    with served.client(**{"Content-Type": "application/x-www-form-urlencoded"}) as client:
        assert client.post("/login", content=body).status_code == 401


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{7*7}}", "${7*7}", '" autofocus onfocus="x', "[a](javascript:alert(1))"]
)
def test_a_name_is_never_markup(served: Served, name: str) -> None:
    with served.client() as client:
        page = client.post("/login", data={"name": name, "password": "guess", "next": f"/?q={name}"}).text
    assert "<script" not in page and "49" not in page.replace("0.49", "") and '" autofocus onfocus' not in page


def test_logging_out_ends_the_session_on_the_server(served: Served) -> None:
    with served.logged_in() as client:
        token = client.cookies["clause_session"]
        assert client.get("/config").status_code == 200
        assert client.get("/logout").status_code != 200  # a link or picture cannot log out
        assert client.get("/config").status_code == 200
        out = client.post("/logout")
        assert (out.status_code, out.headers["location"]) == (303, "/login?out")
        assert "clause_session" not in client.cookies
        assert client.get("/config", headers={"Cookie": f"clause_session={token}"}).status_code == 401


def test_a_planted_session_is_not_taken_over(served: Served) -> None:
    with served.logged_in(_READER, _READER_WORD) as attacker:
        planted = attacker.cookies["clause_session"]
    with served.client(Cookie=f"clause_session={planted}") as victim:
        answer = victim.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD})
        assert SimpleCookie(answer.headers.get_list("set-cookie")[0])["clause_session"].value != planted
        assert victim.get("/config").status_code == 401  # the planted one has ended, for the attacker too


def test_a_session_ends_unused_and_at_last(served: Served) -> None:
    with served.logged_in() as client:
        served.clock.passed += 59 * _MINUTE
        assert client.get("/config").status_code == 200
        served.clock.passed += 61 * _MINUTE
        assert client.get("/config").status_code == 401
    with served.logged_in() as client:
        for _ in range(14):
            served.clock.passed += 50 * _MINUTE
            assert client.get("/config").status_code == 200
        served.clock.passed += 50 * _MINUTE
        assert client.get("/config").status_code == 401


def test_a_user_changes_his_own_password(served: Served) -> None:
    new = "brand new 订书机"
    with served.logged_in(_OTHER, _OTHER_WORD) as client, served.logged_in(_OTHER, _OTHER_WORD) as elsewhere:
        for password, first, second, status in (
            (_OTHER_WORD, new, "something else 1", 400),
            (_OTHER_WORD, "short", "short", 400),
            ("not the password", new, new, 401),
            (_OTHER_WORD, new, new, 303),
        ):
            form = {"password": password, "new": first, "again": second, "name": _ADMIN}
            assert client.post("/password", data=form).status_code == status
        assert client.get("/config").status_code == 200
        assert elsewhere.get("/config").status_code == 401
    with served.client() as client:
        assert client.post("/login", data={"name": _OTHER, "password": _OTHER_WORD}).status_code == 401
        assert client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD}).status_code == 303
    served.gate.users.set_password(_OTHER, _OTHER_WORD)


def test_who_may_do_what_is_gradios_too(served: Served) -> None:
    with served.logged_in(_READER, _READER_WORD) as reader:
        assert reader.get("/gradio_api/user").json() == _READER
        assert (
            json.loads(re.search(r"window.gradio_config = (\{.*?\});</script>", reader.get("/").text)[1])["username"]
            == _READER
        )  # type: ignore[index]


# What a reader may not


def test_a_readers_file_is_refused_at_the_route(served: Served) -> None:
    file = {"files": ("通知.txt", "关于某事的通知".encode(), "text/plain")}
    with served.logged_in(_READER, _READER_WORD) as reader:
        answer = reader.post("/gradio_api/upload", files=file)
        assert (answer.status_code, answer.json()["error"]) == (403, "role")
    with served.logged_in() as admin:
        assert admin.post("/gradio_api/upload", files=file).status_code == 200


_NOTICE = "某省人民政府关于试行某事的通知\n某政发〔2031〕9号\n各市人民政府:\n一、补助标准为每人每年100元。\n二、自印发之日起施行。\n"


def _call(client: httpx.Client, part: str, event: str, *values: Any) -> str:
    """Call an event of the page by itself, as no page would, and return all that the server says of it."""
    config = client.get("/config").json()
    at = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == part)
    called = next(one for one in config["dependencies"] if [at, event] in one["targets"])
    data = [*values, *[None] * (len(called["inputs"]) - len(values))]
    asked = {"data": data, "fn_index": called["id"], "trigger_id": at, "session_hash": f"call{time.monotonic_ns()}"}
    assert client.post("/gradio_api/queue/join", json=asked).status_code == 200
    said = ""
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": asked["session_hash"]}) as stream:
        for line in stream.iter_lines():
            said += json.dumps(json.loads(line[5:]), ensure_ascii=False) if line.startswith("data:") else ""
            if "process_completed" in line:
                break
    return said


def test_a_reader_who_calls_the_library_himself_is_refused(served: Served, index: ClauseIndex) -> None:
    with served.logged_in() as admin, served.logged_in(_READER, _READER_WORD) as reader:
        sent = admin.post("/gradio_api/upload", files={"files": ("通知.txt", _NOTICE.encode(), "text/plain")}).json()
        files = [{"path": sent[0], "orig_name": "通知.txt", "meta": {"_type": "gradio.FileData"}}]
        shown = _call(admin, "upload", "upload", files)
        assert "试行某事" in shown and "需要管理员权限" not in shown
        refused = _call(reader, "upload", "upload", files)
        assert "需要管理员权限" in refused and "试行某事" not in refused
    assert index.is_current()


@pytest.mark.parametrize("path", ["/export/audit.csv", "/export/feedback.jsonl"])
def test_a_reader_takes_no_audit_away(served: Served, path: str) -> None:
    with served.logged_in() as admin, served.logged_in(_READER, _READER_WORD) as reader:
        assert (admin.get(path).status_code, reader.get(path).status_code) == (200, 403)


# Other sites


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({}, True),
        ({"Origin": "HOST"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://the-name-that-the-proxy-has"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "http://localhost"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}, False),
    ],
)
def test_what_another_site_sends_is_refused(served: Served, headers: dict[str, str], admitted: bool) -> None:
    own = {key: served.url.rstrip("/") if value == "HOST" else value for key, value in headers.items()}
    with served.logged_in() as client:
        posts = [
            client.post("/gradio_api/reset", json={"event_id": "x"}, headers=own),
            client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD}, headers=own),
            client.post("/logout", headers=own),
        ]
    assert [post.status_code == 403 for post in posts] == [not admitted] * 3
    assert all("access-control-allow-origin" not in post.headers for post in posts if post.status_code == 403)


def test_another_origin_reads_nothing(served: Served) -> None:
    with served.logged_in() as client:
        answer = client.get("/config", headers={"Origin": "http://localhost:9"})
        assert answer.status_code == 403 and "access-control-allow-origin" not in answer.headers
        assert (
            client.options(
                "/config", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
            ).status_code
            == 403
        )


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/", "/"),
        ("/?clause=x", "/?clause=x"),
        ("/a/b?x=//y", "/a/b?x=//y"),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("http://evil.example/", "/"),
        ("HTTP:/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("@evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/长春", "/"),
        ("/login?next=/login", "/"),
        ("/logout", "/"),
        ("/login-terms", "/login-terms"),
        ("/" + "x" * 3000, "/"),
    ],
)
def test_a_log_in_leads_to_a_page_of_ours(served: Served, path: str, own: str) -> None:
    assert own_path(path) == own
    with served.client() as client:
        done = client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD, "next": path})
        assert (done.status_code, done.headers["location"]) == (303, own)
        assert client.get("/login", params={"next": path}).headers["location"] == own


# Headers and logs


def test_every_answer_has_its_headers(served: Served) -> None:
    with served.logged_in() as client, served.client() as nobody:
        asset = re.search(r'src="\./(assets/[^"]+\.js)"', client.get("/").text)
        assert asset
        answers = [
            nobody.get("/login"), nobody.get("/config"), nobody.get("/", headers=_HTML), nobody.post("/login"), nobody.get("/healthz"),
            client.get("/"), client.get("/config"), client.get("/" + asset[1]), client.get("/gradio_api/proxy=http://x"),
            client.post("/login", headers={"Origin": "http://evil.example"}),
        ]  # fmt: skip
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy and "http" not in policy and "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers[:7])


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://example.com/x",
        "/gradio_api/file=https://example.com/x",
        "/gradio_api/file/http://example.com",
        "/gradio_api/FILE=HTTPS://example.com",
        "/gradio_api/run-history/records",
    ],
)
def test_the_server_fetches_nothing_for_anybody(served: Served, path: str) -> None:
    with served.logged_in() as client:
        assert client.get(path).status_code == 404


def test_no_secret_is_logged_or_printed(
    served: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for own in ("httpx", "httpcore"):  # the test's own client
        caplog.set_level(logging.CRITICAL, own)
    caplog.set_level(logging.DEBUG)
    with served.logged_in() as client:
        token = client.cookies["clause_session"]
        client.get("/config")
        client.post("/login", data={"name": "typed-the-password-here", "password": "a wrong guess"})
        client.post("/logout")
    logged = caplog.text + "".join(capfd.readouterr())
    assert f"{_ADMIN} logged in from 127.0.0.1" in logged and "unknown user" in logged
    for secret in (_ADMIN_WORD, token, "typed-the-password-here", "a wrong guess"):
        assert secret not in logged


def test_a_broken_file_shuts_everybody_out_and_says_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from index.errors import UserError

    def broken(*_: object) -> None:
        raise UserError("用户库 /somewhere/secret 无法读写")

    with served.logged_in() as client:
        monkeypatch.setattr(served.gate.sessions, "find", broken)
        answer = client.get("/config")
        assert answer.status_code == 503 and "登录暂时不可用" in answer.text and "/somewhere" not in answer.text
    monkeypatch.undo()
    with served.client() as client:
        monkeypatch.setattr(served.gate.users, "find", broken)
        answer = client.post("/login", data={"name": _ADMIN, "password": _ADMIN_WORD})
        assert answer.status_code == 503 and "登录暂时不可用" in answer.text and "/somewhere" not in answer.text


# Without log-in


@pytest.fixture(scope="module")
def unguarded(index: ClauseIndex, settings: Settings) -> Iterator[str]:
    library = Library(build_chain(index, settings), Catalog.from_documents(index.documents), index)
    desk = Desk(library, settings.model_copy(update={"auth": False}))
    with serving(build_service(desk), "127.0.0.1", free_port()) as url:
        yield url


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:7860"}, 200),
        ({"Host": "[::1]:7860"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "10.0.0.7"}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
def test_without_log_in_only_this_computers_own_page_asks(unguarded: str, headers: dict[str, str], status: int) -> None:
    answer = httpx.get(unguarded + "config", headers=headers, trust_env=False)
    assert answer.status_code == status
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert ("CLAUSE_AUTH=on" in answer.text) == ("Host" in headers and status == 403)


def test_without_log_in_there_is_no_log_in_page(unguarded: str) -> None:
    assert 'name="password"' not in httpx.get(unguarded + "login", trust_env=False).text


# Starting and stopping


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.1", True), ("127.8.8.8", True), ("0.0.0.0", False),
        ("0", False), ("::", False), ("", False), ("10.0.0.7", False), ("no-such-host.invalid", False), ("." * 300, False),
    ],
)  # fmt: skip
def test_which_addresses_are_this_computers_own(host: str, own: bool) -> None:
    assert is_loopback(host) == own


def _start(tmp_path: Path, *args: str, **env: str) -> subprocess.Popen[str]:
    own = {key: value for key, value in os.environ.items() if key != "CLAUSE_AUTH"}
    return subprocess.Popen(
        [sys.executable, "app.py", "--port", str(free_port()), *args],
        cwd=_ROOT, env={**own, "CLAUSE_RECORDS_DIR": str(tmp_path), **env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A shell in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "env", "said"),
    [
        (("--host", "0.0.0.0"), {}, ("没有开启登录", "CLAUSE_AUTH=on", "users add", "127.0.0.1")),
        (("--host", "0.0.0.0"), {"CLAUSE_AUTH": "on"}, ("还没有管理员", "users add 用户名 --admin")),
        ((), {"CLAUSE_AUTH": "on"}, ("还没有管理员", "users add 用户名 --admin")),
        ((), {"CLAUSE_AUTH": "perhaps"}, ("CLAUSE_AUTH", "perhaps")),
    ],
)
def test_it_does_not_start_open_to_others(
    tmp_path: Path, args: tuple[str, ...], env: dict[str, str], said: tuple[str, ...]
) -> None:
    process = _start(tmp_path, *args, **env)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.count("\n") == 1 and all(words in err for words in said), err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_with_streams_open(tmp_path: Path, stop: signal.Signals) -> None:
    process = _start(tmp_path)
    assert process.stdout is not None
    url = re.search(r"http://\S+", process.stdout.readline())
    assert url, process.communicate()
    with httpx.Client(base_url=url[0], trust_env=False) as client, _streams(client, 3):
        process.send_signal(stop)
        out, err = process.communicate(timeout=60)  # about 1.5 on a machine at rest
    assert (process.returncode, err) == (0, ""), err
    assert "已停止" in out


@contextmanager
def _streams(client: httpx.Client, count: int) -> Iterator[None]:
    """Hold event streams open as pages do."""
    if not count:
        yield
        return
    with client.stream("GET", f"/gradio_api/heartbeat/page{count}") as stream:
        assert "ALIVE" in next(stream.iter_text())
        with _streams(client, count - 1):
            yield


# In the browser


@pytest.fixture
def tab(served: Served) -> Iterator[Tab]:
    need_chromium()
    _SHOTS.mkdir(exist_ok=True)
    with browser(1366, 768) as tab:
        yield tab


def _type(tab: Tab, name: str, password: str) -> None:
    tab.wait(lambda: tab.find("#password"), "there is no log-in page")
    tab.one("#name").clear()
    tab.one("#name").send_keys(name)
    tab.one("#password").send_keys(password + Keys.ENTER)


def _enter(tab: Tab, name: str, password: str) -> None:
    _type(tab, name, password)
    tab.wait(lambda: tab.find("#question textarea"), "the page did not come up")
    tab.wait(lambda: tab.find(".account"), "the masthead does not know the user")
    tab.settle()


def test_a_user_logs_in_asks_and_logs_out(served: Served, tab: Tab) -> None:
    tab.driver.get(served.url + "?clause=changfubanfa-2012-33.2.1.3")
    tab.until(lambda: tab.js("return document.activeElement.id"), "name")
    assert serious_findings(tab) == [] and tab.errors() == []
    _type(tab, _ADMIN, "a wrong guess")
    tab.until(lambda: tab.one(".error").text, "用户名或密码不正确。")
    assert tab.one("#name").get_attribute("value") == _ADMIN
    tab.until(lambda: tab.js("return document.activeElement.id"), "password")
    assert serious_findings(tab) == []
    tab.screenshot(str(_SHOTS / "login-wrong.png"))
    tab.errors()  # the browser notes the 401 of the page itself
    _enter(tab, _ADMIN, _ADMIN_WORD)
    tab.until(lambda: tab.query, {"clause": ["changfubanfa-2012-33.2.1.3"]})
    assert tab.one(".account").text.split() == [_ADMIN, "管理员", "退出"]
    tab.open(served.url)
    assert "每人每年240元" in tab.ask("长春2012年新农合补助标准?")
    tab.screenshot(str(_SHOTS / "login-page.png"))
    assert tab.errors() == [] and tab.foreign_requests() == []
    tab.click(".account button")
    tab.wait(lambda: tab.find(".said"), "the log-out is not told")
    tab.driver.back()
    tab.wait(lambda: "/login" in tab.driver.current_url or not tab.find("#chat"), "the page is still there")
    tab.settle()
    tab.driver.get(served.url)
    tab.wait(lambda: tab.find("#password"), "the page opens without log-in")


def test_a_session_that_ends_meanwhile_loses_no_words(served: Served, tab: Tab) -> None:
    tab.driver.get(served.url)
    _enter(tab, _READER, _READER_WORD)
    assert "读者" in tab.one(".account").text
    served.clock.passed += 61 * _MINUTE
    tab.type_and_send("长春2012年新农合补助标准?")
    tab.wait(lambda: tab.find("#log-in-again[open]"), "nothing is said")
    assert tab.box.get_attribute("value") == "长春2012年新农合补助标准?"
    assert serious_findings(tab) == []
    tab.screenshot(str(_SHOTS / "login-ended.png"))
    page = tab.driver.current_window_handle
    tab.one("#log-in-again a").click()  # by the mouse: a script may open no window
    other = tab.wait(lambda: [each for each in tab.driver.window_handles if each != page], "no tab opened")
    tab.driver.switch_to.window(other[0])
    tab.watch()
    _enter(tab, _READER, _READER_WORD)
    tab.driver.switch_to.window(page)
    tab.wait(lambda: not tab.find("#log-in-again[open]"), "the words stay before the page")
    tab.box.send_keys(Keys.ENTER)
    tab.wait(lambda: "240元" in tab.replies()[-1], "it does not go on")
    tab.reply()


def test_two_users_at_once_do_not_see_each_other(served: Served, tab: Tab) -> None:
    with browser(1366, 768) as other:
        for each, name, word in ((tab, _ADMIN, _ADMIN_WORD), (other, _READER, _READER_WORD)):
            each.driver.get(served.url)
            _enter(each, name, word)
        tab.type_and_send("长春2012年新农合补助标准?")
        other.type_and_send("内蒙古2016年城市家庭医生签约覆盖率目标是多少?")
        for each in (tab, other):
            each.reply(_MINUTE)
        assert [len(each.questions()) for each in (tab, other)] == [1, 1]
        assert "240元" in tab.replies()[0] and "240元" not in other.driver.page_source
        assert "15%以上" in other.replies()[0] and "15%以上" not in tab.driver.page_source
        assert (tab.one(".account-name").text, other.one(".account-name").text) == (_ADMIN, _READER)
    _nobody_elses(served)


def _nobody_elses(served: Served) -> None:
    """Each finds his own conversation and not the other's, by its number neither."""
    with served.logged_in() as admin, served.logged_in(_READER, _READER_WORD) as reader:
        records = Records.open(served.settings.records_dir)
        for name, own, other in ((_ADMIN, admin, reader), (_READER, reader, admin)):
            newest = records.conversations.list(name)[0].id
            path = f"/export/conversation/{newest}.md"
            assert (own.get(path).status_code, other.get(path).status_code) == (200, 404)


def test_a_link_on_another_site_needs_no_second_log_in(served: Served, tab: Tab) -> None:
    tab.driver.get(served.url)
    _enter(tab, _ADMIN, _ADMIN_WORD)
    tab.driver.get(f"data:text/html,<a id=link href='{served.url}?clause=x'>link</a>")
    tab.one("#link").click()
    tab.wait(lambda: tab.find("#question textarea"), "the log-in is asked for again")
    tab.until(lambda: tab.query, {"clause": ["x"]})


@pytest.mark.parametrize(
    ("name", "screen"),
    [("dark", (1366, 768, "--force-dark-mode", "--blink-settings=preferredColorScheme=0")), ("phone", (390, 844))],
)
def test_the_log_in_page_on_every_screen(served: Served, name: str, screen: tuple[Any, ...]) -> None:
    need_chromium()
    with browser(*screen) as tab:
        tab.driver.get(served.url + "login")
        assert tab.js("return document.documentElement.scrollWidth <= innerWidth")
        assert serious_findings(tab) == [] and tab.errors() == []
        tab.screenshot(str(_SHOTS / f"login-{name}.png"))


def test_an_english_browser_logs_in_in_english(served: Served) -> None:
    need_chromium()
    with browser(language="en-US") as tab:
        tab.driver.get(served.url + "login")
        words = tab.one("main").text
        assert "Log in" in words and not re.search("[一-龥]", words)
        assert tab.js("return document.documentElement.lang") == "en"
        _type(tab, _ADMIN, "a wrong guess")
        tab.until(lambda: tab.one(".error").text, "The user name or the password is wrong.")
        _enter(tab, _ADMIN, _ADMIN_WORD)
        assert tab.one(".account").text.split() == [_ADMIN, "Administrator", "Log", "out"]
        tab.driver.get(served.url + "password")
        assert not re.search("[一-龥]", tab.one("main").text.replace(_ADMIN, ""))
        assert serious_findings(tab) == []
        tab.screenshot(str(_SHOTS / "login-password.png"))
