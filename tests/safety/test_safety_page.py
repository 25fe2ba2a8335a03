"""What hostile documents hold is text on the page and in all that is taken away: nothing runs, nothing is fetched, no cell counts."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator

import httpx
import openpyxl
import pytest
from browser import Tab, browser, need_chromium
from guarded import ADMIN_NAME, ADMIN_WORD, Attacked
from selenium.webdriver.common.keys import Keys

_ASKED = "某县2031年补贴每人每年多少元?"
# Elements that would run or fetch what a document says.
_LIVE = (
    "return [...document.querySelectorAll('img, iframe, object, embed, script, svg, a, link, form, base, meta, video, audio')]"
    ".filter((each) => (each.src || each.href?.baseVal || each.href || each.action || '').startsWith(arguments[0])"
    " || /^javascript:/i.test(each.href || '') || each.getAttributeNames().some((name) => name.startsWith('on')))"
    ".map((each) => each.outerHTML.slice(0, 200))"
)


@pytest.fixture(scope="module")
def tab(attacked: Attacked) -> Iterator[Tab]:
    """The page, logged in, with a question about the hostile documents answered."""
    need_chromium()
    with browser(1366, 768) as tab:
        tab.driver.get(attacked.served.url)
        tab.wait(lambda: tab.find("#password"), "there is no log-in page")
        tab.one("#name").send_keys(ADMIN_NAME)
        tab.one("#password").send_keys(ADMIN_WORD + Keys.ENTER)
        tab.wait(lambda: tab.find("#question textarea"), "the page did not come up")
        assert "77元" in tab.settle().ask(_ASKED)
        yield tab


def _assert_inert(tab: Tab, attacked: Attacked) -> None:
    assert tab.settle().js("return typeof window.planted") == "undefined"
    assert tab.js(_LIVE, attacked.trap.url) == []
    assert [url for url in tab.foreign_requests() if not url.startswith(attacked.served.url)] == []
    assert attacked.trap.asked == []


def test_an_answer_runs_and_fetches_nothing(tab: Tab, attacked: Attacked) -> None:
    assert "要求" in tab.one("body").text
    _assert_inert(tab, attacked)


def test_a_document_that_is_read_runs_and_fetches_nothing(tab: Tab, attacked: Attacked) -> None:
    tab.driver.get(f"{attacked.served.url}?clause={attacked.doc_ids[0]}.5")
    tab.says("body", "<svg/onload=planted=5>")
    _assert_inert(tab, attacked)


@pytest.mark.parametrize("name", ["文件库", "审计"])
def test_no_tab_runs_or_fetches_anything(tab: Tab, attacked: Attacked, name: str) -> None:
    tab.open(attacked.served.url).open_tab(name)
    tab.says("body", "某县")
    _assert_inert(tab, attacked)


@pytest.fixture(scope="module")
def taken(tab: Tab, attacked: Attacked) -> Iterator[httpx.Client]:
    with attacked.served.logged_in() as client:
        yield client


def _conversation(attacked: Attacked) -> str:
    records = attacked.served.desk.records
    assert records is not None
    return records.conversations.list(ADMIN_NAME)[0].id


def test_word_takes_nothing_from_elsewhere(taken: httpx.Client, attacked: Attacked) -> None:
    content = taken.get(f"/export/conversation/{_conversation(attacked)}.docx").content
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name: container.read(name).decode("utf-8", "replace") for name in container.namelist()}
    assert "77元" in re.sub(r"<[^>]+>", "", parts["word/document.xml"])
    for name, text in parts.items():
        assert 'TargetMode="External"' not in text and "<script" not in text and "vbaProject" not in name
        assert not re.search(r"instrText[^<]*>[^<]*(?:HYPERLINK|INCLUDE|DDE)", text)


def test_markdown_is_text(taken: httpx.Client, attacked: Attacked) -> None:
    text = taken.get(f"/export/conversation/{_conversation(attacked)}.md").text
    assert "77元" in text
    bare = re.sub(r"\\.", "", re.sub(r"&lt;|&#60;", "", text))
    assert not re.search(r"!\[|\]\((?!#)|<(?:img|script|svg|iframe|a)\b", bare, re.I), bare


@pytest.mark.parametrize("path", ["clauses.csv", "documents.csv", "audit.csv", "feedback.csv"])
def test_no_cell_of_a_table_is_a_formula(taken: httpx.Client, path: str) -> None:
    answer = taken.get(f"/export/{path}", params={"q": ""})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) > 1 or path == "feedback.csv"
    assert [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell)] == []


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(taken: httpx.Client) -> None:
    content = taken.get("/export/clauses.xlsx", params={"q": "不作数"}).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
