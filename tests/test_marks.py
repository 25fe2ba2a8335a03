"""Numbers that open a clause, and numbers that do not."""

from __future__ import annotations

import pytest

from index.marks import inline_marks, is_reference, mark_at, may_be_amount, plain_number, question_at


@pytest.mark.parametrize(
    ("line", "style", "number", "text"),
    [
        ("一、总则", "han", 1, "一、"),
        ("十二、附则", "han", 12, "十二、"),
        ("二十 、附则", "han", 20, "二十、"),
        ("(一)甲", "bracketed_han", 1, "(一)"),
        ("（二十一）、甲", "bracketed_han", 21, "(二十一)"),
        ("1.甲", "arabic", 1, "1"),
        ("56．甲", "arabic", 56, "56"),
        ("3、甲", "arabic", 3, "3"),
        ("（4）甲", "bracketed_arabic", 4, "(4)"),
        ("③甲", "circled", 3, "③"),
        ("第三章 管理", "chapter", 3, "第三章"),
        ("第十节", "section", 10, "第十节"),
        ("第一百零五条 甲", "article", 105, "第一百零五条"),
        ("第一千二百六十条 甲", "article", 1260, "第一千二百六十条"),
        ("第12条 甲", "article", 12, "第十二条"),
    ],
)
def test_a_mark_has_its_style_number_and_citation(line: str, style: str, number: int, text: str) -> None:
    mark = mark_at(line)
    assert mark
    assert (mark.style, mark.number, mark.text) == (style, number, text)
    assert (mark.start, line[mark.end - 1 : mark.end] != "") == (0, True)


@pytest.mark.parametrize(
    "line",
    [
        "", "一", "甲、乙", "2016.6.7", "2016年", "2016、2017", "(2016)", "(甲)",
        "第条", "零、", "一二三四五六七八九十、", "十" * 1000 + "、", "二、三级医院逐步减少", "一、二类疫苗",
    ],
)  # fmt: skip
def test_what_is_no_mark(line: str) -> None:
    assert mark_at(line) is None


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("(四)甲负责)(五)乙。（六）丙", [5, 6]),
        ("一、甲。二、乙；三、丙", [2, 3]),
        ("实行预付。二、三级医院减少", []),
        ("按照1.甲要求", []),
        ("(一)甲", []),
    ],
)
def test_marks_inside_a_line_follow_a_sentence(line: str, numbers: list[int]) -> None:
    assert [mark.number for mark in inline_marks(line)] == numbers


@pytest.mark.parametrize(
    ("line", "style", "number", "step"),
    [
        ("㈠甲", "bracketed_han", 1, "1"),
        ("⑴甲", "bracketed_arabic", 1, "1"),
        ("⒈甲", "arabic", 1, "1"),
        ("㉑甲", "circled", 21, "21"),
        ("１．甲", "arabic", 1, "1"),
        ("1)甲", "half_bracketed", 1, "1"),
        ("第一，甲", "ordinal", 1, "1"),
        ("一是甲乙", "spoken", 1, "1"),
        ("第三部分 甲", "han", 3, "3"),
        ("第十条之一 甲", "article", 10, "10_1"),
        ("1.2.3编制", "decimal", 3, "3"),
        ("1 总则", "bare", 1, "1"),
        ("11.2019年底前", "arabic", 11, "11"),
        ("A.甲", "letter", 1, "1"),
    ],
)
def test_every_way_a_number_is_written(line: str, style: str, number: int, step: str) -> None:
    mark = mark_at(line)
    assert mark
    assert (mark.style, mark.number, mark.step) == (style, number, step)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("（三）、（四）项规定的情形", True),
        ("(五)项所称", True),
        ("第十二条第二款规定", True),
        ("第十条、第十一条的规定", True),
        ("（一）目标任务", False),
        ("（二）项目管理", False),
        ("第三条　第二十九条规定的义务", False),
        ("14、第11项、第12项监测", False),
    ],
)
def test_a_reference_is_told_from_a_clause(line: str, expected: bool) -> None:
    mark = mark_at(line)
    assert mark
    assert is_reference(line, mark) is expected


def test_an_amount_is_told_from_a_number() -> None:
    assert [may_be_amount(line, mark_at(line)) for line in ("1.5米以上", "1.3编制目的")] == [True, False]  # type: ignore[arg-type]
    assert plain_number("3.5G网络").number == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(("line", "number"), [("问：甲？", 0), ("Q3：甲？", 3), ("问题二：甲？", 2)])
def test_a_question_is_a_mark(line: str, number: int) -> None:
    mark = question_at(line)
    assert mark
    assert (mark.style, mark.number) == ("question", number)
