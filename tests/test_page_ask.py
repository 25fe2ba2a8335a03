"""Asking as a user does it: the scope mended by a click, a refusal that helps, a comparison, what to ask next, many at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

import pytest
from browser import Tab, browser, need_chromium, start_page
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.types import Question

_SUBSIDY = "长春2012年新农合补助标准?"


@pytest.fixture(scope="module")
def url(index: ClauseIndex, settings: Settings) -> Iterator[str]:
    with start_page(Desk(OpenLibrary(settings), settings)) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    need_chromium()
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str) -> Tab:
    return shared.open(url)


def _last(tab: Tab, css: str) -> list[WebElement]:
    """Return what the newest answer holds of a kind."""
    return tab.find("#chat [data-testid='bot']")[-1].find_elements(By.CSS_SELECTOR, css)


def _tags(tab: Tab) -> list[str]:
    return [each.get_property("textContent") for each in _last(tab, "summary, .tag-name")]


def _chip(tab: Tab) -> str:
    return _last(tab, ".chip")[0].text


def _act(tab: Tab, css: str, words: str = "") -> str:
    """Click a button of the newest answer, the first of its kind or the one with the words; return what is answered."""
    before = len(tab.questions())
    script = (
        "const [css, words] = arguments, last = [...document.querySelectorAll(\"#chat [data-testid='bot']\")].at(-1);"
        "const found = [...last.querySelectorAll(css)].find((each) => !words || each.textContent === words);"
        "found?.click(); return Boolean(found)"
    )
    tab.wait(lambda: tab.js(script, css, words), f"there is no {css} {words}")
    tab.wait(lambda: len(tab.questions()) > before, "nothing was asked")
    return tab.reply()


def _drop(tab: Tab, name: str) -> str:
    return _act(tab, ".drop", f"去掉{name}")


def _choose(tab: Tab, tag: str, choice: str) -> str:
    menu = next(each for each in _last(tab, "summary") if each.text == tag)
    menu.send_keys(Keys.ENTER)  # by keyboard
    tab.wait(lambda: [each for each in _last(tab, ".choice") if each.text == choice], f"{choice} is not offered")
    return _act(tab, ".choice", choice)


def test_a_wrong_place_is_one_click_to_mend_and_stays_mended(tab: Tab) -> None:
    tab.ask(_SUBSIDY)
    assert _tags(tab) == ["长春市", "2012年"] and _chip(tab) == "有依据"
    assert _last(tab, ".why")[0].text == "数字和地区已逐句与条款核对"

    _choose(tab, "长春市", "内蒙古自治区 2016年")
    assert _tags(tab) == ["内蒙古自治区", "2016年"] and "已改为:内蒙古自治区 2016年" in tab.questions()[-1]
    assert "内蒙古自治区 · 2016年" in tab.one("#evidence .turn-now .facts").text

    tab.ask("那由谁负责?")  # a follow-up keeps what was put right, not what the words said
    assert _last(tab, ".carried")[0].text.startswith("沿用上一问")
    assert _tags(tab) == ["内蒙古自治区", "2016年"]

    _drop(tab, "2016年")
    assert _tags(tab) == ["内蒙古自治区"] and "已去掉:2016年" in tab.questions()[-1]
    _act(tab, ".carried .drop")
    assert _tags(tab) == ["全部地区"] and not _last(tab, ".carried")
    assert tab.errors() == []


def test_a_filter_before_the_question_is_told_taken_off_and_cleared(tab: Tab) -> None:
    def filters() -> str:
        return tab.one("#filters").text

    def pick() -> None:
        tab.click("#regions input")
        tab.press("长春")
        tab.wait(lambda: tab.texts("[role=option]") == ["长春市"], "it is not offered")
        tab.press(Keys.ENTER, Keys.ESCAPE)
        tab.wait(lambda: "长春市" in filters(), "the filter was not set")

    pick()
    tab.ask("内蒙古2016年居民医保补助多少?")
    assert _last(tab, ".filtered")[0].text == "按左侧筛选 长春市 查找, 问句中的 内蒙古自治区 未用"
    assert _tags(tab) == ["左侧筛选: 长春市", "2016年"]
    _drop(tab, "左侧筛选: 长春市")
    assert _tags(tab) == ["内蒙古自治区", "2016年"] and not _last(tab, ".filtered")
    tab.wait(lambda: "长春市" not in filters(), "the filter stayed at the left")
    pick()
    tab.click("#clear")
    tab.wait(lambda: "长春市" not in filters(), "a new conversation kept the filter")
    tab.settle()
    assert tab.errors() == []


def test_a_place_taken_out_does_not_come_back_from_the_words(tab: Tab) -> None:
    tab.ask(_SUBSIDY)
    _drop(tab, "长春市")
    assert _tags(tab) == ["全部地区", "2012年"]
    _drop(tab, "2012年")
    assert _tags(tab) == ["全部地区"]


def test_a_refusal_says_why_what_is_held_and_what_comes_nearest(tab: Tab) -> None:
    tab.ask("沈阳2012年新农合补助标准是多少?")
    assert (_chip(tab), _last(tab, ".why")[0].text) == ("未找到依据", "所问的地区未收录")
    assert _tags(tab) == ["沈阳市", "2012年"] and "通知" in _last(tab, ".held-facts")[0].text
    near = _last(tab, ".near-list a")[0].get_attribute("href").partition("#")[2]
    tab.click(f"#chat .near-list a[href$='#{near}']")
    tab.wait(lambda: tab.one(f"#{near}.is-hit").is_displayed(), "the link did not lead to the card")

    answer = _choose(tab, "沈阳市", "长春市")
    assert _chip(tab) == "有依据" and "240元" in answer

    tab.ask("长春2012年房屋契税的税率是多少?")
    assert _chip(tab) == "未找到依据" and "所问" in _last(tab, ".why")[0].text
    assert "长春市" in _last(tab, ".held-facts")[0].text and "2012—2024年" in _last(tab, ".held-facts")[0].text


def test_a_comparison_has_a_citation_in_each_cell_and_bars_of_cited_figures(tab: Tab) -> None:
    tab.ask("长春2012和内蒙古2016的补助标准各是多少")
    rows = _last(tab, "table tbody tr")
    assert len(rows) == 2
    for row in rows:
        cell = row.find_elements(By.CSS_SELECTOR, "td")[1]
        marks = cell.find_elements(By.CSS_SELECTOR, "a[href*='#card-']")
        assert marks and cell.text.endswith(marks[-1].text)
    bars = _last(tab, ".bar-row")
    assert len(bars) >= 2
    for bar in bars:
        value = bar.find_element(By.CSS_SELECTOR, ".bar-value").text
        for mark in bar.find_elements(By.CSS_SELECTOR, ".bar-marks a"):
            card = tab.one(f"#{mark.get_attribute('href').partition('#')[2]} mark")
            assert value in card.get_property("textContent")
    assert "240元" in [bar.find_element(By.CSS_SELECTOR, ".bar-value").text for bar in bars]


def test_what_may_be_asked_next_is_answered(tab: Tab) -> None:
    tab.ask(_SUBSIDY)
    if not _last(
        tab, ".ask"
    ):  # the first question of all loads what the rest have, and runs out of time on a busy machine
        tab.ask(_SUBSIDY)
    asks = _last(tab, ".ask")
    assert 1 <= len(asks) <= 3
    words = asks[0].text
    _act(tab, ".ask")
    assert tab.questions()[-1] == words and _chip(tab) == "有依据"


def test_menus_close_by_esc_and_by_a_click_elsewhere(tab: Tab) -> None:
    tab.ask(_SUBSIDY)
    tab.click("#chat .menu summary")
    tab.wait(lambda: tab.find("#chat .menu[open]"), "the menu does not open")
    tab.js("document.activeElement.blur()")
    tab.one("body").send_keys(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("#chat .menu[open]"), "Esc does not close the menu")
    tab.wait(lambda: tab.js("return document.activeElement.matches('#chat .menu summary')"), "the focus is lost")
    tab.click("#chat .menu summary")
    tab.wait(lambda: tab.find("#chat .menu[open]"), "the menu does not open again")
    tab.click("#question textarea")
    tab.wait(lambda: not tab.find("#chat .menu[open]"), "a click elsewhere does not close the menu")


def test_an_english_browser_is_told_in_english(url: str) -> None:
    with browser(language="en-US") as tab:
        tab.open(url).says("#chat .welcome", "Ask a question")
        tab.ask(_SUBSIDY)
        assert (_chip(tab), _last(tab, ".next-title")[0].text) == ("Grounded", "You may ask next")
        tab.wait(
            lambda: "Enter sends" in tab.one(".keys").get_property("textContent"), "the keys are not told in English"
        )


# --- many at once, without a browser ---

_QUESTIONS = (
    _SUBSIDY,
    "临沧城市医疗集团由谁牵头组建?",
    "黑龙江所有三级公立医院什么时候启动医联体建设?",
    "内蒙古2016年城乡居民医保住院报销比例是多少?",
    "沈阳2012年新农合补助标准是多少?",
)


class _Client:
    """What a browser sends to ask a question, and what it is shown."""

    def __init__(self, url: str, number: int) -> None:
        self._url = f"{url}gradio_api/"
        self._session = f"many{number}"
        config = json.load(urlopen(f"{url}config", timeout=60))
        box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "question")
        calls = config["dependencies"]
        self._begin = next(c for c in calls if [box, "submit"] in [list(target) for target in c["targets"]])
        self._answer = next(c for c in calls if c.get("trigger_after") == self._begin["id"])

    def ask(self, question: str) -> list[str]:
        """Return all that was sent to be shown while the question was answered."""
        self._post("run/predict", self._begin, [question, None, [], []])
        self._post("queue/join", self._answer, [None] * len(self._answer["inputs"]))
        told = []
        with urlopen(f"{self._url}queue/data?session_hash={self._session}", timeout=120) as stream:
            for line in stream:
                if line.startswith(b"data:"):
                    told.append(line.decode())
                if b'"process_completed"' in line:
                    return told
        raise AssertionError("the stream broke off")

    def _post(self, path: str, call: dict[str, Any], data: list[Any]) -> None:
        body = {"data": data, "fn_index": call["id"], "session_hash": self._session, "event_data": None}
        headers = {"Content-Type": "application/json", "Accept-Language": "zh-CN"}
        urlopen(Request(f"{self._url}{path}", json.dumps(body).encode(), headers), timeout=120).read()


def test_twenty_at_once_see_their_place_and_get_their_own_answers(
    url: str, index: ClauseIndex, settings: Settings
) -> None:
    chain = build_chain(index, settings)
    truth = {question: chain.invoke(Question(question)) for question in _QUESTIONS}
    asked = [_QUESTIONS[n % len(_QUESTIONS)] for n in range(20)]
    clients = [_Client(url, n) for n in range(20)]
    with ThreadPoolExecutor(21) as pool:
        streams = [pool.submit(client.ask, question) for client, question in zip(clients, asked, strict=True)]
        page = pool.submit(lambda: urlopen(url, timeout=20).status)
        told = ["".join(stream.result()) for stream in streams]
        assert page.result() == 200
    for question, words in zip(asked, told, strict=True):
        answer = truth[question]
        own = {citation.clause.clause_id for citation in answer.citations}
        cards = set(re.findall(r'id=\\"card-1-\d+\\"', words))
        assert answer.status in words and len(cards) == len(answer.citations), question
        assert all(clause_id in words for clause_id in own), question
        others = {c.clause.clause_id for o in truth.values() if o is not answer for c in o.citations} - own
        near = {c.clause.clause_id for c in (*answer.nearest, *answer.citations)}
        assert not any(f'clause-id\\" title=\\"条款编号\\">{stray}<' in words for stray in others - near), question
    assert sum("排队第" in words or "\\u6392\\u961f\\u7b2c" in words for words in told) >= 8
