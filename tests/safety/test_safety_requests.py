"""What no client of ours would send: each is refused in a sentence, or let go, and the next request is answered."""

from __future__ import annotations

import io
import json
import logging
import socket

import pytest
from guarded import Served
from waiting import until

from rag.service import patience
from rag.telemetry.logs import Lines

_HOST = b"Host: 127.0.0.1\r\nConnection: close\r\n"


def _get(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + _HOST + more + b"\r\n"


def _post(path: bytes, body: bytes, kind: bytes = b"application/json", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = b"POST " + path + b" HTTP/1.1\r\n" + _HOST + b"Content-Type: " + kind
    return head + f"\r\nContent-Length: {size}\r\n\r\n".encode() + body


_HOSTILE = {
    "a header of megabytes": _get(b"/login", b"X-A: " + b"a" * 3_000_000 + b"\r\n"),
    "a hundred thousand headers": _get(b"/login", b"X-A: a\r\n" * 100_000),
    "a path of megabytes": _get(b"/" + b"a" * 3_000_000),
    "no host": b"GET /login HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /login HTTP/1.1\r\nHost: evil.example\r\n" + _HOST + b"\r\n",
    "bytes that are no path": _get(b"/\xff\xfe"),
    "two lengths": b"POST /login HTTP/1.1\r\nContent-Length: 6\r\n" + _HOST + b"Content-Length: 5\r\n\r\nname=x",
    "a length below nothing": _post(b"/login", b"name=x", length=-1),
    "no HTTP": b"\x16\x03\x01\x02\x00" + bytes(200),
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}
_TEXT = {
    "NUL": b"/%00", "lone surrogate": b"/%ED%A0%80?clause=%ED%A0%80", "bad UTF-8": b"/%ff%fe?next=%ff%00",
    "dots": b"/..%2f..%2f..%2fetc/passwd", "backslashes": b"/..%5c..%5capp.py", "line break": b"/%0d%0aX-Planted:%20yes",
    "double slash": b"//evil.example/%2e%2e",
}  # fmt: skip


@pytest.mark.parametrize("sent", _HOSTILE.values(), ids=_HOSTILE)
def test_what_is_no_request_is_refused(served: Served, sent: bytes) -> None:
    came = served.raw(sent)
    assert not came or came.split(b" ")[1] in (b"400", b"401", b"403", b"404"), came[:200]
    with served.client() as client:
        assert client.get("/healthz").text == "ok"


@pytest.mark.parametrize("path", _TEXT.values(), ids=_TEXT)
def test_odd_paths_lead_nowhere(served: Served, path: bytes) -> None:
    with served.logged_in() as client:
        cookie = f"Cookie: clause_session={client.cookies['clause_session']}\r\n".encode()
    for asked in (path, b"/api" + path, b"/gradio_api" + path, b"/static" + path, b"/api/clauses" + path):
        came = served.raw(_get(asked, cookie))
        assert came.split(b" ")[1] in (b"200", b"401", b"404", b"422", b"403"), (asked, came[:200])
        assert b"root:" not in came and b"\nX-Planted" not in came and b"argparse" not in came
        assert b"Traceback" not in came


def test_a_second_request_hidden_in_a_body_is_not_answered(served: Served) -> None:
    hidden = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    both = b"POST /login HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" + _HOST + b"\r\n" + hidden
    assert served.raw(both).count(b"HTTP/1.1 ") == 1


_BODIES = {
    "brackets within brackets": b"[" * 200_000,
    "objects within objects": b'{"question":' * 20_000,
    "a number without end": b'{"question":"x","id":' + b"9" * 200_000 + b"}",
    "not a number": b'{"question":NaN,"years":[1e999]}',
    "bytes that are no text": b'{"question":"\xff\xfe"}',
    "half of a pair": b'{"question":"\\ud800 \\udc00\\ud800"}',
    "NUL in the question": b'{"question":"\\u0000"}',
    "NUL in a filter": b'{"question":"x","regions":["\\u0000"],"doc_ids":["../../etc"]}',
    "a key twice": b'{"question":"a","question":["b"]}',
    "an answer's own marks": '{"question":"〔1〕〔99〕 \u202e\u2066"}'.encode(),
    "no object": b'"question"',
    "nothing": b"",
}


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES)
@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions", "/mcp"])
def test_a_body_that_is_none_is_told_so(served: Served, path: str, body: bytes) -> None:
    if path == "/v1/chat/completions" and body.startswith(b'{"question":"'):
        body = b'{"model":"clause-qa","messages":[{"role":"user","content"' + body[11:].replace(b"}", b"}]}")
    with served.reader() as client:
        accept = "application/json" + (", text/event-stream" if path == "/mcp" else "")
        headers = {"Content-Type": "application/json", "Accept": accept}
        answer = client.post(path, content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text and "/rag/" not in answer.text
    assert json.loads(answer.text)


def test_what_is_too_large_is_refused_before_it_is_sent(served: Served) -> None:
    token = f"Authorization: Bearer {served.reader_token}\r\n".encode()
    head = b"POST /api/ask HTTP/1.1\r\n" + _HOST + token + b"Content-Type: application/json\r\n"
    assert b" 413 " in served.raw(head + b"Content-Length: 999999999999\r\n\r\n")[:20]
    chunks = b"40000\r\n" + b" " * 0x40000 + b"\r\n"
    assert b" 413 " in served.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 3)[:20]


def test_who_says_nothing_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD", 0.4)
    monkeypatch.setattr(patience, "BODY", 0.4)
    half = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 30\r\n\r\nname=x"
    for said in (b"", b"GET /login HTTP/1.1\r\nX-A: ", half):
        assert b"HTTP/1.1 2" not in served.raw(said)  # returns when the connection is closed


def test_what_drips_in_makes_no_longer_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD", 0.6)
    with served.connect() as connection:
        connection.settimeout(0.05)
        assert any(_is_closed(connection) for _ in range(400))


def _is_closed(connection: socket.socket) -> bool:
    """Say one more letter, and tell whether anybody still listens."""
    try:
        connection.sendall(b"G")
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def test_who_speaks_slowly_but_speaks_is_heard(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BODY", 1.0)
    with served.connect() as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\n" + _HOST + b"Content-Length: 12\r\n\r\n")
        connection.settimeout(0.2)
        for letter in b"name=x&pass=":
            with pytest.raises(TimeoutError):  # nothing is answered, and nothing closed, meanwhile
                connection.recv(1)
            connection.sendall(bytes([letter]))
        connection.settimeout(20)
        assert b" 401 " in connection.recv(100)


def test_a_connection_may_wait_between_two_requests(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD", 0.2)
    with served.connect() as connection:
        asked = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        connection.sendall(asked)
        assert connection.recv(9000).endswith(b"ok")
        connection.settimeout(0.6)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(20)
        connection.sendall(asked)
        assert connection.recv(9000).startswith(b"HTTP/1.1 200")


def test_a_path_writes_no_line_of_the_log(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(Lines("%(levelname)s %(request_id)s %(message)s%(told)s"))
    logger = logging.getLogger("rag.service.observe")
    monkeypatch.setattr(logger, "handlers", [handler])
    caplog.set_level(logging.INFO, logger.name)
    came = served.raw(_get(b"/api/%0a%0dERROR%20forged%1b%5b2J%e2%80%ae", b"X-Request-ID: a\tb\r\n"))
    assert b" 401 " in came
    until(lambda: "forged" in told.getvalue(), "the request has no line")  # written just after the answer has gone out
    lines = told.getvalue().splitlines()
    assert all(line.startswith("INFO ") for line in lines)
    (line,) = (line for line in lines if "forged" in line)
    assert "\\n\\rERROR forged" in line and not set(line) & set("\r\x1b\u202e\t")
