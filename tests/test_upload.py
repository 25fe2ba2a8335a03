"""文件库 in the browser: documents found, added after a look, replaced with their differences in sight, removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import serious_findings
from browser import Tab, browser, need_chromium, start_page
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from index.settings import Settings
from index.store import ClauseIndex
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary

_NOTICE = (
    "丽江市人民政府办公室关于加强校车安全管理的通知\n丽政办发〔2021〕77号\n各县（区）人民政府：\n现就有关事项通知如下。\n"
    "一、校车驾驶人每年参加安全培训不少于16学时，由市教育局组织。\n二、校车最高时速不得超过60公里。\n"
    "丽江市人民政府办公室\n2021年9月1日\n"
)
_HOSTILE = (  # the repairs take out tags and {{ }}, wherever they stand
    "关于做好${7*7}工作的通知\n一、按[要求](javascript:alert(1))每月报送${7*7}次，小于<b号的不报。\n"
    '二、=HYPERLINK("x")不作数。\n'
)
_PANEL = "#library-panel [data-step='{}']"


@pytest.fixture(scope="module")
def own_settings(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the index that these tests may change."""
    folder = tmp_path_factory.mktemp("upload")
    shutil.copytree(settings.index_dir, folder / "index")
    return settings.model_copy(update={"index_dir": folder / "index", "records_dir": folder / "records"})


@pytest.fixture(scope="module")
def tab(own_settings: Settings) -> Iterator[Tab]:
    need_chromium()
    with start_page(Desk(OpenLibrary(own_settings), own_settings)) as address, browser(1366, 768) as tab:
        yield tab.open(address)


@pytest.fixture
def library(tab: Tab) -> Tab:
    """The page anew, with the tab open and nothing waiting in it, whatever the test before left."""
    tab.open(str(tab.js("return location.origin")))
    tab.open_tab("文件库")
    tab.wait(lambda: tab.find(".held-table tbody tr"), "the table does not show")
    return tab


def _titles(tab: Tab) -> list[str]:
    titles: list[str] = tab.js(
        "return [...document.querySelectorAll('.held-table tbody .held-title a')].map((each) => each.innerText)"
    )
    return titles


def _send(tab: Tab, *files: Path, button: str = "#adding") -> str:
    """Choose files and return what the page tells of them."""
    box = tab.wait(lambda: tab.js(f"return document.querySelector('{button} input[type=file]')"), "no button for files")
    box.send_keys("\n".join(map(str, files)))
    return _panel(tab, "previews")


def _panel(tab: Tab, step: str) -> str:
    text: str = tab.wait(lambda: tab.one(_PANEL.format(step)).text, f"the panel does not say: {step}", 60)
    tab.settle()
    return text


def _press(tab: Tab, deed: str, within: str = "#library-panel") -> None:
    tab.settle().click(f"{within} [data-do='{deed}']:not([disabled])")


def _row(tab: Tab, words: str) -> str:
    """Return a selector of the row whose title has the words."""
    at = next(n for n, title in enumerate(_titles(tab), 1) if words in title)
    return f".held-table tbody tr:nth-child({at})"


def test_the_table_is_searched_filtered_and_sorted(library: Tab) -> None:
    tab = library
    all_titles = _titles(tab)
    assert len(all_titles) == 5 and "201 条" in tab.one(".held-count").text
    tab.one("#library-words textarea, #library-words input").send_keys("黑政办规 2017 25号")
    tab.wait(lambda: len(_titles(tab)) == 1, "the search does not narrow")
    listed = tab.js("return fetch(document.querySelector('.held-export').href).then((r) => r.text())")
    assert listed.splitlines()[0].lstrip("\ufeff").startswith("编号,标题") and len(listed.splitlines()) == 2
    assert "医疗联合体" in _titles(tab)[0] and "文件库共 5 份" in tab.one(".held-count").text
    _press(tab, "clear", "#library-table")
    tab.until(lambda: _titles(tab), all_titles)
    tab.choose("#library-places", "长春市 (1)")
    tab.wait(lambda: len(_titles(tab)) == 1 and "长春" in _titles(tab)[0], "the place does not narrow")
    _press(tab, "clear", "#library-table")
    tab.wait(lambda: _titles(tab) == all_titles and not tab.find("#library-places .token"), "the place stays chosen")
    tab.js("document.querySelector(\"[data-column='leaves']\").click()")  # a redraw moves what a pointer would hit
    tab.wait(lambda: tab.find("th.held-leaves[aria-sort='descending']"), "the order does not change")
    leaves = tab.js("return [...document.querySelectorAll('td.held-leaves')].map((each) => +each.innerText)")
    assert leaves == [63, 47, 39, 30, 22]
    tab.until(lambda: tab.js("return document.activeElement.dataset.column"), "leaves")
    tab.click(".held-facts summary")
    tab.says(".held-facts", "清洗", "004_929589d5c5583609.txt")
    assert tab.find(".held-table .standing")[0].get_attribute("title")
    tab.click(".held-acts button[data-read]")
    tab.wait(lambda: tab.find("dialog[open] .reader-text"), "the document does not open")
    tab.press(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("dialog[open]"), "the document does not close")
    tab.settle()
    assert tab.errors() == [] and tab.foreign_requests() == []


def test_files_are_looked_at_put_right_and_confirmed(library: Tab, own_settings: Settings, tmp_path: Path) -> None:
    tab = library
    good, bad, odd = (
        tmp_path / "校车通知.txt",
        tmp_path / "图片.txt",
        tmp_path / "a'<img src=x onerror=window.hit=1>&.txt",
    )
    good.write_text(_NOTICE, "utf-8")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    odd.write_text(_HOSTILE, "utf-8")
    told = _send(tab, good, bad, odd)
    assert "新增 2, 跳过 1" in told and "PNG" in told
    assert "丽政办发〔2021〕77号" in told and "清洗" in told and "条款层级 (2 条)" in told
    assert "没有读到文号、地区、年份" in told
    assert len(ClauseIndex.open_clauses(own_settings).documents) == 5
    assert serious_findings(tab) == []
    tab.js("document.querySelectorAll('#library-panel details').forEach((each) => { each.open = true; })")
    titles = [form.find_element(By.NAME, "title").get_attribute("value") for form in tab.find("form.correcting")]
    form = tab.find("form.correcting")[titles.index("关于做好${7*7}工作的通知")]
    form.find_element(By.NAME, "region").send_keys("云南省丽江市")
    form.find_element(By.NAME, "year").send_keys("2018", Keys.ENTER)
    tab.wait(lambda: "云南省丽江市\n年份\n2018" in _panel(tab, "previews"), "the correction does not show")
    tab.until(lambda: tab.js("return document.activeElement.id"), "library-panel-title")
    assert len(ClauseIndex.open_clauses(own_settings).documents) == 5
    _press(tab, "confirm")
    assert "新增 2" in _panel(tab, "told")
    tab.wait(lambda: len(_titles(tab)) == 7, "the table does not follow")
    assert "关于做好${7*7}工作的通知" in _titles(tab) and not tab.js("return window.hit")
    tab.says("#part-header", "已收录 7 件")
    held = {doc.year: doc for doc in ClauseIndex.open_clauses(own_settings).documents}[2018]
    assert held.region == ("云南省", "丽江市") and held.doc_id.startswith("lijiang-2018-")
    assert not list((own_settings.records_dir / "staging").iterdir())
    tab.open_tab("问答")
    assert "60公里" in tab.ask("丽江2021年校车最高时速是多少?")
    assert tab.errors() == []


def test_a_document_is_replaced_with_the_differences_in_sight(
    library: Tab, own_settings: Settings, tmp_path: Path
) -> None:
    tab = library
    _press(tab, "replace", _row(tab, "校车"))
    assert "丽政办发〔2021〕77号" in _panel(tab, "replacing")
    file = tmp_path / "修订稿.txt"
    file.write_text(_NOTICE.replace("60公里。\n", "50公里。\n三、校车须安装行驶记录仪。\n"), "utf-8")
    told = _send(tab, file, button="#library-chooser")
    assert "更新 1" in told and "与现有版本不同的条款 (2 处)" in told
    assert tab.texts("#library-panel del") == ["60公"]
    assert tab.texts("#library-panel ins") == ["50公", "三、校车须安装行驶记录仪。"]
    assert serious_findings(tab) == []
    _press(tab, "confirm")
    assert "更新 1" in _panel(tab, "told")
    clause = ClauseIndex.open_clauses(own_settings).find("lizhengbanfa-2021-77.2")
    assert clause is not None and "50公里" in clause.text  # type: ignore[union-attr]
    assert tab.errors() == []


def test_a_document_goes_only_when_that_is_confirmed(library: Tab, own_settings: Settings) -> None:
    tab = library
    _press(tab, "remove", _row(tab, "校车"))
    told = _panel(tab, "removal")
    assert "关于加强校车安全管理的通知》 丽政办发〔2021〕77号" in told and "3 条条款" in told and "须重新加入" in told
    _press(tab, "cancel")
    tab.wait(lambda: not tab.find(_PANEL.format("removal")), "the question stays")
    assert len(ClauseIndex.open_clauses(own_settings).documents) == 7
    _press(tab, "remove", _row(tab, "长春"))
    assert "重建索引时会再收进来" in _panel(tab, "removal")
    _press(tab, "remove", _row(tab, "校车"))
    tab.wait(lambda: "校车" in _panel(tab, "removal"), "the question does not change")
    assert serious_findings(tab) == []
    doing = tab.js(  # both at once, whatever the server does
        "const b = document.querySelector('[data-do=removed]'); b.click(); "
        "return [b.textContent, document.querySelector('.held-table tr[data-doing]').innerText]"
    )
    assert doing[0] == "正在移除…" and "校车" in doing[1]
    told = _panel(tab, "told")
    assert "移除 1" in told and "关于加强校车安全管理的通知" in told and ".txt" not in told
    tab.wait(lambda: len(_titles(tab)) == 6, "the table does not follow")
    assert not [title for title in _titles(tab) if "校车" in title]
    assert tab.errors() == []


def test_the_buttons_are_gone_when_the_settings_say_so(own_settings: Settings) -> None:
    need_chromium()
    closed = own_settings.model_copy(update={"upload": False})
    with start_page(Desk(OpenLibrary(closed), closed)) as address, browser(390, 844) as tab:
        tab.open(address)
        tab.open_tab("文件库")
        tab.wait(lambda: tab.find(".held-table tbody tr"), "the table does not show")
        assert tab.js("return document.querySelector('#adding input[type=file]')") is None
        assert not tab.find("[data-do='replace'], [data-do='remove']") and tab.find("[data-read]")
        assert tab.js("return document.documentElement.scrollWidth <= innerWidth") and serious_findings(tab) == []
