"""Tables of questions over planted places, years and plans: which documents are left to answer, on a day that is set."""

from __future__ import annotations

from datetime import date

import pytest

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from rag.answer.refuse import refuse_scope
from rag.question.eligible import eligible_rows
from rag.question.own_places import own_place
from rag.question.periods import plan_years, read_periods, say_years, years_of_title
from rag.question.scope import find_named
from rag.question.understand import understand
from rag.types import Question
from tests.scope_documents import plant
from tests.scope_questions import DOCUMENTS, MORE, PLACES, TODAY, TURNS, YEARS, Row


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> ClauseIndex:
    folder = tmp_path_factory.mktemp("scope")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    built, *_ = build_index(own, [plant(folder / "seeds")])
    return built


@pytest.mark.parametrize(
    "row", [*PLACES, *YEARS, *DOCUMENTS, *TURNS, *MORE], ids=lambda row: " < ".join((row[0], *row[1]))
)
def test_a_question_leaves_the_documents_that_may_answer_it(planted: ClauseIndex, row: Row) -> None:
    text, history, regions, documents = row
    query = understand(Question(text, history), planted, TODAY)
    rows = eligible_rows(planted, query.named)
    refused = refuse_scope(query, len(rows), planted.documents)
    left = set() if refused else {planted.clause(int(row)).doc.doc_id for row in rows}
    assert {region.name for region in query.named.regions} == set(regions.split())
    assert left == set(documents.split())


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("云南到2020年中职在校生要达到多少?", {"yunnan.1.1", "yunnan.1.2"}),  # the sentence above them says 2020
        ("安徽十三五期间养老床位有多少张?", {"anhui.1.2"}),
        ("襄阳2022年签约率", {"xy2021.2.2"}),
        ("大连2021年海绵城市", set()),
    ],
)
def test_another_year_admits_the_clauses_that_speak_of_it_or_are_led_in_by_it(
    planted: ClauseIndex, text: str, clauses: set[str]
) -> None:
    named = understand(Question(text), planted, TODAY).named
    left = {planted.clause(int(row)).clause_id for row in eligible_rows(planted, named)}
    assert {name for name in left if planted.find(name).leaf} == clauses  # type: ignore[union-attr]


def test_this_year_is_that_of_the_newest_document_where_none_is_held_and_says_so(planted: ClauseIndex) -> None:
    named = understand(Question("今年襄阳居民医保补助多少?"), planted, TODAY).named
    assert named.years == (2021,)
    assert "未收录2023年" in named.assumed
    assert "2021年" in named.assumed
    held = understand(Question("今年巢湖高龄津贴多少?"), planted, TODAY).named
    assert (held.years, held.assumed) == ((2023,), "")


# text, the years of each period that it names on 15 June 2023
_PERIODS = [
    ("2012年和2016年的补助", [(2012,), (2016,)]),
    ("2012、2013、2014年的补助", [(2012,), (2013,), (2014,)]),
    ("２０１２年度补助", [(2012,)]),
    ("二〇一二年至二〇一四年", [(2012, 2013, 2014)]),
    ("2012年1月到2013年6月", [(2012, 2013)]),
    ("2021年至今", [(2021, 2022, 2023)]),
    ("去年和今年", [(2022,), (2023,)]),
    ("今年(2021)的任务", [(2021,)]),
    ("去年和2012年相比", [(2022,), (2012,)]),
    ("What was the subsidy last year?", [(2022,)]),
    ("2012户籍制度改革", [(2012,)]),
    ("2016家庭医生签约", [(2016,)]),
    ("2012公立医院补偿", [(2012,)]),
    ("2012处方外流", [(2012,)]),
    ("“八五”期间", [(1991, 1992, 1993, 1994, 1995)]),
    ("十五期间", [(2001, 2002, 2003, 2004, 2005)]),
    ("80年代的补助", [tuple(range(1980, 1990))]),
    # none of these says when a policy is
    ("十五天内答复", []),
    ("一百一十五元", []),
    ("第十三五条", []),
    ("2014年以前退休的人员怎么办", []),
    ("2020年后出生的孩子", []),
    ("在2020年8月20号之前的借款怎么算", []),
    ("2013年之前的补助", [tuple(range(1949, 2014))]),
    ("2012年3月1日起执行的补助", [tuple(range(2012, 2024))]),
    ("说明年限和要求", []),
    ("以前年度的结余", []),
    ("目前年龄多大", []),
    ("提前年审行吗", []),
    ("近三年内受过处罚", []),
    ("有效期10年", []),
    ("20年以上工龄", []),
    ("2000元", []),
    ("2000多户", []),
    ("处2000以上5000以下罚款", [(2000,)]),  # who leaves out 元 is taken at his word
    ("次年1月缴清", []),
]


@pytest.mark.parametrize(("text", "years"), _PERIODS, ids=[row[0] for row in _PERIODS])
def test_periods_are_read_as_people_write_them(text: str, years: list[tuple[int, ...]]) -> None:
    assert [period.years for period in read_periods(text, now=TODAY)] == years


def test_every_period_stands_where_it_says() -> None:
    text = "请问襄阳“十三五”和2019年、去年的补助"
    assert [text[p.start : p.end] for p in read_periods(text, now=TODAY)] == ["“十三五”", "2019年", "去年"]


def test_plans_have_five_years_each_and_follow_one_another() -> None:
    plans = ["六五", "七五", "八五", "九五", "十五", "十一五", "十二五", "十三五", "十四五", "十五五"]
    years = [year for plan in plans for year in plan_years(plan)]
    assert years == list(range(1981, 2031))


def test_the_years_of_a_title() -> None:
    assert years_of_title("大连市海绵城市建设行动计划（2016-2018年）") == {2016, 2017, 2018}
    assert years_of_title("安徽省“十四五”养老服务发展规划") == {2021, 2022, 2023, 2024, 2025}
    assert years_of_title("关于加强养犬管理的通知") == frozenset()


def test_years_are_said_as_runs() -> None:
    assert say_years((2016, 2017, 2018, 2020)) == "2016年至2018年、2020年"
    assert say_years((2012, 2013)) == "2012年、2013年"


def test_our_city_is_the_only_one_held_and_none_where_several_are(planted: ClauseIndex) -> None:
    hefei = [doc for doc in planted.documents if doc.doc_id == "hf2022"]
    mention = own_place("我市补助多少", (), hefei)
    assert mention is not None
    assert [region.name for region in mention.candidates] == ["合肥市"]
    assert own_place("我市补助多少", (), planted.documents) is None
    assert own_place("我省补助多少", (), hefei) is None


def test_the_country_is_named_only_where_it_is_meant(planted: ClauseIndex) -> None:
    cities = [doc for doc in planted.documents if doc.region]
    assert [r.name for r in find_named("国家层面怎么规定?", cities).regions] == ["全国"]
    for text in ("按照国家政策能退休吗", "国家基本药物怎么补", "全国文明城市", "国家财政补多少"):
        assert find_named(text, cities).regions == ()


def test_names_do_not_depend_on_the_day(planted: ClauseIndex) -> None:
    named = [find_named("襄阳2019年补助", planted.documents, now=date(year, 1, 1)).years for year in (2000, 2030)]
    assert named == [(2019,), (2019,)]
