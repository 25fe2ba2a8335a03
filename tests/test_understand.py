"""A question with the turns before it becomes one complete query; what kind of thing it asks is told by its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index.store import ClauseIndex
from rag.question.english import chinese_terms, is_english
from rag.question.understand import is_elliptical, understand, what_is_asked
from rag.types import Question


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("公租房补贴标准是多少钱?", "amount"),
        ("每户补多少?", "amount"),
        ("罚款多少元?", "amount"),
        ("首付比例是多少?", "percent"),
        ("入园率要达到百分之几?", "percent"),
        ("报销几成?", "percent"),
        ("什么时候完成棚改?", "date"),
        ("截止到哪年?", "date"),
        ("最迟何时上报?", "date"),
        ("建多少所幼儿园?", "count"),
        ("招几名教师?", "count"),
        ("公交线路由哪个部门负责?", "department"),
        ("谁牵头?", "department"),
        ("学区归谁管?", "department"),
        ("新能源车能不能走公交道?", "yesno"),
        ("租房可以提取公积金吗?", "yesno"),
        ("什么是学区房?", "definition"),
        ("怎么申请公租房?", "how"),
        ("为什么要拆迁?", "why"),
        ("包括哪些学校?", "list"),
        ("How much is the subsidy?", "amount"),
        ("When must it be done?", "date"),
        ("Which department is responsible?", "department"),
    ],
)
def test_the_kind_asked_for_is_told_by_the_words(text: str, kind: str) -> None:
    assert what_is_asked(text) == kind


@pytest.mark.parametrize("text", ["规定了什么?", "都有什么", "33号文说了什么"])
def test_what_is_not_a_question_of_whether(text: str) -> None:
    """什么 ends with the 么 of 好么, and asks for a list or a text."""
    assert what_is_asked(text) != "yesno"


@pytest.mark.parametrize("text", ["那2016年呢?", "呢?", "那呢", "谁负责?", "标准是多少?", "那个人呢", "换成临沧呢"])
def test_what_names_no_subject_is_elliptical(text: str) -> None:
    assert is_elliptical(text)


def test_a_long_question_has_a_subject_of_its_own() -> None:
    text = "为符合条件的公立医院医务人员就近提供公租房保障,具体条件由旗县级以上人民政府制定,住房城乡建设厅怎样落实?"
    assert not is_elliptical(text)


def test_an_elliptical_question_takes_the_subject_of_the_turn_before(index: ClauseIndex) -> None:
    query = understand(Question("那谁负责?", ("长春2012年新农合补助标准?",)), index)
    assert "新农合" in query.topic
    assert query.asks == "department"
    assert query.inherited


def test_a_question_without_a_place_takes_that_of_the_turn_before(index: ClauseIndex) -> None:
    query = understand(Question("乡村医生每年免费培训几次?", ("长春2012年新农合补助标准?",)), index)
    assert [region.name for region in query.named.regions] == ["长春市"]
    assert "乡村医生每年免费培训" in query.topic
    assert query.asks == "count"


def test_the_topic_is_simplified_and_without_the_names_the_filter_has_used(index: ClauseIndex) -> None:
    query = understand(Question("長春2012年新農合補助標準?"), index)
    assert "新农合补助标准" in query.topic
    assert "长春" not in query.topic
    assert "2012" not in query.topic


def test_the_quantities_of_a_question_are_read_but_not_its_dates(index: ClauseIndex) -> None:
    query = understand(Question("长春2012年新农合补助是二百四十元吗?"), index)
    assert [(f.value, f.unit) for f in query.figures] == [("240", "元")]


@pytest.mark.parametrize(
    ("text", "english"),
    [("How much is the subsidy", True), ("医保DRG付费", False), ("", False), ("新农合补助?", False)],
)
def test_english_is_told_from_chinese_with_letters(text: str, english: bool) -> None:
    assert is_english(text) is english


def test_an_english_question_gets_chinese_terms() -> None:
    assert chinese_terms("zzz qqq xxx") == []
    assert "补助" in chinese_terms("subsidies for farmers")
    assert "30%" in chinese_terms("at least 30% of")


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=3))
def test_no_text_is_too_odd_to_be_understood(index: ClauseIndex, text: str, history: list[str]) -> None:
    query = understand(Question(text, tuple(history)), index)
    assert all(0 <= start <= end for start, end in query.named.spans)


def test_many_turns_are_read_in_reasonable_time(index: ClauseIndex) -> None:
    import time

    started = time.perf_counter()
    understand(Question("那呢?", ("那呢?",) * 2000), index)
    assert time.perf_counter() - started < 5
