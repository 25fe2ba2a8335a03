"""The page over the real index, in a real browser: what an official does first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Tab, browser, need_chromium, start_page
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library

pytestmark = pytest.mark.usefixtures("chromium")


@pytest.fixture(scope="module")
def chromium() -> None:
    need_chromium()


@pytest.fixture(scope="module")
def url(index: ClauseIndex, settings: Settings) -> Iterator[str]:
    library = Library(build_chain(index, settings), Catalog.from_documents(index.documents), index)
    with start_page(Desk(library, settings)) as address:
        yield address


@pytest.fixture
def tab(url: str) -> Iterator[Tab]:
    with browser(1366, 768) as tab:
        tab.open(url)
        yield tab


def test_a_question_is_answered_with_its_clause_highlighted(tab: Tab) -> None:
    assert "每人每年240元" in tab.ask("长春2012年新农合补助标准?")
    tab.click("a[href^='#card-']")
    marked = tab.wait(
        lambda: tab.js("return document.querySelector('#evidence mark')?.textContent"), "no quote is marked"
    )
    assert "每人每年240元" in marked
    card = tab.js("return document.querySelector('#evidence').innerText")
    assert "长府办发〔2012〕33号" in card
    assert "changfubanfa-2012-33.2.1.3" in card
    assert tab.errors() == []
    assert tab.foreign_requests() == []


def test_what_is_not_held_is_refused_with_what_is(tab: Tab) -> None:
    reply = tab.ask("沈阳2012年新农合补助标准?")
    assert "不包含沈阳市" in reply
    assert "长春市2012年" in reply
    assert "240元" not in reply.split("最接近的条款(未采用)")[0]


def test_a_follow_up_keeps_its_place(tab: Tab) -> None:
    assert "15%以上" in tab.ask("内蒙古2016年城市家庭医生签约覆盖率目标是多少?")
    assert "30%以上" in tab.ask("那重点人群呢?")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("长春2012年新农合补助标准?", ("新农合", "63 条", "可以作答", "数字 相符", "编码")),
        ("长春公积金贷款额度是多少?", ("不作答", "疑点", "公积金")),
    ],
)
def test_the_panel_opens_by_keyboard_and_says_how_the_answer_came_about(
    tab: Tab, question: str, said: tuple[str, ...]
) -> None:
    tab.ask(question)
    panel = tab.one(".turn-now details.trace")
    assert panel.get_attribute("open") is None
    assert panel.text.startswith("检索过程")
    panel.find_element(By.CSS_SELECTOR, "summary").send_keys(Keys.ENTER)
    tab.wait(lambda: panel.get_attribute("open"), "the panel did not open")
    tab.says(".turn-now details.trace", *said)
    assert tab.js("const box = arguments[0]; return box.scrollWidth <= box.clientWidth", panel)
    assert tab.errors() == []
