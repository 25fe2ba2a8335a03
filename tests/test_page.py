"""The page in a real browser, over a scripted chain and hand-made documents."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Tab, browser, free_port, need_chromium, start_page
from langchain_core.runnables import Runnable, RunnableGenerator
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from index.types import Clause, Document
from rag.export.inert import escape_markdown
from rag.export.reference import official_reference
from rag.page.ask.session import QUESTION_LIMIT, Turn, check_question
from rag.page.ask.text import scope_text, turn_markdown
from rag.page.evidence.cards import render_evidence
from rag.page.library.catalog import Catalog
from rag.types import Answer, Citation, Question, Scope, Statement

_ROOT = Path(__file__).parent.parent
_BEGUN = threading.Event()  # says that one with 慢 is under way
_GO = threading.Event()  # lets a question with 慢 be answered
_TOGETHER = threading.Barrier(3)  # where those with 一起 wait for one another

_PLAIN = "3.政府对新农合和城镇居民医保补助标准提高到每人每年240元,个人缴费水平相应提高,人均筹资达到300元。"
_QUOTE = "补助标准提高到每人每年240元"
# Everything that some layer between here and the screen would take for its own markup.
_HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> ${alert(3)} {{value}} {{{value}}} `a` \\n \\u0041 C:\\temp "
    "[链接](http://example.com/x) ![图](http://example.com/y.png) *星* _下_ ~~删~~ #号 a|b $x^2$ &lt;b&gt; &amp; "
    "https://example.com/auto www.example.com a@example.com </mark></div> <!-- 注 --> \"引\" 'yin' 末尾"
)


def _document(doc_id: str, text: str, region: tuple[str, ...], year: int, doc_no: str | None = None) -> Document:
    title = f"{region[-1]}深化医药卫生体制改革{year}年主要工作安排"
    return Document(doc_id, title, text, "seeds/x", "0", doc_no=doc_no, region=region, year=year, validity="现行有效")


_MARKUP = "#chat .bot :is(img, script, code, em, del, table, math)"

_CHANGCHUN = _document("changfubanfa-2012-33", _PLAIN, ("吉林省", "长春市"), 2012, "长府办发〔2012〕33号")
_ODD = _document("odd-2017-1", _HOSTILE, ("黑龙江省",), 2017)
_TITLED = replace(_ODD, doc_id="hostile", title=_HOSTILE)
_CATALOG = Catalog.from_documents([_CHANGCHUN, _ODD, _TITLED])


def _clause(doc: Document, path: str, path_text: str) -> Clause:
    return Clause(doc, path, path_text, ("二、重点任务",), ((0, len(doc.text)),), True)


_C3 = _clause(_CHANGCHUN, "2.1.3", "二、(一)3")
_CX = _clause(_ODD, "1", "一、")


def _cite(n: int, clause: Clause, quote: str) -> Citation:
    start = clause.text.index(quote)
    return Citation(n, clause, start, start + len(quote))


def _grounded(quote: str, clause: Clause) -> Iterator[Answer]:
    """Two snapshots: the words, then the words with all that belongs to them."""
    statement = Statement(quote, (1,), {"numbers": "ok", "scope": "ok"})
    part = Answer("grounded", f"{quote}。")
    yield part
    time.sleep(0.2)
    scope = Scope((clause.doc.region[-1],), (clause.doc.year or 0,))
    citations = (_cite(1, clause, quote),)
    yield replace(
        part, answer=f"{quote}。〔1〕", statements=(statement,), citations=citations, scope=scope, elapsed_ms=200
    )


def _reply(question: Question) -> Iterator[Answer]:
    if "慢" in question.text:
        _BEGUN.set()
        _GO.wait(60)
    if "一起" in question.text:
        _TOGETHER.wait(60)
    if "坏" in question.text:
        raise RuntimeError("planted")
    if "沈阳" in question.text:
        yield Answer(
            "refused", "已收录文件中没有沈阳市的政策。", nearest=(_cite(1, _C3, _QUOTE),), reason="out_of_scope"
        )
    elif "标记" in question.text:
        yield from _grounded(_HOSTILE, _CX)
    elif "题名" in question.text:
        named = Scope((), (), ("hostile",), missing=(f"《{_HOSTILE}》",))
        yield Answer("grounded", "见文件。〔1〕", (), (_cite(1, _C3, _QUOTE),), scope=named)
    elif "回显" in question.text:
        seen = f"前问:{'、'.join(question.history)};地区:{'、'.join(question.regions)};年份:{question.years}"
        yield Answer("grounded", seen)
    else:
        yield from _grounded(_QUOTE, _C3)


def _chain() -> Runnable[Question, Answer]:
    def stream(questions: Iterator[Question]) -> Iterator[Answer]:
        for question in questions:
            yield from _reply(question)

    return RunnableGenerator(stream)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    need_chromium()
    from index.settings import Settings
    from rag.page.desk import Desk
    from rag.page.library.library import Library

    with start_page(Desk(Library(_chain(), _CATALOG), Settings())) as address:
        yield address


@pytest.fixture(scope="module")
def shared() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture
def tab(shared: Tab, url: str) -> Tab:
    """The page opened anew: a new session, in the one browser of this module."""
    _GO.set()  # for what an earlier test has left waiting
    _GO.clear()
    _BEGUN.clear()
    _TOGETHER.reset()
    return shared.open(url)


def _tags(tab: Tab) -> list[str]:
    """Return the names of the tags of the newest answer."""
    script = (
        "return [...[...document.querySelectorAll('#chat .tags')].at(-1).querySelectorAll('summary, .tag-name')]"
        ".map((each) => each.textContent)"
    )
    names: list[str] = tab.js(script)
    return names


# --- in the browser ---


def test_a_mark_leads_to_its_clause_with_the_quote_highlighted_and_back(tab: Tab) -> None:
    reply = tab.ask("长春2012年补助标准是多少?")
    assert reply.startswith("有依据") and "原文摘录" in reply and f"{_QUOTE}。〔1〕" in reply
    assert _tags(tab) == ["长春市", "2012年"]
    tab.click("#chat a[href='#card-1-1']")
    card = tab.wait(lambda: tab.one(".card.is-hit"), "the card was not highlighted")
    assert card.get_attribute("id") == "card-1-1"
    assert card.find_element(By.CSS_SELECTOR, "mark").text == _QUOTE
    assert card.find_element(By.CSS_SELECTOR, ".clause").text == _PLAIN
    for words in (
        _CHANGCHUN.title,
        "长府办发〔2012〕33号",
        "吉林省长春市",
        "2012年",
        "现行有效",
        "二、(一)3",
        _C3.clause_id,
    ):
        assert words in card.text
    tab.click(".card.is-hit [data-back]")
    tab.until(lambda: tab.texts("#chat a.is-flash"), ["〔1〕"])


def test_the_reference_can_be_copied(tab: Tab) -> None:
    tab.ask("长春2012年补助标准是多少?")
    copied = tab.one("#card-1-1 [data-copy]").get_attribute("data-copy")
    assert copied == f"《{_CHANGCHUN.title}》(长府办发〔2012〕33号)第二部分第(一)项第3条"
    tab.flash("#card-1-1 [data-copy]", "已复制")
    tab.box.send_keys(Keys.CONTROL, "v")
    tab.until(lambda: tab.box.get_property("value"), official_reference(_C3))


def test_a_mark_of_an_earlier_answer_still_finds_its_card(tab: Tab) -> None:
    tab.ask("长春2012年补助标准是多少?")
    tab.ask("沈阳呢?")
    assert not tab.one("#card-1-1").is_displayed()
    tab.click("#chat a[href='#card-1-1']")
    tab.wait(lambda: tab.one("#card-1-1.is-hit").is_displayed(), "the older card did not open")


def test_a_link_works_where_the_address_has_a_query(shared: Tab, url: str) -> None:
    tab = shared.open(f"{url}?__theme=dark")
    tab.ask("长春2012年补助标准是多少?")
    tab.click("#chat a[href='#card-1-1']")
    tab.wait(lambda: tab.find(".card.is-hit"), "the page was loaded anew")


def test_a_refusal_says_so_and_folds_the_nearest_clauses(tab: Tab) -> None:
    reply = tab.ask("沈阳的补助标准是多少?")
    assert reply.startswith("未找到依据") and "没有沈阳市的政策" in reply and "〔1〕" not in reply
    assert tab.one(".nearest-title").text == "最接近的条款(未采用)"
    assert not tab.find("article.card")
    assert tab.one("details.card-near").get_attribute("open") is None
    tab.click("details.card-near summary")
    tab.says("details.card-near", _PLAIN)


def test_document_text_is_never_markup(tab: Tab) -> None:
    reply = tab.ask("标记")
    assert f"{_HOSTILE}。〔1〕" in reply
    clause = tab.one("#card-1-1 .clause")
    assert clause.get_property("textContent") == _HOSTILE
    assert clause.get_property("childElementCount") == 1  # the <mark>
    assert tab.js(f"return document.querySelectorAll({_MARKUP!r}).length") == 0
    links = [link.get_dom_attribute("href") for link in tab.find("#chat .bot a")]
    assert links == ["#turn-1-grounded", "#card-1-1"]
    tab.ask(_HOSTILE[:60])  # what a visitor types is no markup either
    assert tab.questions()[-1] == _HOSTILE[:60].strip()
    assert tab.errors() == []  # an open alert would have raised by now


def test_the_names_of_tags_are_never_markup(tab: Tab) -> None:
    tab.ask("题名")
    shown = " ".join(_HOSTILE.split())
    assert _tags(tab) == [f"《{shown}》", f"《{shown}》 未收录"]
    assert tab.js(f"return document.querySelectorAll({_MARKUP!r}).length") == 0
    tab.click("#chat .tag-missing .drop")  # what was put right is told in the words of the name
    tab.wait(lambda: f"已去掉:《{shown}》" in tab.questions()[-1], "it was not asked again")
    tab.reply()
    assert tab.js("return document.querySelectorAll('#chat .user :is(img, script, code, em, del, table)').length") == 0
    assert tab.errors() == []


def test_an_answer_streams(tab: Tab) -> None:
    tab.js(
        "window.seen = new Set(); new MutationObserver(() => document.querySelectorAll('#chat .bot').forEach("
        "(box) => window.seen.add(box.textContent)))"
        ".observe(document.body, {childList: true, subtree: true, characterData: true})"
    )
    tab.ask("长春2012年补助标准是多少?")
    seen = tab.js("return [...window.seen]")
    assert any("正在作答" in words and _QUOTE in words for words in seen)


def test_filters_and_earlier_questions_reach_the_chain(tab: Tab) -> None:
    for name, choice in (("regions", "长春市"), ("years", "2012年")):
        tab.choose(f"#{name}", choice)
        tab.says(f"#{name} .token", choice)
    tab.ask("第一问")
    assert "前问:第一问;地区:长春市;年份:(2012,)" in tab.ask("回显")


def test_two_sessions_do_not_mix(tab: Tab, url: str) -> None:
    with browser() as other:
        other.open(url)
        tab.ask("甲的问题")
        other.ask("乙的问题")
        assert "前问:甲的问题;地区:;年份:()" in tab.ask("回显")
        assert "前问:乙的问题;地区:;年份:()" in other.ask("回显")
        assert tab.questions() == ["甲的问题", "回显"]
        assert other.questions() == ["乙的问题", "回显"]


def test_three_questions_at_once_do_not_wait_for_one_another(tab: Tab, url: str) -> None:
    with browser() as second, browser() as third, ThreadPoolExecutor(3) as pool:
        tabs = [tab, second.open(url), third.open(url)]
        replies = list(pool.map(lambda each: each.ask("一起", 90), tabs))
    assert all(f"{_QUOTE}。〔1〕" in reply for reply in replies), replies


def test_an_empty_or_endless_question_gets_a_calm_hint(tab: Tab) -> None:
    tab.type_and_send("  ")
    tab.says(".notice", "请先输入问题")
    tab.js("arguments[0].value = '长'.repeat(2001); arguments[0].dispatchEvent(new Event('input'))", tab.box)
    tab.type_and_send("")
    tab.says(".notice", "上限 2000 字")
    tab.settle()
    assert len(tab.box.get_property("value")) == QUESTION_LIMIT + 1  # kept, to be shortened
    assert tab.replies() == []


def test_the_button_sends_and_shift_enter_does_not(tab: Tab) -> None:
    tab.box.send_keys("第一行", Keys.SHIFT, Keys.ENTER, Keys.NULL, "第二行")
    assert tab.box.get_property("value") == "第一行\n第二行"
    tab.settle()
    assert tab.questions() == []
    tab.click("#send")
    tab.until(tab.questions, ["第一行\n第二行"])
    tab.reply()


def test_enter_that_picks_a_word_in_an_input_method_does_not_send(tab: Tab) -> None:
    tab.box.click()
    tab.driver.execute_cdp_cmd("Input.imeSetComposition", {"text": "changchun", "selectionStart": 9, "selectionEnd": 9})
    for kind in ("rawKeyDown", "keyUp"):  # an IME delivers every key of its own as 229
        key = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        tab.driver.execute_cdp_cmd("Input.dispatchKeyEvent", key)
    tab.driver.execute_cdp_cmd("Input.insertText", {"text": "长春"})
    # Safari's order: the composition is over, then keydown 229, then a keypress that looks like any other.
    tab.js(
        "for (const [type, keyCode] of [['keydown', 229], ['keypress', 13], ['keyup', 13]])"
        " arguments[0].dispatchEvent(new KeyboardEvent(type, {key: 'Enter', keyCode, which: keyCode, bubbles: true}))",
        tab.box,
    )
    time.sleep(0.7)
    tab.settle()
    assert tab.replies() == [] and tab.box.get_property("value") == "长春"
    tab.box.send_keys(Keys.ENTER)
    tab.until(tab.questions, ["长春"])  # a plain Enter must still send
    tab.reply()


def test_stop_ends_the_wait_and_the_next_question_works(tab: Tab) -> None:
    tab.type_and_send("慢慢答")
    assert _BEGUN.wait(40)
    tab.click("#stop")
    tab.wait(lambda: "已停止" in tab.replies()[-1], "it did not stop")
    tab.type_and_send("长春2012年补助标准是多少?")  # at once, while the first is still under way behind the page
    tab.wait(lambda: len(tab.replies()) == 2, "the next was not taken down")
    _GO.set()
    assert f"{_QUOTE}。〔1〕" in tab.reply()
    assert "已停止" in tab.replies()[0] and len(tab.replies()) == 2  # and what was stopped does not come back


def test_a_stop_that_gradio_cannot_pass_on_yet_holds(tab: Tab) -> None:
    tab.js(  # it knows what to cancel once it is told that the question stands in the queue
        "const plain = window.fetch; window.fetch = async (...asked) => { const answer = await plain(...asked);"
        " if (String(asked[0]).includes('queue/join')) await new Promise((go) => { window.letGo = go; });"
        " return answer; }"
    )
    tab.type_and_send("慢慢答")
    assert _BEGUN.wait(40)
    tab.click("#stop")
    tab.wait(lambda: "已停止" in tab.replies()[-1], "it did not stop")
    _GO.set()
    tab.js("window.letGo()")
    assert "已停止" in tab.reply() and len(tab.replies()) == 1


def test_esc_stops_what_failed_is_asked_again_and_no_typed_word_is_lost(tab: Tab) -> None:
    tab.ask("甲的问题")
    tab.type_and_send("慢慢答")
    tab.wait(lambda: tab.one("#stop").is_displayed(), "no stop button")
    tab.type_and_send("下一问")
    tab.says(".notice", "上一问还在作答")
    assert tab.box.get_property("value") == "下一问"
    tab.box.send_keys(Keys.ESCAPE)
    tab.wait(lambda: "已停止" in tab.replies()[-1], "Esc did not stop it")
    tab.wait(lambda: tab.one("#send").is_displayed(), "nothing can be sent")
    _GO.set()
    tab.click("#chat .again")
    tab.until(lambda: tab.questions()[-1], "慢慢答\n重新提问")
    assert f"{_QUOTE}。〔1〕" in tab.reply() and tab.box.get_property("value") == "下一问"
    tab.box.clear()
    assert "前问:甲的问题、慢慢答;" in tab.ask("回显")  # what failed is not told twice


def test_keys_lead_to_the_box(tab: Tab) -> None:
    for keys in ("/", Keys.CONTROL + "k"):
        tab.js("document.activeElement.blur()")
        tab.one("body").send_keys(keys)
        tab.wait(lambda: tab.js("return document.activeElement === arguments[0]", tab.box), f"no focus by {keys!r}")
    tab.box.send_keys("1/2")  # in the box it is a character
    assert tab.box.get_property("value") == "1/2"


def test_a_new_conversation_forgets_the_old_one(tab: Tab) -> None:
    tab.ask("甲的问题")
    tab.click("#clear")
    tab.wait(lambda: not tab.replies(), "the old conversation stayed")
    tab.settle()
    assert "前问:;地区:;年份:()" in tab.ask("回显")


def test_a_failure_behind_the_page_is_told_calmly(tab: Tab) -> None:
    reply = tab.ask("坏")
    assert "系统出错" in reply and "planted" not in reply
    assert f"{_QUOTE}。〔1〕" in tab.ask("长春2012年补助标准是多少?")


def test_an_example_asks_itself(tab: Tab) -> None:
    words = tab.one("#chat .example").text
    tab.box.send_keys("写了一半的问题")
    tab.click("#chat .example")
    tab.until(tab.questions, [words])
    tab.reply()
    assert tab.box.get_property("value") == "写了一半的问题"


def test_nothing_is_asked_of_another_host_and_the_console_is_clean(url: str) -> None:
    with browser() as tab:
        tab.open(url).ask("标记")
        tab.click("#chat a[href='#card-1-1']")
        tab.ask("沈阳")
        assert tab.foreign_requests() == []
        assert tab.errors() == []
        assert tab.js("return document.documentElement.lang") == "zh-CN"


@pytest.mark.parametrize("width", [400, 1366])
def test_no_sideways_scrolling(shared: Tab, url: str, width: int) -> None:
    size = {"width": width, "height": 768, "deviceScaleFactor": 1, "mobile": width < 900}
    shared.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        shared.open(url).ask("标记")
        assert shared.js("return document.documentElement.scrollWidth") <= width
    finally:
        shared.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_has_a_name(tab: Tab) -> None:
    tab.ask("长春2012年补助标准是多少?")
    nameless = tab.js(
        "return [...document.querySelectorAll('button, input, textarea')].filter((box) => box.checkVisibility()"
        " && !(box.ariaLabel || box.textContent.trim() || box.labels?.[0]?.textContent.trim()))"
        ".map((box) => box.outerHTML)"
    )
    assert nameless == []


# --- without a browser ---


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("达到70%以上。", "达到70%以上。"),
        ("1.扩大范围(试行)", "1.扩大范围(试行)"),
        ("1. 一\n2) 二", "1\\. 一\n2\\) 二"),
        ("\\(x\\)", "\\\\\\(x\\\\\\)"),
        ("- 一\n+ 二\n===", "\\- 一\n\\+ 二\n\\==="),
        ("    缩进", "缩进"),
        ("a*b_c", "a\\*b\\_c"),
        ("<b>&", "\\<b\\>\\&"),
        ("[x](y)", "\\[x\\](y)"),
        ("https://a.b www.a.b a@b.c", "https\\://a.b www\\.a.b a\\@b.c"),
    ],
)
def test_markdown_is_escaped(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown


def test_a_mark_inside_quoted_words_or_without_a_citation_is_no_link() -> None:
    words = "见附注〔1〕的规定"
    answer = Answer("grounded", f"{words}。〔1〕〔7〕", (Statement(words, (1,)),), (_cite(1, _C3, _QUOTE),))
    reply = turn_markdown(Turn(1, "问", answer, live=False), _CATALOG)
    assert "\n\n见附注〔1〕的规定。[〔1〕](#card-1-1)〔7〕\n\n" in reply


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(), "未限定地区和年份"),
        (Scope(("长春市",), (2012,)), "长春市 · 2012年"),
        (Scope((), (2016, 2017, 2018, 2019, 2020)), "2016年至2020年"),
        (
            Scope(("甲市", "乙市"), (2011, 2012), ("changfubanfa-2012-33", "gone-1")),
            "甲市 · 乙市 · 2011年、2012年 · 长府办发〔2012〕33号",
        ),
    ],
)
def test_a_scope_is_told_by_names(scope: Scope, said: str) -> None:
    assert scope_text(scope, _CATALOG) == said


def test_book_marks_inside_a_title_are_single() -> None:
    clause = replace(_C3, doc=replace(_CHANGCHUN, title="《实施方案》解读", doc_no=None))
    assert official_reference(clause) == "《〈实施方案〉解读》第二部分第(一)项第3条"


def test_cards_stand_in_citation_order() -> None:
    answer = Answer("grounded", "甲〔1〕乙〔2〕", (), (_cite(1, _CX, "末尾"), _cite(2, _C3, _QUOTE)))
    shown = render_evidence((Turn(1, "问", answer, live=False),), _CATALOG)
    assert shown.index('id="card-1-1"') < shown.index(_CX.clause_id) < shown.index('id="card-1-2"')


def test_the_catalog_names_places_as_documents_do_and_years_newest_first() -> None:
    assert (_CATALOG.regions, _CATALOG.years, _CATALOG.span) == (("长春市", "黑龙江省"), (2017, 2012), "2012—2017年")
    assert _CATALOG.examples()[0].startswith("长春2012年")


def test_the_limit_is_two_thousand_characters() -> None:
    assert check_question("长" * QUESTION_LIMIT) is None
    assert check_question("长" * (QUESTION_LIMIT + 1)) is not None


@pytest.mark.parametrize("args", [["--port", "abc"], ["--port", "0"], ["--port", "65536"], ["--prot", "1"], ["--port"]])
def test_a_bad_argument_is_one_chinese_line_and_exit_2(args: list[str]) -> None:
    done = subprocess.run([sys.executable, "app.py", *args], cwd=_ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("参数有误"), done.stderr


def test_a_port_in_use_is_told_before_anything_is_built() -> None:
    import socket

    import app
    from index.errors import UserError

    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(UserError, match="已被占用"):
            app._check_address("127.0.0.1", port)
    app._check_address("127.0.0.1", port)
