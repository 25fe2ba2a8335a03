"""Tables typed with tabs and bars are rows; lists, menus and contents with the same characters are not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import text
from index.readers.text_tables import with_tables


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("表1\n项目\t标准\n甲\t20元\n正文。", "表1\n\x1e项目\x1f标准\n\x1e甲\x1f20元\n正文。"),
        ("序号\t县\t资金\n1\t甲县\t2\n合计\t\t3", "\x1e序号\x1f县\x1f资金\n\x1e1\x1f甲县\x1f2\n\x1e合计\x1f\x1f3"),
        ("甲 | 乙 | 丙\n\n1 | 2 | 3", "\x1e甲\x1f乙\x1f丙\n\x1e1\x1f2\x1f3"),
        ("| 甲 | 乙 |\n|----|----|\n| 1 | 2 |", "\x1e甲\x1f乙\n\x1e1\x1f2"),
        ("┌─┬─┐\n│甲│乙│\n├─┼─┤\n│1│2│\n└─┴─┘\n后文", "\x1e甲\x1f乙\n\x1e1\x1f2\n后文"),
        ("　├─┼─┤\n　│甲│　│\n　│1 │2 │\n　│3 │4 │", "\x1e甲\x1f\n\x1e1\x1f2\n\x1e3\x1f4"),
        ("甲\t乙\t丙\n-----\n1\t2\t3", "\x1e甲\x1f乙\x1f丙\n\x1e1\x1f2\x1f3"),
        ("甲\t乙\n1\t2\n甲\t乙\t丙\n1\t2\t3", "\x1e甲\x1f乙\n\x1e1\x1f2\n\x1d\n\x1e甲\x1f乙\x1f丙\n\x1e1\x1f2\x1f3"),
    ],
)
def test_lines_of_equally_many_cells_are_rows(typed: str, rows: str) -> None:
    assert with_tables(typed) == rows


def test_a_cell_that_goes_on_below_is_one_where_each_row_is_framed() -> None:
    typed = "┌─┬─┐\n│序│名称说│\n│　│明│\n├─┼─┤\n│1│甲│\n├─┼─┤\n│2│乙│\n└─┴─┘"
    assert with_tables(typed) == "\x1e序\x1f名称说明\n\x1e1\x1f甲\n\x1e2\x1f乙"


def test_two_figures_one_above_the_other_are_never_made_one() -> None:
    typed = "│市│元│\n├─┼─┤\n│甲│10│\n│　│20│\n├─┼─┤\n│乙│30│\n├─┼─┤\n│丙│40│"
    assert with_tables(typed).split("\n")[1:3] == ["\x1e甲\x1f10", "\x1e\x1f20"]


@pytest.mark.parametrize(
    "typed",
    [
        "一、\t总则\n二、\t任务",
        "1.\t加强领导\n2.\t明确责任\n3.\t落实资金",
        "第一章 总则\t1\n第二章 任务\t3",
        "\t第一条 为了规范\n\t第二条 本办法",
        "首页 | 新闻 | 公告\n网站地图 | 联系我们 | 关于我们",
        "项目\t标准",
        "甲 | 乙\n丙 | 丁",
        "----\n正文。\n----",
        "甲\t\n乙\t",
        "第一条 为了规范。\n第二条 本办法。",
        "甲\t乙\n一段正文。\n丙\t丁",
    ],
)
def test_lists_menus_and_contents_are_no_tables(typed: str) -> None:
    assert with_tables(typed) == typed


def test_the_reader_of_plain_text_gives_rows() -> None:
    assert (
        text.read("甲的通知\r\n项目\t标准\r\n门诊\t２0元\r\n".encode("gb18030"))
        == "甲的通知\n\x1e项目\x1f标准\n\x1e门诊\x1f２0元\n"
    )


def test_tables_of_markdown_are_left_to_its_reader() -> None:
    typed = "# 甲的通知\n\n| 项目 | 标准 |\n|---|---|\n| 门诊 | 20元 |\n"
    assert text.read(typed.encode()) == typed


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["甲", "12", "\t", "|", "│", "\n", "\n\n", "├─┼─┤\n", "一、", " ", "首页", "---\n"]),
        max_size=60,
    ).map("".join)
)
def test_nothing_is_lost_and_tables_are_rectangular(typed: str) -> None:
    laid = with_tables(typed)
    plain = re.compile(r"[\s\x1d-\x1f|│├─┼┤-]")
    assert plain.sub("", laid) == plain.sub("", typed)
    for table in re.findall("(?:^\x1e.*\n?)+", laid, re.M):
        assert len({row.count("\x1f") for row in table.strip("\n").split("\n")}) == 1


@pytest.mark.parametrize("unit", ["a\tb\n", "a|b|c\n\n", "┌─┬─┐\n", "a\tb\n\n\n", "|", "a\tb\tc\n----\n", "\n"])
def test_time_grows_with_the_text(unit: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        with_tables(unit * times)
        return time.process_time() - start

    assert seconds(80_000 // len(unit)) < 1 + 8 * seconds(20_000 // len(unit))
