"""Damage done to sentences of our own is undone; sound text is left alone."""

from __future__ import annotations

import pytest

from index.clean import clean, remove_invisible, remove_pinyin, remove_stray_commas, repair_gbk_slips, to_simplified
from tests.damage import slips, traditional, with_readings

_SENTENCES = (
    "提高乡镇卫生院的服务能力，完善药品供应保障制度，减轻群众用药负担。",
    "各县区要加强组织领导，明确责任分工，确保农村危房改造任务按期完成。",
    "以县域为重点推进医疗资源共享。基层医疗卫生机构要加强人才队伍建设。",
    "财政部门要加大资金投入力度，严格资金监管，提高资金使用效益。",
    "对符合条件的困难家庭，按照规定给予临时救助，并及时向社会公开。",
    "鼓励社会力量举办养老机构，支持护理人员参加职业技能培训。",
    "建立健全农业保险制度，扩大保险覆盖范围，简化理赔程序。",
    "落实义务教育经费保障机制，改善农村学校办学条件。基层医疗卫生机构实行动态管理。",
)
# With one `?` nothing but the place of one byte is lost; a second `?` means that more is.
_SLIPS = [
    (sentence, slip) for sentence in _SENTENCES for slip in slips(traditional(sentence)) if slip.count("?") == 1
]


def test_the_simulated_filter_does_what_was_seen() -> None:
    assert with_readings("醫療") == "醫(yī)療(liáo)"
    assert "縣域?yàn)橹攸c。" in list(slips("縣域為重點。"))
    assert any("?;鶎俞t" in slip for slip in slips(traditional("共享。基层医疗机构。")))
    assert len(_SLIPS) > 30


@pytest.mark.parametrize(("sentence", "slip"), _SLIPS)
def test_a_slip_by_one_byte_is_put_right_exactly(sentence: str, slip: str) -> None:
    page = [with_readings(traditional(line)) for line in _SENTENCES]
    repaired, steps = clean("\n".join([*page, slip]))
    assert repaired.split("\n") == [*_SENTENCES, sentence]
    assert "复原错位的GBK字节" in steps


def test_many_slips_in_one_text_are_all_put_right() -> None:
    page = [with_readings(traditional(line)) for line in _SENTENCES]
    damaged = "\n".join([*page, *(slip for _, slip in _SLIPS)])
    assert clean(damaged)[0].split("\n") == [*_SENTENCES, *(sentence for sentence, _ in _SLIPS)]


@pytest.mark.parametrize(
    "text",
    [
        "为什么要改革?(一)因为需要。",
        "是否可行?;请答复",
        "参保率达到多少?,支付多少?",
        "What is it?(yes)a) no",
        "吗?a)b",
        "?" * 50,
        "?;" * 50,
        "第(a)项和(b)项, 服务半径(km)不超过5(km)。",
    ],
)
def test_sound_text_with_question_marks_and_brackets_stays(text: str) -> None:
    assert repair_gbk_slips(remove_pinyin(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("醫(yī)療(liáo)", "醫療"),
        ("服务半径(km)", "服务半径(km)"),
        ("单位(mg)", "单位(mg)"),
        ("机构(a)", "机构(a)"),
        ("重(chóng)复, 重(zhòng)点", "重复, 重点"),
        ("A(yī)", "A(yī)"),
        ("医(liáo)", "医(liáo)"),
        ("医(一)", "医(一)"),
    ],
)
def test_only_a_reading_of_the_character_before_goes(text: str, expected: str) -> None:
    assert remove_pinyin(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("提高,。能力", "提高。能力"),
        ("医疗,、医保,,医药", "医疗、医保,医药"),
        ("1,200元,其中", "1,200元,其中"),
        ("(地),、县", "(地)、县"),
    ],
)
def test_stray_commas(text: str, expected: str) -> None:
    assert remove_stray_commas(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲\r\n乙\r丙\x0b丁\x0c戊\u2028己\x85庚", "甲\n乙\n丙\n丁\n戊\n己\n庚"),
        ("\ufeff甲\u200b乙\ue000\x00丙\x1b", "甲乙丙"),
        ("甲\u3000\u3000乙\xa0\t丙", "甲 乙 丙"),
        ("“一卡通 ”建设", "“一卡通”建设"),
    ],
)
def test_breaks_and_invisible_characters(text: str, expected: str) -> None:
    assert remove_invisible(text) == expected


def test_one_traditional_name_does_not_turn_a_simplified_text() -> None:
    text = "由陳先生负责。" + "加强组织领导。" * 10
    assert to_simplified(text) == text
    assert to_simplified("醫療衛生機構") == "医疗卫生机构"


@pytest.mark.parametrize("sentence", _SENTENCES)
def test_a_sound_text_is_untouched_and_no_step_is_recorded(sentence: str) -> None:
    assert clean(sentence) == (sentence, ())
