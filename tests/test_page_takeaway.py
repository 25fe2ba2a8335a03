"""An official takes an answer and a conversation away: real page, real records, real files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from browser import Tab, browser, start_page
from selenium.webdriver.common.keys import Keys

from index.settings import Settings
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.records import Records

_SHOTS = Path(__file__).parent / "screenshots"
_FIRST = "长春2012年新农合补助标准是多少? {{7*7}} <b>加粗</b>"
_SECOND = "长春2012和内蒙古2016的补助标准各是多少"
_MINUTE = 60.0


@pytest.fixture(scope="module")
def desk(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    own = settings.model_copy(update={"llm_base_url": None, "llm_model": None})
    return Desk(OpenLibrary(own), own, Records.open(tmp_path_factory.mktemp("records")))


@pytest.fixture(scope="module")
def tab(desk: Desk) -> Iterator[Tab]:
    with start_page(desk) as url, browser() as opened:
        yield opened.open(url)


def _download(tab: Tab, folder: Path, css: str) -> Path:
    """Click, and return the one file that comes of it."""
    folder.mkdir()
    tab.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    tab.settle().click(css, -1)
    done = tab.wait(lambda: [p for p in folder.iterdir() if p.suffix in (".docx", ".md")], "no file came", _MINUTE)
    assert len(done) == 1
    return Path(done[0])


def _pasted(tab: Tab) -> str:
    """What the clipboard holds, as the box for questions gets it."""
    tab.box.send_keys(Keys.CONTROL, "v")
    text = str(tab.wait(lambda: tab.box.get_attribute("value"), "nothing was pasted"))
    tab.box.send_keys(Keys.CONTROL, "a")
    tab.box.send_keys(Keys.BACKSPACE)
    tab.until(lambda: tab.box.get_attribute("value"), "")
    return text


def test_answers_and_conversations_are_taken_away_by_one_click_each(tab: Tab, desk: Desk, tmp_path: Path) -> None:
    tab.click("#clear")
    tab.settle()
    assert not tab.find("button.take")  # there is nothing to take away yet
    tab.ask(_FIRST, _MINUTE)
    word = _download(tab, tmp_path / "word", "#chat button[name='take.docx.1']")
    assert word.name.startswith("政策问答_长春2012年新农合补助标准是多少") and "<" not in word.name
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(word)).paragraphs)
    assert _FIRST in text and "240元" in text and "第二部分第(一)项第3条" in text
    tab.until(lambda: tab.one("#chat button[name='take.docx.1']").text, "导出 Word")  # its words come back

    tab.ask(_SECOND, _MINUTE)
    markdown = _download(tab, tmp_path / "markdown", "#takeaway button[name='take.md.all']").read_text("utf-8")
    assert markdown.index("第1问") < markdown.index("第2问") and _SECOND in markdown and "| 长春市2012年 |" in markdown
    assert r"{{7\*7}} \<b\>加粗" in markdown
    whole = _download(tab, tmp_path / "whole", "#takeaway button[name='take.docx.all']")
    assert "word/footnotes.xml" in zipfile.ZipFile(io.BytesIO(whole.read_bytes())).namelist()
    assert len(docx.Document(str(whole)).tables) == 1

    tab.settle().flash("#chat button[name='take.txt.2']", "已复制")
    assert f"问：{_SECOND}" in _pasted(tab)
    tab.settle()
    assert not tab.errors() and not tab.foreign_requests()
    _SHOTS.mkdir(exist_ok=True)
    tab.screenshot(str(_SHOTS / "takeaway.png"))


def test_the_line_follows_the_conversation_that_is_open(tab: Tab, tmp_path: Path) -> None:
    tab.settle().click("#clear")
    tab.wait(lambda: not tab.find("#takeaway button.take"), "the buttons of the old conversation stay", _MINUTE)
    tab.settle().click("#history-list .talk-open")
    tab.wait(lambda: tab.find("#takeaway button.take"), "it cannot be taken away", _MINUTE)
    opened = _download(tab, tmp_path / "opened", "#takeaway button[name='take.md.all']").read_text("utf-8")
    assert _SECOND in opened and "第2问" in opened
    one = _download(tab, tmp_path / "one", "#chat button[name='take.md.1']")
    assert "第2问" not in one.read_text("utf-8") and "240元" in one.read_text("utf-8")


def test_what_cannot_be_taken_away_is_said_above_the_conversation(tab: Tab, desk: Desk) -> None:
    assert desk.records is not None
    for summary in desk.records.conversations.list("本机"):
        desk.records.conversations.delete(summary.id, "本机")  # in another window
    tab.settle().click("#chat button[name='take.docx.1']")
    said = tab.wait(lambda: tab.one("#takeaway .take-said").text, "nothing was said", _MINUTE)
    assert said.startswith("没有这段对话")
    assert tab.one("#takeaway .take-said").get_attribute("role") == "status"


def test_where_nothing_is_kept_no_export_is_offered(settings: Settings) -> None:
    own = settings.model_copy(update={"llm_base_url": None, "llm_model": None})
    with start_page(Desk(OpenLibrary(own), own)) as url, browser(390, 844) as tab:
        tab.open(url)
        tab.ask(_SECOND, _MINUTE)
        assert not [button for button in tab.find("button.take") if button.is_displayed()]
