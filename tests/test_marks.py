"""Numbers that open a clause, and numbers that do not."""

from __future__ import annotations

import pytest

from index.marks import inline_marks, mark_at


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
        "", "一", "甲、乙", "1.5倍", "2016.6.7", "2016年", "2016、2017", "(2016)", "(甲)",
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
