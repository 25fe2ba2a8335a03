"""A clause of another scheme is doubted; one that may mean either, or names both, is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.tokens import normalise
from rag.question.subjects import schemes_in, subjects_in

_RIVALS = Path(__file__).parent.parent / "rag" / "data" / "rivals.tsv"


@pytest.mark.parametrize(
    ("question", "clause", "doubted"),
    [
        ("职工医保单位缴费费率", "城乡居民医保个人缴费标准为每年320元", True),
        ("职工医保单位缴费费率", "用人单位按工资总额的8%缴纳职工基本医疗保险费", False),
        ("廉租房租金多少", "公租房租金标准为每平方米3元", True),
        ("廉租房租金多少", "廉租住房和公共租赁住房租金由市政府定", False),
        ("公租房怎么申请", "保障性住房由街道受理", False),
        ("县级公立医院药占比", "城市公立医院药占比控制在28%以下", True),
        ("城市公立医院药占比", "县级公立医院药占比控制在30%以下", True),
        ("公立医院药占比", "县级公立医院药占比控制在30%以下", False),
        ("县级公立医院编制", "公立医院编制实行备案制", False),  # of all public hospitals
        ("居民养老怎么交", "企业职工基本养老保险费由单位代扣", True),
        ("幼儿园每班多少人", "小学每班不超过45人", True),
        ("幼儿园每班多少人", "学前教育机构每班不超过25人", False),
        ("高职拨款多少", "中等职业学校生均拨款4000元", True),
        ("高职拨款多少", "职业院校生均拨款4000元", False),
        ("个体工商户怎么登记", "市场主体应当依法登记", False),
        ("残疾人乘车免费吗", "老年人凭证免费乘车", True),
        ("残疾人乘车免费吗", "老年人、残疾人凭证免费乘车", False),
    ],
)
def test_a_clause_of_another_scheme_is_not_of_the_one_asked_about(question: str, clause: str, doubted: bool) -> None:
    contrasted = [subject for subject in subjects_in(normalise(question)) if subject.rivals]
    assert contrasted
    assert any(subject.is_absent(normalise(clause)) for subject in contrasted) is doubted


def test_no_scheme_is_its_own_rival() -> None:
    for line in _RIVALS.read_text("utf-8").splitlines():
        if line and line[0] != "#":
            name, forms, rivals = line.split("\t")
            (subject, *_) = [s for s in subjects_in(normalise(name)) if s.name == normalise(name) and s.rivals]
            assert not subject.is_absent(normalise(name)), name
            assert not set(forms.split()) & set(rivals.split()), name


def test_a_way_of_asking_is_no_scheme() -> None:
    assert schemes_in("住院报销能报多少") == ()
    assert schemes_in("新农合报销") == ("新农合",)
