"""The conversations in the left column, in a real browser over the real index: kept, found, opened, gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from axe import serious_findings
from browser import Tab, browser, free_port, need_chromium, start_page
from selenium.webdriver.common.keys import Keys

from index.settings import Settings
from index.store import ClauseIndex
from rag.access.gate import Gate
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.chain import build_chain
from rag.page.ask.session import Turn
from rag.page.desk import Desk
from rag.page.history.keeping import Keeper, restore_turns
from rag.page.history.view import EARLIER, THIS_WEEK, TODAY, YESTERDAY, groups_of
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.page.visitor import LOCAL, Visitor
from rag.records.conversations import Summary
from rag.records.records import Records
from rag.records.store import FILE_NAME
from rag.service.serve import serving
from rag.service.service import build_service
from rag.types import Answer, Question

_SHOTS = Path(__file__).parent / "screenshots"
_HOSTILE = "<script>alert(1)</script> {{7*7}} ${7*7} `x` [a](javascript:alert(1)) </button>"
_WORD = "correct horse 电池"


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.past = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.past


def _desk(index: ClauseIndex, settings: Settings, records: Records) -> Desk:
    library = Library(build_chain(index, settings), Catalog.from_documents(index.documents), index)
    return Desk(library, settings, records)


def _plant(records: Records, question: str, answer: str = "已收录文件中没有。", user: str = LOCAL) -> str:
    id = records.conversations.start(user)
    kept = Answer("refused", answer, reason="no_match", question=question).to_json()
    records.conversations.add_turn(id, user, {"text": question}, kept)
    return id


@pytest.fixture(scope="module")
def clock() -> _Clock:
    return _Clock()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory, clock: _Clock) -> Records:
    return Records.open(tmp_path_factory.mktemp("records"), clock)


@pytest.fixture(scope="module")
def url(index: ClauseIndex, settings: Settings, records: Records) -> Iterator[str]:
    need_chromium()
    with start_page(_desk(index, settings, records)) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str, records: Records, clock: _Clock) -> Tab:
    """The page opened anew, with nothing kept but what a test plants before it calls `_open`."""
    for talk in records.conversations.list(LOCAL, limit=-1):
        records.conversations.delete(talk.id, LOCAL)
    clock.past = timedelta()
    return shared.open(url)


def _talks(tab: Tab) -> list[str]:
    return tab.texts("#history-list .talk-title")


def _press(tab: Tab, title: str, do: str, id: str = "") -> None:
    """Press a button of the conversation with the title, once it is there; `id` is sent in place of its own."""
    script = (
        "const [title, does, id] = arguments, named = (each) => each.querySelector('.talk-title')?.innerText === title;"
        "const talk = [...document.querySelectorAll('#history-list .talk')].find(named);"
        "if (talk && id) talk.dataset.talk = id;"
        "talk?.querySelector(`[data-do='${does}']`).click(); return Boolean(talk)"
    )
    tab.settle().wait(lambda: tab.js(script, title, do, id), f"no conversation {title}")


# --- in the browser ---


def test_a_conversation_is_kept_opened_again_with_its_evidence_and_gone_on_with(
    tab: Tab, url: str, records: Records
) -> None:
    reply = tab.ask("长春2012年新农合补助标准?")
    tab.wait(lambda: tab.find(".talk.is-current"), "the turn was not kept")
    assert _talks(tab) == ["长春2012年新农合补助标准"]
    assert tab.one(".talk-open").get_attribute("aria-current") == "true"
    quote = tab.one(".card mark").text
    tab.click("#clear")
    tab.wait(lambda: not tab.find("#chat [data-testid='bot']") and not tab.find(".talk.is-current"), "not a new one")
    tab.settle()
    tab.ask("沈阳2015年的补助是多少?")
    tab.wait(lambda: len(_talks(tab)) == 2, "the second was not kept")
    tab.open(url)
    _press(tab, "长春2012年新农合补助标准", "open")
    tab.wait(lambda: tab.find(".card mark"), "no evidence")
    assert tab.settle().replies() == [reply] and tab.one(".card mark").text == quote
    tab.click("#chat a[href^='#card-1-']")
    tab.wait(lambda: tab.find(".card.is-hit"), "the mark leads nowhere")
    tab.ask("那由哪些部门负责?")
    tab.wait(lambda: _talks(tab)[0] == "长春2012年新农合补助标准", "the newest is not first")
    newest, _ = records.conversations.list(LOCAL)
    turns = records.conversations.get(newest.id, LOCAL).turns
    assert [turn.number for turn in turns] == [1, 2]
    assert turns[1].question["history"] == ["长春2012年新农合补助标准?"]
    assert turns[1].answer["scope"]["regions"] == ["长春市"]
    assert [entry.status for entry in records.audit.list()][1:3] == ["refused", "grounded"]
    _SHOTS.mkdir(exist_ok=True)
    tab.screenshot(str(_SHOTS / "history.png"))
    assert not tab.errors() and not tab.foreign_requests()


def test_they_stand_under_their_days_and_are_found_by_any_of_their_words(
    tab: Tab, url: str, records: Records, clock: _Clock
) -> None:
    for days, question in ((400, "去年问过的"), (40, "上月问过的"), (1, "昨天问过的"), (0, _HOSTILE)):
        clock.past = timedelta(days=days)
        _plant(records, question, answer=f"答复{days}: 起付线为三百元。")
    _plant(records, "别人问过的", user="李")
    tab.open(url)
    tab.wait(lambda: len(_talks(tab)) == 4, "not all are listed")
    assert tab.texts("#history-list h3") == [TODAY, YESTERDAY, EARLIER]
    hostile = tab.one(".talk-open").get_attribute("title")
    assert hostile and hostile.startswith("<script>alert(1)</script> {{7*7}}")
    assert not tab.find("#history-list :is(script, a, img, code)")
    assert serious_findings(tab) == []
    words = tab.one("#history-words :is(input, textarea)")
    words.send_keys("答复40: 三百元")
    tab.until(lambda: _talks(tab), ["上月问过的"])
    tab.says(".talk-found", "答复40")
    words.send_keys(" 没有的词")
    tab.says("#history-list", "没有找到")
    words.send_keys(Keys.CONTROL, "a")
    words.send_keys(Keys.DELETE)
    tab.wait(lambda: len(_talks(tab)) == 4, "the search does not end")
    tab.settle()
    assert not tab.errors()


def test_one_is_renamed_in_place_and_deleted_only_once_confirmed(tab: Tab, url: str, records: Records) -> None:
    keep, gone = _plant(records, "留下的一问"), _plant(records, "要删的一问")
    tab.open(url)
    _press(tab, "留下的一问", "rename")
    _name(tab, "作废", Keys.ESCAPE)
    tab.settle()
    assert _talks(tab) == ["要删的一问", "留下的一问"]
    _press(tab, "留下的一问", "rename")
    _name(tab, _HOSTILE, Keys.ENTER)
    tab.until(lambda: records.conversations.get(keep, LOCAL).title, _HOSTILE[:60])
    tab.wait(lambda: len(_talks(tab)) == 2 and _HOSTILE[:20] in _talks(tab)[1], "the list has the old name")
    _press(tab, "要删的一问", "open")
    tab.wait(lambda: tab.find("#chat [data-testid='bot']"), "it was not opened")
    _press(tab, "要删的一问", "ask")
    tab.until(lambda: tab.driver.switch_to.active_element.text, "取消")
    assert tab.one(".talk-sure:not([hidden])").text.startswith("要删的一问")
    tab.press(Keys.ENTER)
    tab.wait(lambda: not tab.find(".talk-sure:not([hidden])"), "the question stays")
    tab.settle()
    assert len(records.conversations.list(LOCAL)) == 2
    _press(tab, "要删的一问", "ask")
    tab.click(".talk-sure:not([hidden]) .talk-delete")
    tab.wait(lambda: len(_talks(tab)) == 1, "it is still listed")
    tab.wait(lambda: not tab.find("#chat [data-testid='bot']"), "it is still shown")
    assert [talk.id for talk in records.conversations.list(LOCAL)] == [keep] and gone != keep
    tab.settle()
    assert not tab.errors()


def _name(tab: Tab, words: str, key: str) -> None:
    """Type into the box of the name that is being changed."""
    tab.until(lambda: tab.driver.switch_to.active_element.get_attribute("value"), "留下的一问")
    tab.press(words, key)


def test_more_are_shown_when_asked_for(tab: Tab, url: str, records: Records) -> None:
    for n in range(53):
        _plant(records, f"第{n}问")
    tab.open(url)
    tab.wait(lambda: len(tab.find("#history-list .talk")) == 50, "not a page of them")
    tab.click(".talks-more")
    tab.wait(lambda: len(tab.find("#history-list .talk")) == 53, "no more of them")
    tab.settle()
    assert not tab.find(".talks-more")


def test_answers_come_though_the_records_are_damaged(
    shared: Tab, index: ClauseIndex, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 500)
    with start_page(_desk(index, settings, Records.open(tmp_path))) as address:
        shared.open(address)
        shared.says("#history-list", "已损坏")
        assert "240元" in shared.ask("长春2012年新农合补助标准?")
        shared.says("#composer .notice", "本次问答未能保存")
        shared.driver.get("about:blank")  # else it complains of the server that is gone, in the test after this
    assert (tmp_path / FILE_NAME).read_bytes() == b"no database " * 500


@contextmanager
def _behind_login(desk: Desk) -> Iterator[tuple[str, Gate]]:
    from argon2 import PasswordHasher

    gate = open_gate(desk.settings, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
    for name in ("甲", "乙"):
        gate.users.add(name, _WORD)
    with serving(build_service(desk, gate), "127.0.0.1", free_port()) as address:
        yield address, gate


def _log_in(tab: Tab, url: str, name: str) -> None:
    tab.driver.get(f"{url}login")
    tab.one("[name=name]").send_keys(name)
    tab.one("[name=password]").send_keys(_WORD, Keys.ENTER)
    tab.wait(lambda: tab.find("#question textarea"), "the page did not come up")
    tab.settle()


def test_nobody_opens_anothers_conversation_by_its_id(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    need_chromium()
    records = Records.open(tmp_path)
    own = settings.model_copy(update={"auth": True, "records_dir": tmp_path})
    secret = _plant(records, "甲的秘密一问", answer="甲的秘密答复", user="甲")
    _plant(records, "乙的一问", user="乙")
    with _behind_login(_desk(index, own, records)) as (address, _), browser() as tab:
        _log_in(tab, address, "乙")
        tab.until(lambda: _talks(tab), ["乙的一问"])
        for do in ("open", "delete", "rename"):
            _press(tab, "乙的一问", do, secret)
            if do == "rename":
                tab.press("改名", Keys.ENTER)
            tab.says(".talks-complaint", "没有这段对话")
            assert not tab.settle().replies()
            tab.open(address)
        tab.ask("长春2012年新农合补助标准?")
        tab.wait(lambda: len(_talks(tab)) == 2, "it was not kept")
    assert records.conversations.get(secret, "甲").title == "甲的秘密一问"
    assert [entry.user for entry in records.audit.list()] == ["乙"]


# --- without one ---


@pytest.mark.parametrize(
    ("day", "group"),
    [
        (date(2026, 3, 5), TODAY),
        (date(2026, 3, 6), TODAY),  # a clock that was ahead
        (date(2026, 3, 4), YESTERDAY),
        (date(2026, 3, 3), THIS_WEEK),
        (date(2026, 3, 2), THIS_WEEK),  # a Monday
        (date(2026, 3, 1), EARLIER),
        (date(2025, 3, 5), EARLIER),
    ],
)
def test_a_day_has_its_group(day: date, group: str) -> None:
    summary = Summary("x", "题", datetime(day.year, day.month, day.day, 9).astimezone(), 1)
    assert [(one.name, one.rows) for one in groups_of([summary], date(2026, 3, 5))] == [(group, (summary,))]


def test_a_turn_that_was_stopped_or_failed_is_in_the_audit_alone(
    index: ClauseIndex, settings: Settings, tmp_path: Path
) -> None:
    records = Records.open(tmp_path)
    desk = _desk(index, settings, records)
    answer = desk.library.chain.invoke(Question("长春2012年新农合补助标准?"))
    outcomes = (
        Turn(1, "停下的", answer, live=True),
        Turn(2, "坏了的", None, live=False, note="系统出错"),
        Turn(3, "答完的", answer, live=False, instead_of=1, told="已改为长春市"),
        Turn(4, "答完而停在建议上的", answer, live=True, whole=True),
    )
    conversation = ""
    for turn in outcomes:
        keeper = Keeper(desk, Visitor("王"), conversation, Question(turn.question))
        assert keeper.keep(turn) == keeper.keep(turn)
        conversation = keeper.keep(turn).conversation
    statuses = {entry.question: entry.status for entry in records.audit.list()}
    assert list(statuses.values()) == ["grounded", "grounded", "failed", "stopped"]
    turns = restore_turns(records.conversations.get(conversation, "王"), index)
    assert [(turn.number, turn.question, turn.told, turn.instead_of) for turn in turns] == [
        (3, "答完的", "已改为长春市", 1),
        (4, "答完而停在建议上的", "", 0),
    ]
    assert turns[0].answer and turns[0].answer.citations == answer.citations
