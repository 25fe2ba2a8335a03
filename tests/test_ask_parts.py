"""The parts of asking that need no browser: tags and what they put right, acts, the line, why an answer stands, bars."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from index.store import ClauseIndex
from index.types import Clause, Document
from rag.explanation.why import why
from rag.page.ask.acts import Act, acted
from rag.page.ask.chart import chart_of
from rag.page.ask.filtered import filtered_of, kept_filters
from rag.page.ask.scope import Choice, Tag, instead, tags_of, without
from rag.page.ask.session import Turn, open_turn, to_question
from rag.page.ask.text import turn_markdown
from rag.page.ask.told import Told
from rag.page.library.catalog import Catalog
from rag.page.visitor import Visitor
from rag.trace import PartTrace, Trace
from rag.traffic.line import Full, Line
from rag.types import Answer, Citation, Correction, Question, Scope, Statement


def _doc(doc_id: str, place: str, year: int | None) -> Document:
    region = ("某省", place) if place else ()
    return Document(doc_id, f"{place}{doc_id}办法", "正文", "x", "0", region=region, year=year)


_JIA12, _JIA16, _YI16 = _doc("jia12", "甲市", 2012), _doc("jia16", "甲市", 2016), _doc("yi16", "乙市", 2016)
_CATALOG = Catalog.from_documents([_JIA12, _JIA16, _YI16])


def _turn(scope: Scope, correction: Correction | None = None, number: int = 1, live: bool = False) -> Turn:
    question = Question("补助多少?", ("先前的问题",), correction=correction)
    return Turn(number, question.text, Answer("grounded", "…", scope=scope), live, asked=question)


def _names(scope: Scope) -> list[tuple[str, list[str]]]:
    tags = tags_of(Answer("grounded", "…", scope=scope), _CATALOG)
    return [(tag.name, [choice.name for choice in tag.choices]) for tag in tags]


@pytest.mark.parametrize(
    ("scope", "tags"),
    [
        (Scope(), [("全部地区", ["甲市", "乙市"])]),
        (Scope(("甲市",), (2012,)), [("甲市", ["乙市 2016年"]), ("2012年", ["2016年"])]),
        (Scope(("甲市",), (2016,)), [("甲市", ["乙市"]), ("2016年", ["2012年"])]),
        (Scope(("丙市",), (2019,)), [("丙市", ["甲市 2016年", "乙市 2016年"]), ("2019年", ["2016年", "2012年"])]),
        (Scope((), tuple(range(2016, 2021)), ("jia16",)), [("2016年至2020年", ["2012年"]), ("《甲市jia16办法》", [])]),
        (Scope((), (), (), missing=("某发〔1999〕1号",)), [("全部地区", ["甲市", "乙市"]), ("某发〔1999〕1号", [])]),
        # what is taken over of the turn before stands last, behind the words that say so
        (Scope(("甲市",), (2012,), inherited=("regions",)), [("2012年", ["2016年"]), ("甲市", ["乙市 2016年"])]),
    ],
)
def test_a_scope_is_told_as_tags_with_what_is_held_instead(scope: Scope, tags: list[tuple[str, list[str]]]) -> None:
    told = _names(scope)
    if scope.doc_ids:
        told = [told[0], (told[1][0], [])]
    assert told == tags


def test_a_menu_tells_the_policy_year_not_that_of_printing() -> None:
    late = replace(_doc("bing17", "丙市", 2017), date_issued="2018-05-30")
    tags = tags_of(Answer("refused", "…", scope=Scope(("甲市",), (2031,))), Catalog.from_documents([_JIA12, late]))
    assert [choice.name for choice in tags[0].choices] == ["丙市 2017年"]


def test_a_tag_taken_out_is_without_and_what_was_set_is_set_no_more() -> None:
    turn = _turn(Scope(("甲市",), (2012,)))
    assert without(turn, Tag("regions", ("甲市",), "甲市")) == Correction(without_regions=("甲市",))
    # 乙市 was set in place of 甲市, which the words name: taken out, neither of them comes back
    again = _turn(Scope(("乙市",), (2016,)), Correction(regions=("乙市",), without_regions=("甲市",)))
    out = Correction(without_regions=("甲市", "乙市"))
    assert without(again, Tag("regions", ("乙市",), "乙市")) == out
    missing = _turn(Scope(missing=("某发〔1999〕1号",)))
    gone = without(missing, Tag("missing", ("某发〔1999〕1号",), "某发〔1999〕1号"))
    assert gone == Correction(without_documents=("某发〔1999〕1号",))


def test_a_choice_stands_where_the_tag_stood() -> None:
    compared = _turn(Scope(("甲市", "丙市"), (2012, 2019)))
    put = instead(compared, Tag("regions", ("丙市",), "丙市"), Choice("乙市 2016年", ("乙市",), (2016,)))
    assert (put.regions, put.years) == (("甲市", "乙市"), (2012, 2016))
    year = instead(compared, Tag("years", (2019,), "2019年"), Choice("2016年", years=(2016,)))
    assert (year.regions, year.years) == ((), (2012, 2016))
    plain = instead(_turn(Scope()), Tag("regions", (), "全部地区"), Choice("甲市", ("甲市",)))
    assert plain == Correction(regions=("甲市",))
    named = instead(
        _turn(Scope(("甲市",), (2012,), ("jia12",))), Tag("doc_ids", ("jia12",), "x"), Choice("y", doc_ids=("yi16",))
    )
    assert named == Correction(
        doc_ids=("yi16",), without_regions=("甲市",), without_years=(2012,), without_documents=("jia12",)
    )


@pytest.mark.parametrize(
    "name", ["", "drop", "drop.x", "drop.1.2.3.4", "drop.-1", "drop.١", "set.1.0.9999999", None, "drop.1.99", "fly.1.0", "drop.7.0", "next.1.0", "set.1.0.99"]
)  # fmt: skip
def test_an_act_that_is_none_does_nothing(name: str | None) -> None:
    turns = (_turn(Scope(("甲市",), (2012,))),)
    assert acted(Act.read(name), turns, _CATALOG, Visitor()) is None


def test_a_mended_turn_takes_the_place_of_the_one_it_mends() -> None:
    turns = (_turn(Scope(("甲市",), (2012,))),)
    mended = acted(Act.read("drop.1.0"), turns, _CATALOG, Visitor())
    assert mended and (mended.number, mended.instead_of, mended.told) == (2, 1, "已去掉:甲市")
    assert mended.to_ask.history == ("先前的问题",)  # the context of the turn that it mends
    following = to_question((*turns, replace(mended, live=False)), "谁负责?", (), ())
    assert following.history == ("补助多少?",)
    assert following.corrections == (Correction(without_regions=("甲市",)),)
    alone = acted(Act.read("alone.1"), turns, _CATALOG, Visitor(language="en"))
    assert alone and alone.to_ask.history == () and alone.told == "Asked on its own"


def test_a_filter_that_stands_before_the_question_is_told_and_taken_off() -> None:
    def asked(text: str, **filters: Any) -> Turn:
        scope = Scope(filters.get("regions", ()), filters.get("years", ()))
        return Turn(1, text, Answer("refused", "…", scope=scope), False, asked=Question(text, **filters))

    both = asked("内蒙古2016年补助多少?", regions=("长春市",), years=(2012,))
    told = [(one.kind, one.name, one.unused) for one in filtered_of(both, ())]
    assert told == [("regions", "长春市", "内蒙古自治区"), ("years", "2012年", "2016年")]
    assert filtered_of(asked("长春补助多少?", regions=("长春市",), years=(2012,)), ()) == ()
    mended = replace(both, answer=Answer("grounded", "…", scope=Scope(("内蒙古自治区",), (2012,))))
    assert [one.kind for one in filtered_of(mended, ())] == ["years"]  # the place was put right since

    off = acted(Act.read("unfilter.1.0"), (both,), _CATALOG, Visitor())
    assert off and (off.to_ask.regions, off.to_ask.years, off.instead_of) == ((), (2012,), 1)
    assert kept_filters((both, off), ["长春市"], [2012]) == ([], [2012])
    assert kept_filters((both,), ["长春市"], [2012]) == (["长春市"], [2012])
    assert acted(Act.read("unfilter.1.2"), (both,), _CATALOG, Visitor()) is None
    assert "按左侧筛选 长春市 查找, 问句中的 内蒙古自治区 未用" in turn_markdown(both, _CATALOG)


def test_plain_turns_carry_no_corrections() -> None:
    turns = (_turn(Scope()), open_turn((_turn(Scope()),), Question("二")))
    assert to_question(turns, "三", ["甲市"], [2012]) == Question("三", ("补助多少?", "二"), ("甲市",), (2012,))


def test_the_line_lets_the_first_go_and_tells_the_others_their_places() -> None:
    line = Line(at_once=2, longest=2)
    places = [line.join() for _ in range(4)]
    with pytest.raises(Full):
        line.join()

    async def told() -> tuple[list[int], list[int]]:
        first = [n async for n in line.wait(places[0])]
        waited = []
        async for n in line.wait(places[3]):
            waited.append(n)
            line.leave(places[0] if n == 2 else places[1])
        return first, waited

    assert asyncio.run(told()) == ([], [2, 1])
    line.join()  # there is room again


def _cite(n: int, text: str, quote: str, doc: Document = _JIA12) -> Citation:
    clause = Clause(replace(doc, text=text), "1", "一、", (), ((0, len(text)),), True)
    start = text.index(quote)
    return Citation(n, clause, start, start + len(quote))


_OK = {"numbers": "ok", "places": "ok", "scope": "ok"}
_NO_JIA = Trace(parts=(PartTrace("甲市", "补助", "amount", refusal="没有"), PartTrace("乙市", "补助", "amount")))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer("grounded", "…", (Statement("一", (1,), _OK),)), "数字和地区已逐句与条款核对"),
        (Answer("grounded", "…", (Statement("一", (1,)),)), "摘自条款原文"),
        (Answer("partial", "…", trace=_NO_JIA), "甲市没有找到依据"),
        (Answer("partial", "…", withheld=(2,)), "第2句与条款核对不符,已略去"),
        (Answer("partial", "…", withheld=(1, 2, 3, 4)), "有4句与条款核对不符,已略去"),
        (Answer("partial", "…", scope=Scope(missing=("《某法》",))), "未收录《某法》"),
        (Answer("partial", "…"), "只找到部分内容的依据"),
        (Answer("refused", "…", reason="no_match"), "收录的条款都没有回答这一问"),
        (Answer("refused", "…", reason="unheard_of"), "没有找到依据"),
        (Answer("refused", "…", reason="out_of_scope", scope=Scope(missing=("《某法》",))), "所问的文件未收录"),
    ],
)
def test_why_an_answer_stands_as_it_does(answer: Answer, said: str) -> None:
    assert str(why(answer, _CATALOG.documents)) == said


@pytest.mark.parametrize(
    ("regions", "years", "said"),
    [
        (("沈阳市",), (2012,), "所问的地区未收录"),
        (("长春市",), (2031,), "该地区这一年的文件未收录"),
        ((), (2031,), "所问的年份未收录"),
        (("长春市",), (2012,), "收录的文件没有这一范围的条款"),
    ],
)
def test_which_of_place_and_year_is_not_held(
    index: ClauseIndex, regions: tuple[str, ...], years: tuple[int, ...], said: str
) -> None:
    answer = Answer("refused", "…", reason="out_of_scope", scope=Scope(regions, years))
    assert str(why(answer, index.documents)) == said


def _compared(*told: tuple[str, str, str]) -> Answer:
    """Return a comparison: side, sentence, and the words of it that are quoted."""
    statements = tuple(Statement(f"{side}: {text}", (n,), _OK) for n, (side, text, _) in enumerate(told, 1))
    citations = tuple(_cite(n, text, quote) for n, (_, text, quote) in enumerate(told, 1))
    trace = Trace(parts=tuple(PartTrace(side, "补助", "amount") for side, *_ in told))
    return Answer("grounded", "…", statements, citations, trace=trace)


def test_bars_are_of_one_unit_and_as_long_as_their_figures() -> None:
    both = _compared(
        ("甲市2012年", "每人每年补助240元,覆盖率达到95%。", "每人每年补助240元"),
        ("乙市2016年", "补助标准为每人每年0.06万元。", "补助标准为每人每年0.06万元"),
    )
    chart = chart_of(both)
    assert chart and chart.unit == "元"
    assert [(bar.side, bar.words, bar.text, bar.length, bar.citations) for bar in chart.bars] == [
        ("甲市2012年", "每人每年补助", "240元", 40.0, (1,)),
        ("乙市2016年", "补助标准为每人每年", "0.06万元", 100.0, (2,)),
    ]


def test_a_side_has_one_bar_of_what_is_asked_with_all_its_conditions() -> None:
    first = "政府对居民医保补助标准提高到每人每年240元,人均筹资达到300元。"
    second = "参保率稳定在95%以上,对人口在6万人以下的旗县,居民医保补助标准提高到420元以上,每人每年增加补助20元。"
    chart = chart_of(_compared(("甲市", first, first), ("乙市", second, second)))
    assert chart and [(bar.words, bar.text) for bar in chart.bars] == [
        ("政府对居民医保补助标准提高到每人每年", "240元"),
        ("对人口在6万人以下的旗县,居民医保补助标准提高到", "420元以上"),
    ]
    other = _compared(("甲市", first, first), ("乙市", "个人缴费为420元。", "个人缴费为420元"))
    assert chart_of(other) is None  # of another thing
    each = "职工医保和居民医保补助分别达到240元和300元。"
    assert chart_of(_compared(("甲市", each, each), ("乙市", second, second))) is None


def test_nothing_is_drawn_of_different_units_of_one_side_or_of_no_comparison() -> None:
    units = _compared(("甲市", "补助240元。", "补助240元"), ("乙市", "覆盖率达到95%。", "覆盖率达到95%"))
    one = _compared(("甲市", "补助240元。", "补助240元"), ("乙市", "按规定执行。", "按规定执行"))
    assert chart_of(units) is None and chart_of(one) is None
    assert chart_of(replace(units, trace=None)) is None
    many = "、".join(f"第{n}类{n}00元" for n in range(1, 9))
    assert chart_of(_compared(("甲市", many, many), ("乙市", "补助240元。", "补助240元"))) is None


def test_a_finished_turn_is_told_once_and_a_live_one_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Turn] = []

    def count(turn: Turn, catalog: Catalog, language: str) -> str:
        made.append(turn)
        return f"{turn.number} {language}"

    monkeypatch.setattr("rag.page.ask.told.turn_markdown", count)
    told, done, live = Told(), _turn(Scope()), _turn(Scope(), number=2, live=True)
    for turn in (done, done, live, live, replace(done)):
        told.markdown(turn, _CATALOG, "zh")
    assert told.markdown(done, _CATALOG, "en") == "1 en"
    assert [turn.number for turn in made] == [1, 2, 2, 1, 1]
    other = Catalog.from_documents([_JIA12])  # what is held has changed, and with it the menus
    assert told.markdown(done, other, "zh") == "1 zh" and len(made) == 6
