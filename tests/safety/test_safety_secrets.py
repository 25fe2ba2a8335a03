"""Nothing secret is told: not in a log at its most talkative, not in what is printed, not in an answer, not in a stored file."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from endpoint import fails, says, serving
from guarded import ADMIN_WORD, READER_NAME, READER_WORD, Served
from waiting import until

from index.settings import Settings, load_settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Question

_ROOT = Path(__file__).resolve().parents[2]
_KEY = "sk-planted-key-of-the-model"
_TYPED = "typed the password into the name"
_OWN = ("httpx", "httpcore")
_QUESTION = "长春2012年新农合补助标准是多少?"


def _everything(caplog: pytest.LogCaptureFixture) -> None:
    """Have every library say all that it can; but for this test's own client, which is no part of the program."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] not in _OWN:
            caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)


def test_log_in_and_tokens_leave_nothing_in_any_log(
    served: Served,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in _OWN:
            monkeypatch.setattr(logging.getLogger(name), "disabled", True)
    _everything(caplog)
    with served.logged_in(READER_NAME, READER_WORD) as browser, served.admin() as client:
        session = browser.cookies["clause_session"]
        device = browser.cookies["clause_device"]
        browser.post("/login", data={"name": _TYPED, "password": "wrong guess one"})
        browser.get("/config", headers={"Authorization": f"Bearer {served.reader_token}"})
        browser.post(
            "/password",
            data={"password": "wrong guess two", "new": "new phrase three 3", "again": "new phrase three 3"},
        )
        client.get("/api/search", params={"q": "补助"})
        client.post("/api/ask", content=b"\xff", headers={"Cookie": f"clause_session={session}"})
        client.get("/api/clauses/x", headers={"Authorization": "Bearer clause_wrong-token-that-nobody-has"})
        client.get("/api/clauses/x", headers={"Authorization": "Basic c2VjcmV0OnBhc3N3b3Jk"})
        browser.post("/logout")
    until(lambda: _told_of("/logout", caplog), "the last request has no line")  # written just after its answer
    told = caplog.text + "".join(capfd.readouterr())
    assert "request" in told and READER_NAME in told  # there was much to read
    planted = {
        READER_WORD, ADMIN_WORD, session, device, served.admin_token, served.reader_token, _TYPED, "wrong guess", "new phrase three",
        "wrong-token-that-nobody-has", "c2VjcmV0OnBhc3N3b3Jk",
    }  # fmt: skip
    assert {secret for secret in planted if secret in told} == set()


def _told_of(path: str, caplog: pytest.LogCaptureFixture) -> bool:
    return any(record.msg == "request" and path in str(getattr(record, "told", "")) for record in caplog.records)


def _with_key(url: str) -> Settings:
    update = {"llm_base_url": url, "llm_model": "scripted", "llm_api_key": _KEY, "llm_retries": 0, "llm_timeout": 5}
    return load_settings().model_copy(update=update)


def test_the_models_key_is_in_no_log_and_no_answer(
    index: ClauseIndex, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _everything(caplog)
    echoed = f"Incorrect API key provided: {_KEY}. Authorization: Bearer {_KEY}"
    with serving() as start:
        answers = []
        for reply in (says("没有"), fails(401, echoed), fails(500, echoed), says(echoed)):
            endpoint = start(reply)
            answers.append(build_chain(index, _with_key(endpoint.url)).invoke(Question(_QUESTION)))
            assert endpoint.requests
    told = caplog.text + "".join(capfd.readouterr()) + "".join(str(answer.to_json(explain=True)) for answer in answers)
    assert "240元" in told and _KEY not in told


def test_settings_show_no_key() -> None:
    assert _KEY not in repr(_with_key("http://127.0.0.1:1/v1")) + str(_with_key("http://127.0.0.1:1/v1"))


def test_a_bad_setting_does_not_print_another(tmp_path: Path) -> None:
    env = {
        "PATH": "/usr/bin:/bin",
        "CLAUSE_LLM_API_KEY": _KEY,
        "CLAUSE_LLM_BASE_URL": "no-address",
        "CLAUSE_LLM_MODEL": "m",
    }
    said = subprocess.run(
        [sys.executable, str(_ROOT / "app.py")], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2 and "CLAUSE_LLM_BASE_URL" in said.stderr and _KEY not in said.stderr + said.stdout


def test_no_file_of_the_records_opens_anything(served: Served) -> None:
    with served.logged_in() as browser:
        session = browser.cookies["clause_session"]
        kept = b"".join(path.read_bytes() for path in served.settings.records_dir.glob("*.sqlite3*"))
    assert READER_NAME.encode() in kept
    for secret in (session, served.admin_token, served.reader_token, ADMIN_WORD, READER_WORD):
        assert secret.encode() not in kept


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz", "/login", "/api/openapi.json", "/api/docs"])
def test_what_operators_read_holds_no_secret(served: Served, path: str) -> None:
    with served.admin() as client:
        told = client.get(path).text
    for secret in (served.admin_token, served.reader_token, str(served.settings.records_dir), ADMIN_WORD):
        assert secret not in told


def test_an_error_tells_no_path_of_the_server(served: Served) -> None:
    with served.admin() as client, served.logged_in() as browser:
        said = [
            client.get("/api/clauses/none"),
            client.post("/api/documents", files={"files": ("a.docx", b"PK\x03\x04 broken")}),
            client.post("/api/documents", files={"files": ("a.zip", b"PK\x05\x06" + bytes(18))}),
            client.post("/api/documents/preview", files={"files": ("a.pdf", b"%PDF-1.4 broken")}),
            client.delete("/api/documents/none"),
            browser.get("/export/conversation/none.docx"),
            browser.get("/gradio_api/file=/etc/passwd"),
            browser.post("/gradio_api/run/predict", json={"fn_index": 0, "data": [None, {}]}),
            browser.post("/gradio_api/queue/join", json={"fn_index": 9999, "data": [], "session_hash": "x"}),
        ]
    told = "".join(answer.text for answer in said if isinstance(answer, httpx.Response))
    for place in (str(_ROOT), str(served.settings.records_dir), "site-packages", "Traceback", "/tmp/"):
        assert place not in told
