"""Quantities are whole, dates are dates, and a 文号 is neither."""

from __future__ import annotations

import pytest

from index.figures import DOC_NO, find_figures, iso_date, normal_doc_no, says_share


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("提高到420元", [("420元", "amount", "420", "元")]),
        ("不低于6万元", [("6万元", "amount", "60000", "元")]),
        ("补助1,200.50元", [("1,200.50元", "amount", "1200.5", "元")]),
        ("投入2.5亿元", [("2.5亿元", "amount", "250000000", "元")]),
        ("达到75%左右", [("75%左右", "percent", "75", "%")]),
        ("百分之七十以上", [("百分之七十以上", "percent", "70", "%")]),
        ("1—2所县级医院", [("1—2所", "count", "1-2", "所")]),
        ("70%-80%", [("70%-80%", "percent", "70-80", "%")]),
        ("2016年6月底前完成", [("2016年6月底前", "date", "2016-06", "日期")]),
        ("二〇一二年九月三日", [("二〇一二年九月三日", "date", "2012-09-03", "日期")]),
        ("15个工作日内", [("15个工作日", "duration", "15", "工作日")]),
        ("年平均工资的6倍以上", [("6倍以上", "multiple", "6", "倍")]),
        ("１００名", [("１００名", "count", "100", "名")]),
        ("长府办发〔2012〕33号", []),
        ("国办发[2015]84 号和40元", [("40元", "amount", "40", "元")]),
        ("十百个", []),
        ("", []),
    ],
)
def test_figures_as_wholes(text: str, figures: list[tuple[str, str, str, str]]) -> None:
    found = find_figures(text)
    assert [(f.text, f.kind, f.value, f.unit) for f in found] == figures
    assert all(text[f.start : f.end] == f.text for f in found)


@pytest.mark.parametrize(
    ("text", "is_share"),
    [
        ("不得少于总人数的三分之二", True),
        ("业主代表不低于1/2", True),
        ("市、区按照6：4比例承担", True),
        ("市与区8∶2分担", True),
        ("过半数通过", True),
        ("上午8：30至12：00", False),
        ("2012/9/3", False),
        ("第三分局负责", False),
        ("2016年5/6月", False),
    ],
)
def test_a_share_without_percent(text: str, is_share: bool) -> None:
    assert says_share(text) is is_share


def test_a_number_inside_a_longer_one_is_not_found() -> None:
    assert "20" not in {figure.value for figure in find_figures("标准为420元、1.20元、1,020元")}


@pytest.mark.parametrize("text", ["1" * 50_000 + "元", "1," * 20_000 + "元", "年" * 50_000, "十" * 5_000 + "个"])
def test_long_runs_are_read_in_linear_time(text: str) -> None:
    find_figures(text)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2016年6月7日", "2016-06-07"),
        ("二○一二年十二月三十一日", "2012-12-31"),
        ("时间:2012-09-03 16:38", "2012-09-03"),
        ("2018/5/30", "2018-05-30"),
        ("2016年6月", None),
        ("2016年13月7日", None),
        ("12345-06-07", None),
    ],
)
def test_full_dates(text: str, date: str | None) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(
    "text", ["长府办发〔2012〕33号", "长府办发﹝2012﹞33 号", "长府办发[2012]第033号", "长府办发（2012）33号"]
)
def test_a_document_number_is_written_one_way(text: str) -> None:
    match = DOC_NO.search(text)
    assert match
    assert normal_doc_no(match) == "长府办发〔2012〕33号"
