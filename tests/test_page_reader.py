"""The reader: what it shows of a document, and how it is used in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe import serious_findings
from browser import Tab, browser, need_chromium, start_page
from langchain_core.runnables import RunnableLambda
from selectolax.lexbor import LexborHTMLParser
from selenium.webdriver.common.keys import Keys
from shelf import document, shelve

from index.build import read_document
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Link
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.page.reader.cut import cut
from rag.page.reader.held import held_by
from rag.page.reader.part import read
from rag.page.reader.target import Missing, Target, find_target
from rag.page.reader.text import FullText, Grid, Piece
from rag.page.words.say import english
from rag.types import Answer

_DOCUMENTS = Path(__file__).parent / "documents"
_HOSTILE = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=2"> {{7*7}} ${7*7} [a](javascript:alert(1)) '
    '=HYPERLINK("http://a.example") </section></dialog> &lt;b&gt; \'"'
)
_PLACE = ("甲省", "乙市")
_QUOTE = "每人每年补助240元"

_LINES = [
    ("0", "引言", "为做好补助工作,现通知如下。"),
    ("1", "一、", "一、补助"),
    ("1.1", "一、(一)", "(一)标准"),
    ("1.1.1", "一、(一)1", f"1.居民{_QUOTE},每人每月20元另计。"),
    ("1.1.2", "一、(一)2", "2.按照第一部分第(一)项第1条办理。原《补助办法》(乙政发〔2010〕3号)同时废止。"),
    ("1.2", "一、(二)", f"(二){_HOSTILE}"),
    ("2", "二、", "二、标准表"),
    ("2.t1", "二、表1", "档次；标准"),
    ("2.t1.1", "二、表1第1行", "档次：一档；标准：240元"),
    ("2.t1.2", "二、表1第2行", "档次：二档；标准：300元；另加20元"),
]
_NOTICE = document(
    "notice-2012-1", f"补助通知{_HOSTILE}", _LINES, doc_no="乙政发〔2012〕1号", region=_PLACE, year=2012,
    issuers=("乙市人民政府",), date_issued="2012-03-05", kind="通知",
)  # fmt: skip
_OLD = document("old-2010-3", "补助办法", [("1", "一、", "一、旧办法。")], doc_no="乙政发〔2010〕3号", region=_PLACE)
_FAR = document("far-2010-9", "补助办法", [("1", "一、", "一、别处的办法。")], region=("丙省", "丁市"))


def _linked(entry: tuple) -> tuple:
    doc, clauses = entry
    inner, outer = "第一部分第(一)项第1条", "《补助办法》(乙政发〔2010〕3号)"
    links = [
        Link(kind, target, words, doc.text.index(words), doc.text.index(words) + len(words))
        for kind, target, words in (("clause", "1.1.1", inner), ("repeals", "乙政发〔2010〕3号", outer))
    ]
    doc = replace(doc, links=tuple(links))
    first = [replace(c, doc=doc) for c in clauses]
    charged = {"1.1.1": (("市财政局", "市民政局"), "市财政局"), "1.1.2": (("市审计局", "市民政局"), None)}
    return doc, tuple(
        replace(c, departments=charged[c.path][0], lead=charged[c.path][1]) if c.path in charged else c for c in first
    )


def _long(count: int = 2000) -> tuple:
    lines = [
        line
        for n in range(1, count + 1)
        for line in ([(f"c{n}", f"第{n}章", f"第{n}章 事项{n}")] if n % 100 == 1 else [])
        + [
            (
                str(n),
                f"第{n}条",
                f"第{n}条 第{n}项事项由主管部门在{n}个工作日内办理。" + "补充说明,依照有关规定执行。" * 4,
            )
        ]
    ]
    return document("long-2020-1", "长文件", lines, region=_PLACE, year=2020)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> ClauseIndex:
    return shelve(tmp_path_factory.mktemp("shelf"), [_linked(_NOTICE), _OLD, _FAR, _long()])


# --- without a browser


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([], [("甲乙丙丁", ())]),
        ([(1, 3, 1)], [("甲", ()), ("乙丙", (1,)), ("丁", ())]),
        ([(0, 2, 1), (1, 4, 2)], [("甲", (1,)), ("乙", (1, 2)), ("丙丁", (2,))]),
        ([(0, 4, 1), (0, 4, 2)], [("甲乙丙丁", (1, 2))]),
        ([(2, 2, 1), (3, 9, 1)], [("甲乙丙", ()), ("丁", (1,))]),
    ],
)
def test_a_text_is_cut_at_every_edge(spans: list, pieces: list) -> None:
    assert list(cut("甲乙丙丁", spans)) == pieces


@pytest.mark.parametrize(
    "name",
    ["047-jishu-zhinan.md", "054-fujian-qiantao.txt", "062-changtiaoli.txt", "069-duotongzhi-mingdan.txt",
     "072-shixiang-mulu.html", "078-duofujian-banfa.txt", "081-fenlei-wenda.md"],
)  # fmt: skip
def test_every_character_of_every_clause_is_shown_once_and_in_order(name: str, tmp_path: Path) -> None:
    doc, clauses = read_document(_DOCUMENTS / name)
    index = shelve(tmp_path, [(doc, tuple(clauses))])
    shown: dict[str, list[str]] = {}
    order = []
    for block in FullText(index, doc).blocks:
        if isinstance(block, Piece):
            shown.setdefault(block.clause.path, []).append("".join(part.text for part in block.segments))
            order.append(block.clause.path)
        else:
            shown[block.clause.path] = [block.clause.text]
            for row in block.table.rows:
                said = [
                    f"{n}：{cell}" if n != cell else n for n, cell in zip(block.table.names, row.cells, strict=True)
                ]
                shown[row.clause.path] = ["；".join(part for part in said if part[-1] != "：")]
    assert {path: "\n".join(pieces) for path, pieces in shown.items()} == {c.path: c.text for c in clauses}
    starts = {c.path: c.spans[0][0] for c in clauses}
    firsts = list(dict.fromkeys(order))
    assert firsts == sorted(firsts, key=starts.__getitem__)


def test_rows_stand_in_a_table_under_their_columns(held: ClauseIndex) -> None:
    (grid,) = [block for block in FullText(held, held.document("notice-2012-1")).blocks if isinstance(block, Grid)]
    assert grid.table.names == ("档次", "标准")
    assert [row.cells for row in grid.table.rows] == [("一档", "240元"), ("二档", "300元；另加20元")]


def test_the_quote_is_marked_in_its_clause_alone(held: ClauseIndex) -> None:
    target = find_target(held, "notice-2012-1.1.1.1")
    assert isinstance(target, Target)
    text = FullText(held, target.doc, target.clause, _QUOTE)
    marked = [(b.clause.path, s.text) for b in text.blocks if isinstance(b, Piece) for s in b.segments if s.quoted]
    assert marked == [("1.1.1", _QUOTE)]


def test_references_lead_to_clauses_and_to_documents_that_are_held(held: ClauseIndex) -> None:
    blocks = FullText(held, held.document("notice-2012-1")).blocks
    found = {s.text: s.leads_to for b in blocks if isinstance(b, Piece) for s in b.segments if s.leads_to}
    assert found == {
        "第一部分第(一)项第1条": "notice-2012-1.1.1.1",
        "《补助办法》(乙政发〔2010〕3号)": "old-2010-3",
    }


def test_a_title_means_a_document_of_the_same_place(held: ClauseIndex) -> None:
    notice, far = held.document("notice-2012-1"), held.document("far-2010-9")
    assert held_by(held).meant("补助办法", notice) == held.document("old-2010-3")
    assert held_by(held).meant("补助办法", replace(far, doc_id="other")) == far
    assert held_by(held).meant("没有的办法", notice) is None


def test_what_is_not_held_is_said_with_what_is_near(held: ClauseIndex) -> None:
    missing = find_target(held, "notice-2012-1.1.1.9")
    assert isinstance(missing, Missing) and missing.doc == held.document("notice-2012-1")
    assert [clause.path for clause in missing.clauses] == ["1.1", "1.1.1", "1.1.2"]
    unknown = find_target(held, "old-2010-4.7")
    assert isinstance(unknown, Missing) and unknown.doc is None and unknown.documents[0].doc_id == "old-2010-3"
    shown = read(held, f"{_HOSTILE}x")["html"]
    assert "没有收录" in shown and "<script" not in shown and "<img" not in shown


def test_what_it_repeals_and_what_repeals_it_is_told_with_its_facts(held: ClauseIndex) -> None:
    page = LexborHTMLParser(read(held, "notice-2012-1")["html"])
    facts = {row.css_first("dt").text(): row.css_first("dd").text() for row in page.css(".about-facts div")}
    assert facts["文号"] == "乙政发〔2012〕1号" and facts["成文日期"] == "2012年3月5日"
    assert facts["来源文件"] == "seeds/notice-2012-1.txt" and "施行日期" not in facts
    assert page.css_first(".about-ties").text(strip=True) == "废止文件《补助办法》(乙政发〔2010〕3号)"
    old = LexborHTMLParser(read(held, "old-2010-3")["html"])
    assert "被 乙政发〔2012〕1号 废止" in old.css_first(".about-standing").text()
    assert old.css_first(".about-ties a").attributes["data-read"] == "notice-2012-1"


def test_document_text_is_text(held: ClauseIndex) -> None:
    page = LexborHTMLParser(read(held, "notice-2012-1.1.2", _HOSTILE)["html"])
    assert page.css_first("#rc-notice-2012-1\\.1\\.2 .rc-text").text() == f"(二){_HOSTILE}"
    assert page.css_first("#rc-notice-2012-1\\.1\\.2 mark").text() == _HOSTILE
    assert not page.css("script, img, iframe") and page.css_first(".about-title").text() == f"补助通知{_HOSTILE}"
    assert all(re.fullmatch(r"\?clause=[\w.-]+", a.attributes["href"] or "") for a in page.css("a"))


def test_the_lead_is_marked_only_where_the_document_says_so(held: ClauseIndex) -> None:
    page = LexborHTMLParser(read(held, "notice-2012-1")["html"])
    leads = {node.text() for node in page.css(".departments .is-lead")}
    assert leads == {"市财政局牵头"}
    assert [node.text() for node in page.css(".departments span:not(.is-lead)")] == ["市民政局", "市审计局", "市民政局"]


def test_two_thousand_clauses_are_ready_in_well_under_a_second(held: ClauseIndex) -> None:
    read(held, "notice-2012-1")  # templates and word lists are loaded once
    begun = time.process_time()
    shown = read(held, "long-2020-1.1500")["html"]
    spent = time.process_time() - begun
    assert shown.count('<section class="rc') == 2020
    assert spent < 1.0, f"{spent:.2f} s"


def test_its_words_are_told_in_english(held: ClauseIndex) -> None:
    folder = Path(__file__).parents[1] / "rag" / "page"
    for file in [*(folder / "reader").glob("*.html"), *(folder / "evidence").glob("*.html")]:
        said = re.findall(r'_\("([^"]+)"', file.read_text("utf-8"))
        assert not [words for words in said if words not in english()], file.name
    assert "Find in document" in read(held, "notice-2012-1", language="en")["html"]


# --- in the browser


@pytest.fixture(scope="module")
def url(held: ClauseIndex) -> Iterator[str]:
    need_chromium()
    library = Library(RunnableLambda(lambda _: Answer("refused", "无")), Catalog.from_documents(held.documents), held)
    with start_page(Desk(library, Settings())) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


def _open(tab: Tab, url: str, name: str) -> None:
    tab.open(f"{url}?clause={name}")
    tab.wait(lambda: tab.one("#reader[open] .reader-text, #reader[open] .reader-missing"), "no reader", 60)
    tab.settle()


def _text(tab: Tab, css: str) -> str:
    words: str = tab.js("return document.querySelector(arguments[0])?.textContent.trim()", css)
    return words


def _hit(tab: Tab) -> str | None:
    return tab.one(".rc.is-hit").get_attribute("data-clause")


def _is_in_sight(tab: Tab, css: str) -> bool:
    script = (
        "const box = document.querySelector('.reader-text').getBoundingClientRect(),"
        " at = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return at.top >= box.top - 1 && at.top < box.bottom - 10"
    )
    return bool(tab.js(script, css))


def test_a_permalink_opens_the_document_at_its_clause(shared: Tab, url: str) -> None:
    tab = shared
    _open(tab, url, "notice-2012-1.1.1.1")
    tab.until(lambda: _hit(tab), "notice-2012-1.1.1.1")
    tab.wait(lambda: _is_in_sight(tab, ".rc.is-hit"), "the clause is out of sight")
    tab.wait(lambda: tab.one(".reader-tree [aria-current]").text.startswith("1.居民"), "the tree does not follow")
    assert tab.js("return window.hurt") is None
    assert tab.find("#reader script, #reader img") == []

    # From the tree to another clause, by keyboard; the address follows.
    tab.one(".reader-tree [aria-current]").send_keys(Keys.ARROW_DOWN)
    tab.press(Keys.ENTER)
    tab.until(lambda: _hit(tab), "notice-2012-1.1.1.2")
    tab.until(lambda: tab.query, {"clause": ["notice-2012-1.1.1.2"]})

    # A permalink and a citation to take along.
    tab.click(".rc.is-hit .rc-tools button")
    copied = [button.get_attribute("data-copy") or "" for button in tab.find(".rc.is-hit .rc-tools button")]
    assert copied[0] == f"{url}?clause=notice-2012-1.1.1.2"
    assert copied[1].endswith("(乙政发〔2012〕1号)第一部分第(一)项第2条")

    # A reference to a clause, then to another document.
    tab.js("document.querySelector(\".rc-text a[data-read='notice-2012-1.1.1.1']\").click()")
    tab.until(lambda: _hit(tab), "notice-2012-1.1.1.1")
    tab.js("document.querySelector(\".rc-text a[data-read='old-2010-3']\").click()")
    tab.until(lambda: _text(tab, "#reader-title"), "补助办法")
    tab.until(lambda: tab.query, {"clause": ["old-2010-3"]})

    assert serious_findings(tab.settle()) == []
    tab.press(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("#reader[open]"), "Esc did not close it")
    tab.until(lambda: tab.driver.current_url, url)
    tab.settle()
    assert tab.errors() == [] and tab.foreign_requests() == []


def test_words_are_found_and_stepped_through(shared: Tab, url: str) -> None:
    tab = shared
    _open(tab, url, "notice-2012-1")
    tab.press(Keys.CONTROL, "f")
    tab.wait(lambda: tab.js("return document.activeElement.matches('.reader-words')"), "nothing to type words into")
    tab.press("20元")
    tab.until(lambda: _text(tab, ".reader-count"), "1/2")
    tab.press(Keys.ENTER)
    tab.until(lambda: _text(tab, ".reader-count"), "2/2")
    assert tab.js("return [...CSS.highlights.get('reader-current')].map(String)") == ["20元"]
    tab.press(Keys.SHIFT, Keys.ENTER, Keys.NULL)
    tab.until(lambda: _text(tab, ".reader-count"), "1/2")
    tab.press(Keys.CONTROL, "a")
    tab.press(Keys.DELETE)
    tab.until(lambda: _text(tab, ".reader-count"), "")
    tab.press("２４０元")  # full width, as an input method may leave it
    tab.until(lambda: _text(tab, ".reader-count"), "1/2")
    tab.press(Keys.CONTROL, "a")
    tab.press("没有的词")
    tab.until(lambda: _text(tab, ".reader-count"), "没有")


def test_an_opener_gets_the_focus_back_and_what_is_not_held_is_said(shared: Tab, url: str) -> None:
    tab = shared.open(url)
    tab.js(
        "document.querySelector('#evidence').insertAdjacentHTML('afterbegin',"
        ' \'<button id="planted" data-read="notice-2012-1.1.1.9">看</button>\'); planted.focus(); planted.click()'
    )
    tab.wait(lambda: "这份文件里相近的条款" in _text(tab, "#reader"), "it is not said")
    tab.js("document.querySelector(\".reader-missing [data-read$='.1.1.2']\").click()")
    tab.until(lambda: _hit(tab), "notice-2012-1.1.1.2")
    tab.click("#reader [data-close]")
    tab.until(lambda: tab.js("return document.activeElement.id"), "planted")
    tab.until(lambda: tab.driver.current_url, url)


def _busy(tab: Tab) -> float:
    """Return for how many seconds the page's own thread has computed."""
    tab.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    metrics = tab.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    seconds: float = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    return seconds


def test_a_long_document_opens_quickly_and_in_place(shared: Tab, url: str) -> None:
    tab = shared.open(url)
    tab.wait(lambda: tab.js("return Boolean(window.clausePage.reader)"), "no script")
    spent = _busy(tab)
    tab.js("window.clausePage.reader.open('long-2020-1.1500')")
    tab.wait(lambda: tab.find(".rc.is-hit"), "it does not open", 60)
    spent = _busy(tab) - spent
    assert spent < 1.5, f"{spent:.2f} s of computing"  # about half of it where nobody else computes
    tab.wait(lambda: _is_in_sight(tab, ".rc.is-hit"), "the clause is out of sight")
    tab.wait(lambda: _text(tab, ".reader-tree [aria-current]").startswith("第1500条"), "the tree is elsewhere")


def test_on_a_phone_the_tree_folds_and_nothing_sticks_out(shared: Tab, url: str) -> None:
    tab = shared
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    tab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        _open(tab, url, "notice-2012-1.1.2")
        tab.wait(lambda: tab.find(".rc.is-hit"), "nothing is highlighted")
        tab.wait(lambda: _is_in_sight(tab, ".rc.is-hit"), "the clause is out of sight")
        assert not tab.one(".reader-tree").is_displayed()
        tab.click(".reader-side summary")
        tab.wait(lambda: tab.one(".reader-tree").is_displayed(), "the tree cannot be opened")
        wide = "return [...document.querySelectorAll('#reader *')].filter((e) => e.getBoundingClientRect().right > 391 && !e.closest('.rc-scroll, .reader-tree')).map((e) => e.className)"
        assert tab.js(wide) == []
    finally:
        tab.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
