"""The evidence beside an answer: cards, their neighbours, what is wrong with them, what was found and not cited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe import serious_findings
from browser import Tab, browser, need_chromium, start_page
from langchain_core.runnables import Runnable, RunnableGenerator
from selectolax.lexbor import LexborHTMLParser
from selenium.webdriver.common.keys import Keys
from shelf import document

from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex, encoder_of
from index.types import Clause
from index.validity import Validity
from index.write import write_version
from rag.page.ask.session import Turn
from rag.page.ask.text import turn_markdown
from rag.page.desk import Desk
from rag.page.evidence.beside import step_from
from rag.page.evidence.card import cards_of
from rag.page.evidence.cards import render_evidence
from rag.page.evidence.report import REASONS, Report, keep_report, read_report
from rag.page.evidence.uncited import uncited
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.records.records import Records
from rag.records.restore import GONE
from rag.trace import Candidate, PartTrace, Trace
from rag.types import Answer, Citation, Question, Statement

_HOSTILE = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=2"> {{7*7}} ${7*7} [a](javascript:alert(1)) '
    '=HYPERLINK("http://a.example") </blockquote></article> &lt;b&gt; \'"'
)
_LINES = [
    ("1", "一、", "一、补助"),
    ("1.1", "一、(一)", "(一)居民每人每年补助240元,个人缴费60元。"),
    ("1.2", "一、(二)", "(二)职工单位缴费率为8%。"),
    ("2", "二、", "二、管理"),
    ("2.3", "二、(三)", f"(三){_HOSTILE}"),
    ("2.4", "二、(四)", "(四)县级负责核查。"),
]
_DOC, _PLAIN = document(
    "yi-2012-1", "补助工作安排", _LINES, doc_no="乙政发〔2012〕1号", region=("甲省", "乙市"), year=2012
)
_CHARGED = {
    "1.1": {"departments": ("市财政局", "市民政局"), "lead": "市财政局"},
    "1.2": {"departments": ("市人社局", "市民政局")},
}
_CLAUSES = {c.path: replace(c, **_CHARGED.get(c.path, {})) for c in _PLAIN}


def _cite(n: int, path: str, quote: str, **more: Any) -> Citation:
    clause: Clause = _CLAUSES[path]
    start = clause.text.index(quote)
    return Citation(n, clause, start, start + len(quote), **more)


def _seen(path: str, sentence: str) -> Candidate:
    return Candidate(_CLAUSES[path].clause_id, _DOC.name, _CLAUSES[path].path_text, {}, 1.0, sentence=sentence)


_ANSWER = Answer(
    "grounded",
    "补助240元。〔1〕缴费率8%。〔2〕个人60元。〔3〕",
    tuple(Statement(words, (n,)) for n, words in enumerate(("补助240元", "缴费率8%", "个人60元"), 1)),
    (_cite(1, "1.1", "补助240元"), _cite(2, "1.2", "缴费率为8%"), _cite(3, "1.1", "缴费60元")),
    trace=Trace(
        parts=(PartTrace("", "补助", "amount", candidates=(_seen("1.1", "甲"), _seen("2.4", "县级负责核查。"))),)
    ),
)
_CATALOG = Catalog.from_documents([_DOC])


def _page(answer: Answer, language: str = "zh", **options: Any) -> LexborHTMLParser:
    return LexborHTMLParser(render_evidence((Turn(1, "问", answer, live=False),), _CATALOG, language, **options))


# --- without a browser


def test_citations_of_one_clause_share_a_card_in_the_order_of_the_first() -> None:
    page = _page(_ANSWER)
    assert [card.id for card in page.css("article.card")] == ["card-1-1", "card-1-2"]
    first = page.css_first("#card-1-1")
    assert [chip.text() for chip in first.css(".card-n")] == ["1", "3"]
    assert first.css_first("#card-1-3") is not None  # where 〔3〕 leads
    assert [(m.attributes["data-n"], m.text()) for m in first.css("mark")] == [("1", "补助240元"), ("3", "缴费60元")]
    assert first.css_first(".clause").text() == _CLAUSES["1.1"].text


def test_quotes_that_overlap_are_marked_with_both_numbers() -> None:
    (card,) = cards_of("card", 1, (_cite(1, "1.1", "每年补助240"), _cite(2, "1.1", "补助240元")))
    assert [(text, ns) for text, ns in card.parts if ns] == [("每年", (1,)), ("补助240", (1, 2)), ("元", (2,))]
    assert "".join(text for text, _ in card.parts) == _CLAUSES["1.1"].text


def test_the_lead_is_marked_only_where_the_document_says_so() -> None:
    page = _page(_ANSWER)
    assert [d.text() for d in page.css("#card-1-1 .departments span")] == ["市财政局牵头", "市民政局"]
    assert [d.text() for d in page.css("#card-1-2 .departments span")] == ["市人社局", "市民政局"]


def test_a_clause_that_went_since_is_not_shown_as_in_force_nor_as_one_to_be_read() -> None:
    cited = _cite(1, "1.1", "补助240元", validity=Validity("现行有效", ""), since=GONE)
    turn = Turn(1, "问", replace(_ANSWER, citations=(cited, *_ANSWER.citations[1:])), live=False, conversation='c"<1>')
    page = LexborHTMLParser(render_evidence((turn,), _CATALOG))
    badge = page.css_first("#card-1-1 .validity")
    assert badge.text() == "作答时: 现行有效" and "is-unknown" in (badge.attributes["class"] or "")
    off = [b.attributes for b in page.css("#card-1-1 button[disabled]")]
    assert len(off) == 3 and [a.get("title") for a in off if "data-read" in a] == ["此条已不在库中, 没有全文可看"]
    assert not page.css("#card-1-2 button[disabled]")
    assert "所引条款已不在库中" in page.css_first(".facts").text() and "已逐句" not in page.css_first(".facts").text()
    assert page.css_first("[data-turn]").attributes["data-conversation"] == 'c"<1>'
    head = turn_markdown(turn, _CATALOG)
    assert "所引条款已不在库中, 以下为作答时的内容" in head and "核对" not in head and "摘自条款原文" not in head


@pytest.mark.parametrize(
    ("validity", "badge", "force"),
    [
        (Validity("现行有效", "页面注明现行有效"), "现行有效", "on"),
        (Validity("废止", "被 乙政发〔2015〕2号 废止"), "废止: 被 乙政发〔2015〕2号 废止", "off"),
        (Validity("已修改", "被修改"), "已修改", "off"),
        (Validity("未知", "文件没有写明施行日期"), "时效未知", "unknown"),
    ],
)
def test_a_badge_says_whether_the_document_is_in_force(validity: Validity, badge: str, force: str) -> None:
    page = _page(Answer("grounded", "甲〔1〕", (), (_cite(1, "1.1", "240元", validity=validity),)))
    node = page.css_first(".validity")
    assert node.text() == badge and f"is-{force}" in str(node.attributes["class"])
    assert node.attributes["title"] == validity.reason


def test_what_became_of_a_clause_since_is_said() -> None:
    page = _page(Answer("grounded", "甲〔1〕", (), (_cite(1, "1.1", "240元", since="此条后来有改动"),)))
    assert page.css_first(".card-since").text() == "此条后来有改动"


def test_what_was_found_and_not_cited_is_folded() -> None:
    near = (_cite(1, "2.3", "(三)"), _cite(2, "2.4", "县级负责核查。"))
    left = uncited(replace(_ANSWER, nearest=near))
    assert [(one.clause_id, one.words) for one in left] == [
        ("yi-2012-1.2.4", "县级负责核查。"),
        ("yi-2012-1.2.3", "(三)"),
    ]
    page = _page(replace(_ANSWER, nearest=near))
    assert page.css_first("details.uncited").attributes.get("open", "shut") == "shut"
    assert [a.attributes["data-read"] for a in page.css(".uncited a")] == [one.clause_id for one in left]
    assert not page.css(".nearest")
    refused = replace(_ANSWER, status="refused", citations=(), nearest=near[:1])
    assert [one.clause_id for one in uncited(refused)] == ["yi-2012-1.1.1", "yi-2012-1.2.4"]
    assert len(_page(refused).css("details.card-near")) == 1


def test_clause_text_is_text() -> None:
    page = _page(Answer("grounded", "甲〔1〕", (), (_cite(1, "2.3", _HOSTILE),)))
    assert page.css_first("#card-1-1 mark").text() == _HOSTILE
    assert not page.css("script, img") and len(page.css("article")) == 1


def test_nothing_can_be_reported_where_nothing_is_kept() -> None:
    assert _page(_ANSWER).css("[data-report]") and _page(_ANSWER).css("template#report-form")
    assert not _page(_ANSWER, can_report=False).css("[data-report], template")


def test_english_is_told_in_english() -> None:
    page = _page(_ANSWER, "en")
    assert [b.text() for b in page.css("#card-1-1 .card-foot button")] == [
        "Full text",
        "Copy citation",
        "Wrong citation",
        "Back",
    ]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> ClauseIndex:
    own = settings.model_copy(update={"index_dir": tmp_path_factory.mktemp("index")})
    return write_version(own, encoder_of(settings), [(_DOC, tuple(_CLAUSES.values()))])


def test_neighbours_are_clauses_that_say_something(held: ClauseIndex) -> None:
    steps = [step_from(held, "yi-2012-1.1.2", by) for by in (-1, 1)]
    assert [place.clause.path for place in steps if place] == ["1.1", "2.3"]  # the heading 二、 is passed over
    assert step_from(held, "yi-2012-1.1.1", -1) is None and step_from(held, "yi-2012-1.2.4", 1) is None
    assert step_from(held, "yi-2012-1.9", 1) is None


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({}, "请选择一个原因"),
        ({"reason": "随便"}, "请选择一个原因"),
        ({"reason": "数字有误", "words": "长" * 501}, "说明过长"),
        ({"reason": "应引用其他条款", "right": "没有这一条"}, "没有找到所填"),
        ({"reason": "应引用其他条款", "right": "乙政发〔2012〕1号 一、(一)"}, "所填的正是"),
        ("不是表单", "请选择一个原因"),
    ],
)
def test_a_report_that_says_nothing_is_sent_back(held: ClauseIndex, tmp_path: Path, sent: Any, complaint: str) -> None:
    if isinstance(sent, dict):
        sent = {"question": "问", "clause": "yi-2012-1.1.1", **sent}
    records = Records.open(tmp_path)
    with pytest.raises(UserError, match=complaint):
        keep_report(records, held, "本机", read_report(sent))
    assert records.feedback.count() == 0


def test_the_right_clause_may_be_named_in_any_usual_form(held: ClauseIndex, tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    told = Report("问", "yi-2012-1.1.1", REASONS[-1], "见后", "乙政发〔2012〕1号 二、(四)")
    keep_report(records, held, "张三", told)
    (kept,) = records.feedback.list()
    assert (kept.user, kept.reason, kept.right) == ("张三", "应引用其他条款: 见后", "yi-2012-1.2.4")
    with pytest.raises(UserError, match="不能保存"):
        keep_report(None, held, "张三", told)


# --- in the browser


def _chain() -> Runnable[Question, Answer]:
    def stream(questions: Iterator[Question]) -> Iterator[Answer]:
        for question in questions:
            hostile = Answer("grounded", "见条款。〔1〕", (), (_cite(1, "2.3", _HOSTILE),))
            yield hostile if "标记" in question.text else _ANSWER

    return RunnableGenerator(stream)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return Records.open(tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="module")
def url(held: ClauseIndex, records: Records) -> Iterator[str]:
    need_chromium()
    with start_page(Desk(Library(_chain(), _CATALOG, held), Settings(), records)) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str) -> Tab:
    shared.open(url).ask("居民补助多少?", 60)
    shared.wait(lambda: shared.find("#card-1-1"), "no card")
    return shared


def _focused(tab: Tab) -> str:
    script = (
        "const at = document.activeElement; return at.id || at.dataset.beside || at.getAttribute('href') || at.name"
        " || at.textContent"
    )
    said: str = tab.js(script)
    return said


def _press(tab: Tab, key: str, focused: str) -> None:
    """Press a key, and wait until the focus is where it leads."""
    tab.press(key)
    tab.until(lambda: _focused(tab), focused)


def test_marks_and_cards_lead_to_each_other_by_mouse_and_by_keyboard(tab: Tab) -> None:
    tab.click("#chat a[href='#card-1-3']")
    tab.wait(lambda: tab.one("#card-1-1.is-hit"), "the shared card is not highlighted")
    tab.until(lambda: tab.texts("#card-1-1.is-hit mark.is-now"), ["缴费60元"])
    tab.until(lambda: _focused(tab), "card-1-1")
    _press(tab, Keys.ARROW_DOWN, "card-1-2")
    assert tab.one("#card-1-2").get_attribute("aria-label").endswith("第2条,共2条")
    _press(tab, Keys.ARROW_DOWN, "card-1-2")  # the last stays
    _press(tab, Keys.ARROW_LEFT, "card-1-1")
    tab.click("#card-1-1 .card-tools [data-back]")
    tab.until(lambda: tab.texts("#chat a.is-flash"), ["〔3〕"])
    tab.until(lambda: _focused(tab), "#card-1-3")
    tab.settle()  # a look at a clause goes when anything is scrolled
    _press(tab, Keys.ARROW_UP, "#card-1-2")
    tab.until(lambda: tab.js("return document.getElementById('citation-told').textContent"), "第2处引用,共3处")
    assert "职工单位" not in tab.says("#mark-look", "缴费率为8%")
    tab.press(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("#mark-look"), "the look stays")


def test_a_neighbour_takes_the_place_of_the_clause_and_gives_it_back(tab: Tab) -> None:
    def face() -> str:
        words: str = tab.js("return document.querySelector('#card-1-2 .clause').textContent")
        return words

    tab.click("#card-1-2 [data-beside='1']")
    tab.until(face, f"(三){_HOSTILE}")
    tab.settle()
    assert tab.js("return window.hurt") is None and tab.find("#card-1-2 script, #card-1-2 img") == []
    assert tab.one("#card-1-2 .card-path").text == "二、(三)" and tab.find("#card-1-2 mark") == []
    assert _focused(tab) == "1"  # the same button, to go on
    tab.press(Keys.ENTER)
    tab.wait(lambda: face().startswith("(四)"), "no second step")
    assert tab.one("#card-1-2 [data-beside='1']").get_attribute("disabled")
    tab.click("#card-1-2 [data-cited]")
    tab.until(face, _CLAUSES["1.2"].text)
    tab.says("#card-1-2 mark", "缴费率为8%")
    tab.click("#card-1-1 [data-beside='-1']")
    tab.says("#card-1-1 .card-said", "前面没有条款了。")
    tab.click("#card-1-2 [data-beside='-1']")
    tab.until(face, _CLAUSES["1.1"].text)
    tab.press(Keys.TAB)
    tab.settle()
    assert tab.errors() == []


def test_a_wrong_citation_is_reported_by_keyboard(tab: Tab, records: Records) -> None:
    tab.ask("那职工呢?", 60)
    tab.wait(lambda: tab.find("#card-2-2 [data-report]"), "no second answer")
    tab.js("document.querySelector('#card-2-2 [data-report]').focus()")
    _press(tab, Keys.ENTER, "reason")
    tab.one("#card-2-2 form.report [type=submit]").send_keys(Keys.ENTER)
    tab.says(".report-said", "请选择一个原因")
    tab.settle().js("document.querySelector('form.report input').focus()")
    tab.press(Keys.SPACE)
    tab.press(Keys.ARROW_DOWN)  # among the reasons, not to the next card
    _press(tab, Keys.TAB, "right")
    tab.press("乙政发〔2012〕1号 二、(四)")
    _press(tab, Keys.TAB, "words")
    tab.press(_HOSTILE)
    assert serious_findings(tab) == []
    tab.one("#card-2-2 form.report [type=submit]").send_keys(Keys.ENTER)
    tab.says(".report-thanks", "已记录,谢谢")
    kept = records.feedback.list()[0]
    assert (kept.question, kept.clause_id, kept.right) == ("那职工呢?", "yi-2012-1.1.2", "yi-2012-1.2.4")
    assert kept.reason == f"不是最新规定: {_HOSTILE}" and kept.history == ("居民补助多少?",) and kept.user == "本机"
    assert tab.errors() == []


def test_what_was_not_cited_opens_in_the_reader_at_its_words(tab: Tab) -> None:
    assert not tab.one(".uncited a").is_displayed()
    tab.click(".uncited summary")
    tab.click(".uncited a")
    tab.until(lambda: tab.texts("#reader .rc.is-hit mark"), ["县级负责核查。"])
    tab.press(Keys.ESCAPE)
    tab.wait(lambda: not tab.find("#reader[open]"), "Esc did not close it")
    tab.click("#card-1-2 [data-read]")
    tab.until(lambda: tab.texts("#reader .rc.is-hit mark"), ["缴费率为8%"])
    assert tab.one(".rc.is-hit").get_attribute("data-clause") == "yi-2012-1.1.2"
    tab.press(Keys.ESCAPE)
    tab.wait(lambda: "查看全文" in tab.js("return document.activeElement.textContent"), "the focus is lost")
    tab.settle()
    assert tab.errors() == [] and tab.foreign_requests() == []
