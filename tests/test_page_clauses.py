"""The tab 条款检索 in a real browser over planted documents: what somebody does who looks for clauses."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from axe import serious_findings
from browser import Tab, browser, need_chromium, start_page
from selenium.webdriver.common.keys import Keys

from index.build import build_index
from index.rows import checksum
from index.settings import Settings
from index.store import ClauseIndex
from index.version import current_folder
from rag.clauses.find import find_clauses
from rag.clauses.types import ClauseQuery
from rag.page.clauses.view import render_found
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.page.words.say import english

_HOSTILE = '<script>window.hurt=1</script><img src=x onerror="window.hurt=2"> {{7*7}} ${7*7} [a](javascript:alert(1))'
_STAND_IN = "某" * len(_HOSTILE)  # reading would take the code out, so it is put into what was read
_FORMULA = '=HYPERLINK("http://a.example","点此")'
_DOCS = {
    "a.txt": "杭政发〔2021〕7号\n杭州市人民政府关于加强养老服务的通知\n各区人民政府：\n为加强养老服务，现通知如下。\n"
    "一、新建社区食堂20个，每餐补助3元。(市财政局牵头，市民政局配合)\n"
    "二、护理员每月津贴500元，困难老年人每月补贴200元。(市民政局、市财政局负责)\n"
    "杭州市人民政府\n2021年3月5日\n",
    "b.txt": "苏府办〔2020〕5号\n苏州市人民政府关于垃圾分类的通知\n各区人民政府：\n为做好垃圾分类，现通知如下。\n"
    "一、设置回收站点100处，按时清运。(市财政局、市城市管理局负责)\n"
    f"二、宣传口号不得含有{_STAND_IN}等内容。\n三、表格不得填写{_FORMULA}。\n苏州市人民政府\n2020年6月1日\n",
    "c.txt": "=社区站点管理办法\n"
    + "".join(f"第{han}条 站点应当保持清洁，第{n}次检查应当记录。\n" for n, han in enumerate("一二三四五六七八九", 1))
    + "".join(
        f"第十{han}条 站点应当按时开放，第{n}次检查应当公示。\n" for n, han in enumerate("一二三四五六七八九", 11)
    )
    + "".join(f"第二十{han}条 站点应当登记，第{n}次检查应当通报。\n" for n, han in enumerate("一二三四五六七八九", 21)),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    folder = tmp_path_factory.mktemp("条款")
    (folder / "seeds").mkdir()
    for name, text in _DOCS.items():
        (folder / "seeds" / name).write_text(text, "utf-8")
    own = settings.model_copy(update={"seeds_dir": folder / "seeds", "index_dir": folder / "index"})
    build_index(own)
    (store,) = current_folder(own.index_dir).glob("seg-*/clauses.sqlite")
    _put_in(store, _STAND_IN, _HOSTILE)
    return own


def _put_in(store: Path, old: str, new: str) -> None:
    """Replace a text in the documents by one of the same length."""
    with closing(sqlite3.connect(store)) as db, db:
        quoted = json.dumps(new, ensure_ascii=False)[1:-1]
        ((number, body),) = db.execute("select number, body from bodies where instr(body, ?)", (old,)).fetchall()
        body = body.replace(old, quoted)
        db.execute("update bodies set body = ?, sum = ? where number = ?", (body, checksum(number, body), number))


@pytest.fixture(scope="module")
def url(own: Settings) -> Iterator[str]:
    need_chromium()
    with start_page(Desk(OpenLibrary(own), own)) as address:
        yield address


@pytest.fixture(scope="module")
def shared(url: str) -> Iterator[Tab]:
    with browser() as tab:
        tab.open(url)
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str) -> Iterator[Tab]:
    """The tab with all clauses listed; when the test is over nothing may have gone wrong in the browser."""
    _visit(shared, url, "tab=clauses")
    yield shared
    assert shared.js("return window.hurt") is None
    assert shared.errors() == [] and shared.foreign_requests() == []


def _visit(tab: Tab, url: str, query: str) -> None:
    tab.driver.get(f"{url}?{query}")
    tab.wait(lambda: tab.find("#found-heading"), "the results did not come")
    tab.settle()


def _search(tab: Tab, words: str) -> None:
    """Type into the search line and press Enter; wait for the results of these words."""
    _enter(tab, "#clauses-words", words)
    tab.until(lambda: _asked(tab).get("q", [""]), [words])
    tab.settle()


def _enter(tab: Tab, field: str, words: str) -> None:
    """Type into a field in place of what is in it, and press Enter."""
    tab.one(f"{field} :is(input, textarea)").send_keys(Keys.CONTROL, "a")
    tab.enter(f"{field} :is(input, textarea)", words)


def _asked(tab: Tab) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tab.one(".found").get_attribute("data-address") or "").query)


def _heading(tab: Tab) -> str:
    return tab.one("#found-heading").text


def _comes(tab: Tab, heading: str) -> None:
    """Wait for results under a heading, and until all that is drawn with them stands."""
    tab.until(lambda: _heading(tab), heading)
    tab.settle()


def _texts(tab: Tab) -> list[str]:
    return tab.texts(".found-list:not(.is-near) .found-text")


def _close(tab: Tab) -> None:
    """Close the document that is open, by Esc."""
    tab.one("dialog[open]").send_keys(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("dialog[open]"), "the document stayed open")


def test_words_are_searched_by_enter_marked_and_put_into_the_address(tab: Tab, url: str) -> None:
    _search(tab, "补助 元")
    assert _heading(tab) == "共 2 条" and tab.one(".found-note").text == "其中 1 条原文含有全部词语"
    assert tab.texts(".found-list:not(.is-near) mark") == ["补助3元", "500元", "补贴200元"]
    assert "同义说法" in tab.one(".found-divider").text
    tab.until(lambda: tab.js("return document.activeElement.id"), "found-heading")
    hit = tab.one(".found-hit").text
    for said in (
        "一、",
        "《杭州市人民政府关于加强养老服务的通知》",
        "杭政发〔2021〕7号",
        "浙江省杭州市",
        "2021年",
        "市财政局(牵头)",
        "20个、3元",
    ):
        assert said in hit, said
    tab.until(lambda: tab.query, {"tab": ["clauses"], "q": ["补助 元"]})
    _visit(tab, url, "tab=clauses&q=%E6%8A%A4%E7%90%86%E5%91%98&sort=newest")  # a link from a colleague
    assert _texts(tab)[0].startswith("二、护理员")
    assert tab.one("#clauses-words :is(input, textarea)").get_attribute("value") == "护理员"
    assert tab.one("#clauses-sort input").get_attribute("value") == "发文日期由近到远"


def test_filters_narrow_show_their_counts_and_go_by_one_click(tab: Tab) -> None:
    whole = _heading(tab)
    tab.choose("#clauses-departments", "财政局 (3)")
    _comes(tab, "共 3 条")
    assert _texts(tab)[0].startswith("一、新建社区食堂")  # the lead first
    tab.choose("#clauses-years", "2020 (1)")
    _comes(tab, "共 1 条")
    assert tab.texts(".found-active span") == ["年份", "责任部门"]
    tab.click(".found-active a")
    _comes(tab, "共 3 条")
    assert "year" not in _asked(tab) and _asked(tab)["department"] == ["财政局"]
    assert tab.find("#clauses-years .token") == []
    tab.click(".found-clear")
    _comes(tab, whole)
    assert tab.find("#clauses-years .token") == []


def test_the_clauses_that_one_department_leads(tab: Tab) -> None:
    tab.choose("#clauses-departments", "财政局 (3)")
    _comes(tab, "共 3 条")
    assert tab.texts("#clauses-role label") == ["全部 (3)", "牵头 (1)", "参与 (0)"]
    tab.js("document.querySelectorAll('#clauses-role input')[1].click()")
    _comes(tab, "共 1 条")
    assert _asked(tab)["role"] == ["lead"] and "市财政局(牵头)" in tab.one(".found-hit").text
    assert tab.texts(".found-active a")[1].split() == ["责任分工", "牵头", "×"]
    assert len(_exported(tab)) == 1
    tab.js("document.querySelectorAll('#clauses-role input')[2].click()")
    tab.says("#found-heading", "没有找到")
    tab.settle()
    tab.click(".found-none a")
    tab.wait(lambda: "role" not in _asked(tab) and _heading(tab) != "", "the offer led nowhere")
    tab.until(lambda: tab.js("return document.querySelector('#clauses-role input:checked').value"), "")


def test_the_filters_less_used_are_folded_but_open_when_set(tab: Tab, url: str) -> None:
    assert not [each for each in tab.find("#clauses-kinds") if each.is_displayed()]
    _visit(tab, url, "tab=clauses&unit=%E5%A4%84")
    tab.wait(lambda: tab.one("#clauses-units .token").is_displayed(), "a filter in force is hidden")
    tab.until(lambda: _heading(tab), "共 1 条")


def test_a_range_of_figures_and_its_complaint(tab: Tab) -> None:
    _enter(tab, "#clauses-figure", "100-300元")
    _comes(tab, "共 1 条")
    assert tab.texts("mark") == ["200元"]
    _enter(tab, "#clauses-figure", "不少")
    tab.says("#found-heading", "读不懂数字“不少”")
    tab.settle()
    assert tab.one("#clauses-figure :is(input, textarea)").get_attribute("value") == "不少"  # nothing typed is lost


def test_pages_and_sorting(tab: Tab) -> None:
    _search(tab, "站点")
    assert "第 1 页, 共 2 页" in _heading(tab)
    first = _texts(tab)
    assert len(first) == 20
    tab.click(".found-pages a")
    tab.says("#found-heading", "第 2 页")
    tab.settle()
    assert not set(first) & set(_texts(tab)) and _asked(tab)["page"] == ["2"]
    assert tab.one(".found-n").text == "21"
    tab.until(lambda: tab.js("return document.activeElement.id"), "found-heading")
    tab.click("#clauses-sort input")
    tab.pick("发文日期")
    tab.until(lambda: _asked(tab).get("sort"), ["newest"])
    tab.settle()
    assert "page" not in _asked(tab) and "苏府办〔2020〕5号" in tab.one(".found-hit").text


def test_nothing_found_offers_what_to_drop_and_the_nearest_stand_apart(tab: Tab) -> None:
    _search(tab, "护理员 清运")
    assert "没有找到" in _heading(tab)
    assert set(tab.texts(".found-none li")) == {"去掉检索词“护理员” 共 1 条", "去掉检索词“清运” 共 1 条"}
    assert "意思相近" in tab.one(".found-divider").text and tab.find(".is-near .found-hit")
    tab.click(".found-none li a")
    tab.until(lambda: _heading(tab), "共 1 条")


def test_text_of_documents_is_never_markup(tab: Tab) -> None:
    _search(tab, "宣传口号")
    assert any(_HOSTILE in text for text in _texts(tab))
    assert tab.find(".found img, .found script, .found a[href^='javascript']") == []
    _search(tab, "<img src=x onerror=window.hurt=3> {{7*7}} ${7*7}")
    assert tab.find(".found img") == [] and "49" not in tab.one(".found").text


def test_a_clause_is_read_cited_and_asked_about(tab: Tab, url: str) -> None:
    _search(tab, "护理员")
    tab.click(".found-tools [data-read]")
    tab.says("dialog[open]", "护理员每月津贴500元")
    _close(tab)
    tab.until(lambda: tab.query, {"tab": ["clauses"], "q": ["护理员"]})
    read = tab.one(".found-tools [data-read]").get_attribute("data-read")
    _visit(tab, url, f"tab=clauses&q=%E6%8A%A4%E7%90%86%E5%91%98&clause={read}")  # a link to a clause within a search
    tab.wait(lambda: tab.find("dialog[open] .reader-text"), "the document is not open")
    _close(tab)
    tab.until(lambda: tab.query, {"tab": ["clauses"], "q": ["护理员"]})
    copied = tab.one(".found-tools [data-copy]").get_attribute("data-copy")
    assert copied is not None and copied.startswith("《杭州市人民政府关于加强养老服务的通知》(杭政发〔2021〕7号)第二")
    tab.click(".found-tools [data-about]")
    tab.until(lambda: tab.box.get_attribute("value"), "杭政发〔2021〕7号 二、: ")
    tab.wait(
        lambda: tab.box.is_displayed() and tab.js("return document.activeElement.tagName") == "TEXTAREA", "no focus"
    )
    tab.wait(lambda: "tab" not in tab.query, "the address still names the search")
    tab.settle().box.send_keys("津贴是多少?")
    assert "500元" in tab.ask("")


def test_all_matches_are_exported_by_one_click(tab: Tab, url: str) -> None:
    _search(tab, "点此")
    rows = _exported(tab)
    assert len(rows) == 1 and any(_FORMULA in cell for cell in rows[0])
    _search(tab, "站点")
    total = int(re.findall(r"\d+", _heading(tab))[0])
    rows = _exported(tab)
    assert len(rows) == total > 20
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    with urlopen(_links(tab)["Excel"]) as reply:
        from openpyxl import load_workbook

        sheet = load_workbook(io.BytesIO(reply.read())).worksheets[0]
    assert sheet.max_row - 1 == total
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}  # none is a formula


def _links(tab: Tab) -> dict[str, str]:
    return {each.text: each.get_attribute("href") or "" for each in tab.find(".found-export a")}


def _exported(tab: Tab) -> list[list[str]]:
    """Return the rows of the CSV that the page offers, without its heading."""
    with urlopen(_links(tab)["CSV"]) as reply:
        assert "attachment" in reply.headers["Content-Disposition"]
        return list(csv.reader(io.StringIO(reply.read().decode("utf-8-sig"))))[1:]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
def test_the_tab_fits_and_is_accessible(tab: Tab, url: str, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 900}
    tab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        _visit(tab, url, "tab=clauses&q=%E7%AB%99%E7%82%B9&department=%E8%B4%A2%E6%94%BF%E5%B1%80")
        assert tab.js("return document.documentElement.scrollWidth") <= width
        assert serious_findings(tab) == []
        if width < 900:
            assert not tab.one("#clauses-places").is_displayed()
            tab.click("#clauses-fold")
            tab.wait(lambda: tab.one("#clauses-places").is_displayed(), "the filters did not unfold")
    finally:
        tab.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# --- without a browser ---


def test_every_word_of_the_tab_has_its_english() -> None:
    folder = Path(__file__).parent.parent / "rag" / "page" / "clauses"
    said = {text for file in folder.glob("*.html") for text in re.findall(r'_\("([^"]+)"', file.read_text("utf-8"))}
    code = (folder / "tab.py").read_text("utf-8")
    said |= set(re.findall(r'label\("([^"]+)"\)', code)) | set(
        re.findall(r'^_\w+ = "([^"]*[\u4e00-\u9fff][^"]*)"$', code, re.M)
    )
    assert said and not said - set(english())


def test_a_result_is_told_in_english(own: Settings) -> None:
    index = ClauseIndex.open(own)
    shown = render_found(find_clauses(index, ClauseQuery("站点")), ClauseQuery("站点"), index, "en")
    told = re.sub(r'<ol.*?</ol>|"[^"]*"', "", shown, flags=re.S)
    assert "28 clauses" in told and not re.findall(r"[\u4e00-\u9fff]", re.sub(r"<[^>]+>", "", told))
