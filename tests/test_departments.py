"""Responsible departments are read from the brackets that close a clause."""

from __future__ import annotations

import pytest

from index.departments import first_department_leads, named_lead, responsible_departments


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("甲。(市财政局、卫生局负责)", ["市财政局", "卫生局"]),
        ("甲。(市财政局、卫生局分别负责,市民政局参与)", ["市财政局", "卫生局", "市民政局"]),
        ("甲。（市卫生健康委和各县区人民政府按照职责分工负责）。", ["市卫生健康委", "各县区人民政府"]),
        ("甲。(市人力资源和社会保障局负责)", ["市人力资源和社会保障局"]),
        ("甲。(市卫生局负责)\n乙。(卫生局、财政局负责)", ["市卫生局", "财政局"]),
        ("甲。(省教育厅牵头,省财政厅配合)", ["省教育厅", "省财政厅"]),
        ("甲(以下简称医联体)。", []),
        ("甲(由市财政局负责)的办法。", []),
        ("", []),
        ("(" * 3000 + "负责", []),
    ],
)
def test_departments_in_order(text: str, names: list[str]) -> None:
    assert list(responsible_departments(text)) == names


def test_the_lead_is_named_by_the_bracket_or_by_the_rule_said_once() -> None:
    assert named_lead("甲。(省教育厅牵头,省财政厅配合)") == "省教育厅"
    assert named_lead("甲。(省教育厅、省财政厅负责)") is None
    rule = "甲。(省教育厅、省财政厅负责。排在第一位的部门为牵头部门,下同)"
    assert first_department_leads(rule)
    assert not first_department_leads("甲。(省教育厅负责)")
    assert list(responsible_departments(rule)) == ["省教育厅", "省财政厅"]
