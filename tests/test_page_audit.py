"""The audit and the feedback, in a real browser over the real index; an administrator's alone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from axe import serious_findings
from browser import Tab, browser, free_port, need_chromium, start_page
from selenium.webdriver.common.keys import Keys

from eval.add import read_reports
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.access.roles import ADMIN
from rag.chain import build_chain
from rag.page.audit.tab import _entry, _open, _show
from rag.page.audit.view import Asked
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.page.visitor import Visitor
from rag.records.audit import Entry, Seen, Sought
from rag.records.fate import CHANGED, GONE, SAME
from rag.records.keep import keep_turn
from rag.records.records import Records
from rag.service.serve import serving
from rag.service.service import build_service
from rag.types import Question

_SHOTS = Path(__file__).parent / "screenshots"
_HOSTILE = '=HYPERLINK("x") <script>alert(1)</script> {{7*7}} ${7*7} [a](javascript:alert(1)) </td>'
_WORD = "correct horse 电池"
_CLAUSE = "changfubanfa-2012-33.2.1.3"


def _plant(records: Records, index: ClauseIndex) -> None:
    """Three entries: of clauses that are as they were, changed and gone; hostile words; an older one of another user."""
    clause = index.find(_CLAUSE)
    assert isinstance(clause, Clause)
    same = Seen(_CLAUSE, hashlib.sha256(clause.text.encode()).hexdigest(), clause.label)
    seen = (same, Seen("changfubanfa-2012-33.2.1.4", "0" * 64), Seen("gone-2001-1.1", "1" * 64, cited=False))
    settings = {"encoder": "e", "program": "abc"}
    kept = Entry("王", "补助多少?", "grounded", ("上一问",), {"years": [2012]}, clauses=seen, settings=settings)
    records.audit.add(Entry("李", "去年的一问", "refused", at=datetime.now(UTC) - timedelta(days=400)))
    records.audit.add(Entry("李", _HOSTILE, "failed"))
    records.audit.add(kept)
    talk = records.conversations.start("王")
    turn = records.conversations.add_turn(talk, "王", {"text": "补助多少?"}, {"answer": "=1+1"})
    records.feedback.add("王", _HOSTILE, _CLAUSE, f"数字有误: {_HOSTILE}", ("上一问",), talk, turn)
    records.feedback.add("李", "另一问", _CLAUSE, "与问题无关", right="gone-2001-1.1")


def _desk(index: ClauseIndex, settings: Settings, records: Records) -> Desk:
    library = Library(build_chain(index, settings), Catalog.from_documents(index.documents), index)
    return Desk(library, settings, records)


@pytest.fixture(scope="module")
def desk(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    records = Records.open(tmp_path_factory.mktemp("records"))
    _plant(records, index)
    return _desk(index, settings, records)


@pytest.fixture(scope="module")
def url(desk: Desk) -> Iterator[str]:
    need_chromium()
    with start_page(desk) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str) -> Tab:
    """The page with the audit open."""
    shared.open(url).open_tab("审计")
    shared.wait(lambda: shared.find(".audit-open"), "no entries")
    return shared


def _questions(tab: Tab) -> list[str]:
    return tab.texts(".audit-open")


# --- in the browser ---


def test_entries_are_filtered_and_one_is_opened_with_its_clauses_as_they_are_today(tab: Tab) -> None:
    assert _questions(tab) == ["补助多少?", _HOSTILE, "去年的一问"]
    assert not tab.find("#audit :is(script, img, a[href^='javascript'])")
    tab.click(".audit-open")
    tab.says(".audit-entry", "上一问", "年份: 2012", "编码器: e", "程序指纹: abc", "0" * 64)
    assert tab.texts(".audit-entry tbody td:last-child") == [SAME, CHANGED, GONE]
    assert tab.one(".audit-open").get_attribute("aria-expanded") == "true"
    tab.click(".audit-entry [data-replay]")
    tab.says(".audit-replay", "与当时不同", "条款已改动: changfubanfa-2012-33.2.1.4")
    _SHOTS.mkdir(exist_ok=True)
    tab.screenshot(str(_SHOTS / "audit.png"))
    assert serious_findings(tab) == []
    tab.click(".audit-open")
    tab.wait(lambda: not tab.find(".audit-entry"), "the entry does not close")
    tab.one("[name=words]").send_keys("补助", Keys.ENTER)
    tab.until(lambda: _questions(tab), ["补助多少?"])
    tab.settle()
    assert tab.one("[name=words]").get_attribute("value") == "补助"
    assert "words=" in (tab.one(".audit-export").get_attribute("href") or "")
    tab.click("[data-view=audit]")
    tab.wait(lambda: len(_questions(tab)) == 3, "the filters are not cleared")
    tab.settle().one("[name=user]").send_keys("李")
    tab.one("[name=status]").send_keys("未能作答")
    tab.click(".audit-find")
    tab.until(lambda: _questions(tab), [_HOSTILE])
    tab.settle().js("document.querySelector('[name=until]').value = '2000-01-01'")
    tab.click(".audit-find")
    tab.says(".audit", "没有符合条件")
    tab.settle()
    assert not tab.errors() and not tab.foreign_requests()


def test_feedback_is_listed_and_deleted_at_the_second_click(tab: Tab, desk: Desk) -> None:
    assert desk.records
    tab.click("[data-view=feedback]")
    tab.wait(lambda: len(tab.find(".audit-delete")) == 2, "no feedback")
    text = tab.settle().one(".audit").text
    assert _HOSTILE in text and "与问题无关" in text and "上一问" in text
    assert "python" not in text and "候选" not in text
    assert tab.find(".audit-read")[0].text.endswith("二、(一)3") and tab.find(".audit-id")[0].text == _CLAUSE
    assert not tab.find("#audit :is(script, img, a[href^='javascript'])")
    assert serious_findings(tab) == []
    words = tab.one(".audit-delete").text
    tab.click(".audit-delete")
    tab.says(".audit-delete", "确定删除")
    tab.click("#audit-title")
    tab.says(".audit-delete", words)
    tab.settle()
    assert len(desk.records.feedback.list()) == 2
    tab.click(".audit-delete")
    tab.click(".audit-delete.is-sure")
    tab.wait(lambda: len(tab.find(".audit-delete")) == 1, "it is still there")
    assert [report.user for report in desk.records.feedback.list()] == ["王"]
    tab.settle()
    assert not tab.errors()


# --- without one ---


def test_what_is_taken_away_holds_what_was_filtered_and_no_formula(url: str, desk: Desk, tmp_path: Path) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        found = client.get("/export/audit.csv", params={"user": "李", "status": "failed"})
        assert found.status_code == 200 and "attachment" in found.headers["content-disposition"]
        head, *rows = csv.reader(io.StringIO(found.content.decode("utf-8-sig"), newline=""))
        assert [row[head.index("问题")] for row in rows] == [f"'{_HOSTILE}"]
        assert len(client.get("/export/audit.csv").text.splitlines()) > 3
        table = client.get("/export/feedback.csv")
        lines = client.get("/export/feedback.jsonl")
    head, *rows = csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline=""))
    told = dict(zip(head, rows[-1], strict=True))
    assert (told["问题"], told["所引条款编号"], told["当时的回答"]) == (f"'{_HOSTILE}", _CLAUSE, "'=1+1")
    assert told["所引条款"].endswith("二、(一)3") and told["所引条款"] != _CLAUSE
    path = tmp_path / "f.jsonl"
    path.write_bytes(lines.content)
    reports = read_reports(path, "谁")
    assert reports[0].question == _HOSTILE and reports[0].clauses == (_CLAUSE,)
    assert all(json.loads(line) for line in lines.text.splitlines())


@contextmanager
def _behind_login(desk: Desk) -> Iterator[str]:
    from argon2 import PasswordHasher

    gate = open_gate(desk.settings, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
    gate.users.add("主任", _WORD, ADMIN)
    gate.users.add("读者", _WORD)
    with serving(build_service(desk, gate), "127.0.0.1", free_port()) as address:
        yield address


def test_a_reader_sees_nothing_of_it(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    need_chromium()
    records = Records.open(tmp_path)
    _plant(records, index)
    desk = _desk(index, settings.model_copy(update={"auth": True, "records_dir": tmp_path}), records)
    with _behind_login(desk) as address:
        for name, allowed in (("读者", False), ("主任", True)):
            with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
                assert client.get("/export/audit.csv").status_code in (303, 401)
                client.post("/login", data={"name": name, "password": _WORD})
                for path in ("/export/audit.csv", "/export/feedback.jsonl", "/export/feedback.csv"):
                    found = client.get(path)
                    assert (found.status_code == 200) is allowed and (
                        "补助" in found.text or "另一问" in found.text
                    ) is allowed
        with browser() as tab:
            tab.driver.get(f"{address}login")
            tab.one("[name=name]").send_keys("读者")
            tab.one("[name=password]").send_keys(_WORD, Keys.ENTER)
            tab.wait(lambda: tab.find("#history-list .talks"), "the page did not come up")
            heads = tab.settle().texts("[role='tab']")
            assert "问答" in heads and "审计" not in heads


def test_a_reader_who_calls_its_events_is_refused(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    _plant(records, index)
    desk, reader = _desk(index, settings, records), Visitor("读者", is_admin=False)
    (report, *_) = records.feedback.list()
    entry = records.audit.list()[0]
    told = SimpleNamespace(_data={"view": "feedback", "delete": str(report.id)})
    for shown in (_open(desk)(reader), _show(desk)(reader, told), _entry(desk)(entry.id, reader)):
        assert "管理员" in shown and "补助" not in shown and "另一问" not in shown
    assert len(records.feedback.list()) == 2
    assert "补助多少" in _entry(desk)(entry.id, Visitor("主任"))
    assert "没有这条记录" in _entry(desk)(9999, Visitor("主任"))


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({}, Asked()),
        ({"since": "2026-02-30", "until": "x", "status": "no", "page": "-1"}, Asked()),
        ({"since": "2026-02-03", "page": "3", "words": " 补助 "}, Asked(since="2026-02-03", words="补助", page=3)),
        ({"page": "²", "user": None, "words": "长" * 999}, Asked(words="长" * 200)),
    ],
)
def test_what_makes_no_sense_in_the_form_is_left_out(told: dict[str, object], asked: Asked) -> None:
    assert Asked.read(told) == asked
    assert isinstance(asked.sought, Sought)


def test_an_answer_of_the_real_chain_is_the_same_today(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    desk = _desk(index, settings, records)
    question = Question("长春2012年新农合补助标准?")
    keep_turn(records, settings, "王", "", question, desk.library.chain.invoke(question))
    shown = _entry(desk)(1, Visitor("主任"))
    assert "与现在相同" in shown and shown.count(SAME) == len(records.audit.list()[0].clauses) > 1
    assert CHANGED not in shown and GONE not in shown
