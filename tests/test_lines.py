"""Lines cut by hand inside a figure come together again; what only looks so stays apart, and no sentence ends in a figure's middle."""

from __future__ import annotations

import pytest

from index.document import documents_of
from index.lines import is_chrome, join_broken
from index.open_lines import goes_on
from index.read import Source
from index.sentences import sentence_spans
from index.types import Line

# The end of a line, and the line after it that goes on with the same sentence.
_CUT = (
    ("面积不得超过", "12平方米，并设置围栏。"),
    ("业主代表不低于", "1/2。"),
    ("各单位收取的资金必须在", "5日内缴入专户。"),
    ("违反前款规定的，处", "5000元以上3万元以下罚款。"),
    ("须经全体代表三分之", "二以上同意。"),
    ("申请之日起", "三十日内作出决定。"),
    ("起付标准每年为600元，超出部分由基金支付", "80%，退休人员支付"),
    ("（三）报名费每科10元，", "2011年已缴费未参加考试的，不再退还。"),
    ("1.3坚持分级负责，", "1.5米以下小型水闸由乡镇管理。"),
    ("市、县两级公益金的", "50%以上用于养老服务。"),
    ("地膜回收达到要求，使用", "0.015毫米以上标准地膜的给予补助。"),
    ("同时患有两种的，每人每年限额2400", "元，不再累加。"),
    ("吨位较小的船舶由乡镇管理，不适用前款第", "（一）、（二）项的规定。"),
    ("前款规定的期限为", "３个月。"),
)
# A line that is whole, a heading or an entry, and what stands below it.
_WHOLE = (
    ("1.1 启动条件", "1次灾害过程出现下列情形之一的，启动响应："),
    ("一、工作目标", "到2025年，覆盖率达到90%。"),
    ("一、统一思想，提高认识", "2012年全市上下要共同努力。"),
    ("附件1", "2020年度先进集体名单"),
    ("关于公厕建设", "2018年新建60座。"),
    ("（一）面积不得超过10平方米；", "5000元以下的由县级承担。"),
    ("1000元以下的部分 40元", "1001元至50000元的部分 按4%交纳"),
    ("35—110千伏 10米", "154—330千伏 15米"),
    ("下列标准执行：", "300元每人每月。"),
    ("1 煤", "2 石油"),
    ("为了加强管理，提高服务能力，", "2.加强培训。"),
)


@pytest.mark.parametrize(("line", "after"), _CUT)
def test_a_figure_goes_on_with_the_line_above(line: str, after: str) -> None:
    assert goes_on(line, after)
    assert [joined.text for joined in join_broken([Line(line), Line(after)])] == [line + after]


@pytest.mark.parametrize(("line", "after"), _WHOLE)
def test_a_heading_a_row_and_a_number_stay_lines(line: str, after: str) -> None:
    assert [kept.text for kept in join_broken([Line(line), Line(after)])] == [line, after]


def test_a_short_line_that_a_comma_ends_goes_on_and_a_list_does_not() -> None:
    assert len(join_broken([Line("预警信息发布后，"), Line("视情采取以下措施：")])) == 1
    assert len(join_broken([Line("主任，"), Line("副主任若干人，"), Line("委员若干人。")])) == 3


def test_a_figure_cut_from_its_item_opens_no_item_of_its_own() -> None:
    text = "某地关于加强管理工作的通知\n第一条 申请人应当符合下列条件：\n（一）注册资本不低于\n5亿元；\n（二）有固定场所。\n"
    _, clauses = documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})[0]
    assert [(clause.path, clause.text) for clause in clauses][1:] == [
        ("1.1.1", "（一）注册资本不低于5亿元；"),
        ("1.1.2", "（二）有固定场所。"),
    ]


@pytest.mark.parametrize(("line", "after"), _CUT)
def test_no_sentence_ends_inside_a_figure(line: str, after: str) -> None:
    text = f"本办法自发布之日起施行。{line}\n{after}"
    spans = sentence_spans(text)
    assert all(text[end - 1 : end + 1] != line[-1] + "\n" and text[end : end + 1] != "\n" for _, end in spans)


def test_headings_rows_and_items_are_sentences_of_their_own() -> None:
    text = "报销比例\n职工医保按80%支付\n| 甲类 | 80% |\n| 乙类 | 70% |"
    assert [text[start:end] for start, end in sentence_spans(text)] == text.split("\n")
    listed = "下列情形除外，\n（一）自杀的；\n（二）酗酒的。"
    assert [listed[start:end] for start, end in sentence_spans(listed)] == listed.split("\n")


def test_a_line_after_a_semicolon_is_of_the_same_paragraph() -> None:
    text = "某地关于加强管理工作的规定\n第一条 机构用电按照居民价格执行；\n使用宽带的，按照不高于居民的价格收费。\n第二条 本规定自发布之日起施行。\n解释权归市民政局。\n"
    _, clauses = documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})[0]
    assert [clause.path for clause in clauses] == ["1", "2", "2.2"]
    assert clauses[0].text.endswith("按照不高于居民的价格收费。")


@pytest.mark.parametrize(
    ("line", "is_page"),
    [
        ("· 17 ·", True),
        ("某某市人民政府公报 2008年第12期", True),
        ("· 17 · 项", False),
        ("每季度编印政府公报。", False),
    ],
)
def test_a_running_head_is_the_page_and_no_text(line: str, is_page: bool) -> None:
    assert is_chrome(line) is is_page


@pytest.mark.parametrize(
    ("named", "region"),
    [("平和县气象局", ("福建省", "漳州市", "平和县")), ("平和县、南靖县气象局", ()), ("漳州市气象局", ())],
)
def test_a_township_lies_in_the_one_county_its_text_names(named: str, region: tuple[str, ...]) -> None:
    text = f"关于做好森林防火工作的通知\n各村：\n{named}预计本月降水偏少，春耕生产任务很重，各村都要抓紧。\n一、加强巡查。\n二、加强值守。\n\n芦溪镇人民政府\n2026年2月27日\n"
    doc, _ = documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})[0]
    assert (doc.issuers, doc.region) == (("芦溪镇人民政府",), region)


def test_a_list_of_names_below_the_lead_is_not_lost() -> None:
    names = "市人民医院\n市中医院\n市妇幼保健院\n市精神病医院"
    lead = "按照规定，我委组织对医疗机构进行了校验，现将结果予以公示。"
    text = f"关于医疗机构校验结果的公示\n{lead}\n{names}\n1甲同济医院（3个月）\n2 乙门诊部（6个月）\n3 丙门诊部（6个月）\n某市卫生健康委员会\n2015年6月5日\n"
    _, clauses = documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})[0]
    assert names in "\n".join(clause.text for clause in clauses)
