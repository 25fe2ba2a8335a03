"""Shapes met in real files, small and invented."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from index.document import Entry, documents_of
from index.read import read_file

_TITLE = "江宁市关于加强管理工作的通知"


def _entries(text: str, name: str = "a.txt") -> list[Entry]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, "utf-8")
        (source,), _ = read_file(path)
    return documents_of(source, {})


def _clauses(text: str, name: str = "a.txt") -> dict[str, str]:
    return {clause.path: clause.text for clause in _entries(text, name)[0][1]}


def _paths(text: str) -> list[str]:
    return list(_clauses(text))


@pytest.mark.parametrize(
    "last",
    [
        "坚持政务公开。",
        "各地要认真落实。",
        "经费由县财政保障。",
        "由市民政局负责解释。",
        "报名时间：2023年6月5日至6月9日。",
        "由市教育局牵头，市财政局配合",
    ],
)
def test_the_last_line_of_a_text_without_signature_is_kept(last: str) -> None:
    clauses = _clauses(f"{_TITLE}\n一、总体要求\n坚持依法行政，服务群众。\n二、报名办法\n{last}\n")
    assert clauses["2"] == f"二、报名办法\n{last}"


def test_the_last_paragraph_of_the_last_article_is_kept() -> None:
    assert (
        _paths("江宁市评估办法\n第一条 坚持依法行政，服务群众。\n第二条 坚持政务公开。\n经费由县财政保障。\n")[-1]
        == "2.2"
    )


def test_the_last_paragraph_of_an_annex_is_kept() -> None:
    annex = "附件\n评估办法\n第一条 为规范评估，制定本办法。\n第二条 评估每年一次。\n经费由财政保障。\n"
    head = f"{_TITLE}\n各县区人民政府：\n一、坚持依法行政，服务群众。\n二、各地要加强监管，确保落实到位。\n"
    assert _paths(f"{head}附件：评估办法\n江宁市人民政府办公室\n2020年1月1日\n{annex}")[-1] == "a1.2.2"


def test_a_decimal_plan_keeps_its_last_sentence() -> None:
    text = "江宁市食品安全应急预案\n1 总则\n1.1 目的\n为做好工作，制定本预案。\n2 保障\n2.1 信息保障\n建立信息体系。\n"
    assert _clauses(text)["2.1"].endswith("建立信息体系。")


_TABLE = "<table><tr><td>类别</td><td>标准</td></tr><tr><td>一类</td><td>每月240元</td></tr><tr><td>二类</td><td>每月120元</td></tr></table>"


@pytest.mark.parametrize("lead", ["", "<p>某政办发〔2020〕3号</p><p>各县区人民政府：</p><p>现将有关事项通知如下。</p>"])
def test_a_table_in_the_first_section_is_body(lead: str) -> None:
    body = f"<p>一、补助标准</p><p>补助标准见下表。</p>{_TABLE}<p>二、各地要加强监管，确保落实到位。</p>"
    html = f"<html><body><h1>{_TITLE}</h1>{lead}{body}<p>江宁市人民政府办公室</p><p>2020年1月1日</p></body></html>"
    assert [path for path in _clauses(html, "a.html") if path != "0"] == ["1", "1.t1", "1.t1.1", "1.t1.2", "2"]


def test_a_heading_before_a_table_in_the_first_section_is_kept() -> None:
    body = f"<p>为做好工作，现将有关事项通知如下。</p><p>一、补助标准</p><p>补助标准见下表。</p>{_TABLE}<p>二、各地要加强监管，确保落实到位。</p>"
    html = f"<html><body><h1>{_TITLE}</h1><p>各县区人民政府：</p>{body}<p>江宁市人民政府办公室</p><p>2020年1月1日</p></body></html>"
    assert [path for path in _clauses(html, "a.html") if path != "0"] == ["1", "1.t1", "1.t1.1", "1.t1.2", "2"]


_POINTS = (
    "江宁市税务局关于检发票证式样的通知\n    为了适应工作需要{c}制定了票证式样共21种{c}现将有关事项通知如下:\n"
    "    一{c}各地都使用统一式样的票证{s}现有的票证可继续使用{c}但最迟不超过1995年底{s}\n"
    "    二{c}票证各栏目尺寸大小{c}可由各地自定{s}其他一切都必须按统一式样印制{s}\n"
)


def test_sentences_that_end_in_a_narrow_stop_are_text() -> None:
    assert "1995年底" in "".join(_clauses(_POINTS.format(c=",", s=".")).values())


@pytest.mark.parametrize("comma", [",", "，"])
def test_a_number_before_a_comma_numbers_a_clause(comma: str) -> None:
    assert _paths(_POINTS.format(c=comma, s="。")) == ["0", "1", "2"]


def _wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def test_a_lead_wrapped_once_is_whole() -> None:
    lead = "　　为加强社区养老服务工作，提高服务能力和管理水平，经江宁市人民政府同意，现就有关事项通知如下。"
    body = "　　一、乡镇人民政府要做好组织实施工作。\n　　二、财政部门要统筹安排经费。\n"
    text = f"{_TITLE}\n江政办发〔2020〕1号\n各乡镇人民政府：\n{_wrapped(lead, 33)}\n{body}江宁市人民政府办公室\n2020年3月5日\n"
    assert _clauses(text)["0"].replace("\n", "") == lead.strip()


def test_the_first_sections_of_a_wrapped_notice_are_kept() -> None:
    lead = "　　为加强公共停车场工作，提高服务能力和管理水平，经东源区人民政府同意，现就有关事项通知如下。"
    item = "　　（一）财政部门应当建立健全专项资金管理办法，具体办法依照本级人民政府的规定执行。"
    more = "　　（二）补助标准\n　　1．各级人民政府可以委托第三方开展救助。\n　　二、各级人民政府每年至少检查一次；\n"
    head = "东源区人民政府办公室关于加强停车场工作的通知\n东政办发〔2020〕1号\n各乡镇人民政府：\n"
    text = f"{head}{_wrapped(lead, 33)}\n　　一、组织实施\n{_wrapped(item, 33)}\n{more}东源区人民政府办公室\n2020年3月5日\n"
    assert _paths(text) == ["0", "1", "1.1", "1.2", "1.2.1", "2"]


@pytest.mark.parametrize("head", ["1.3分级分类", "1.3个人防护", "1.3年度计划"])
def test_a_decimal_number_before_a_word_that_may_be_a_unit(head: str) -> None:
    units = f"1总则\n1.1制定目的\n规范应对行为，减少损害。\n1.2制定依据\n根据有关法律，制定本预案。\n{head}\n做好各项工作，减少损害。\n"
    text = f"东源区应急预案\n{units}1.4工作原则\n统一领导，分级负责，属地管理。\n2附则\n本预案由东源区人民政府办公室负责解释。\n"
    assert _paths(text) == ["1", "1.1", "1.2", "1.3", "1.4", "2"]


def test_a_decimal_number_before_yi() -> None:
    text = "东源区应急预案\n1 总则\n1.1 工作原则\n1.1.1以人为本，减少危害。\n1.1.2居安思危，预防为主。\n1.2 分级\n突发事件划分为4个级别，按级别应对。\n"
    assert _paths(text) == ["1", "1.1", "1.1.1", "1.1.2", "1.2"]


def test_a_title_with_its_number_in_brackets_above_site_furniture() -> None:
    title = "江宁市委办公室江宁市人民政府办公室印发《关于推进政务公开的实施意见》的通知"
    sent = "关于推进政务公开的实施意见\n根据有关要求，提出如下实施意见。\n一、总体要求\n（一）要求。坚持以公开为常态。\n（二）目标。着力推进公开，服务群众。\n"
    head = f"{title}（江办发〔2017〕2号）\n来源：江宁市政府门户网 日期：2017-01-12 17:08 字号：【\n各县市区委、人民政府：\n"
    text = f"{head}《关于推进政务公开的实施意见》已经同意，现印发给你们，请认真贯彻执行。\n江宁市委办公室\n江宁市人民政府办公室\n2017年1月10日\n{sent}"
    doc, _ = _entries(text)[0]
    assert (doc.title, doc.doc_no) == (title, "江办发〔2017〕2号")


@pytest.mark.xfail(strict=True, reason="无标题的转发通知: 落款机关没有读出")
def test_the_signature_of_a_notice_without_title_names_the_issuer() -> None:
    head = (
        "各镇人民政府，各街道办事处：\n区民政局制定的《东源区救助应急预案》已经区政府同意，现转发给你们，请认真执行。\n"
    )
    plan = "东源区救助应急预案\n1 总则\n1.1 编制目的\n为健全体系，编制本预案。\n2 组织体系\n2.1 领导机构\n区政府是领导机构，负责指挥。\n"
    doc, _ = _entries(f"{head}江宁市东源区人民政府办公室\n二〇一三年八月六日\n{plan}")[0]
    assert doc.issuers == ("江宁市东源区人民政府办公室",)


def test_a_title_repeated_below_the_table_of_fields_is_in_no_clause() -> None:
    fields = "• 索引号:\n6107280000/2024-001005\n• 发文字号:\n江政发〔2024〕7号\n• 发文日期:\n2024年04月06日 16:40\n• 内容概述:\n"
    rules = "第一章总则\n一、根据有关规定，制定本规则。\n二、工作的指导思想是，为人民服务，依法行政。\n第二章 职能\n三、政府由县长、副县长组成，实行县长负责制。\n"
    text = f"返回顶部\n江宁县人民政府工作规则\n{fields}江宁县人民政府工作规则\n{rules}"
    assert _paths(text) == ["c1", "c1.1", "c1.2", "c2", "c2.3"]


@pytest.mark.parametrize("first", [(1, "一"), (3, "三")])
def test_an_extract_of_a_law_skips_numbers(first: tuple[int, str]) -> None:
    number, written = first
    text = f"江宁市预算监督规定（节选）\n第{written}条 为了加强监督，规范预算行为，制定本规定。\n第十七条 本规定由市财政局负责解释，并监督实施。\n第二十条 本规定自2002年1月1日起施行。\n"
    assert _paths(text) == [str(number), "17", "20"]


def test_furniture_before_its_one_heading_leaves_a_file_markdown() -> None:
    text = "首页 > 政务公开\n\n# 江宁市停车场管理办法\n\n第一条 为规范停车，制定本办法，保障公共利益。\n\n第二条 本办法自2020年5月1日起施行。\n"
    assert _entries(text, "a.md")[0][0].title == "江宁市停车场管理办法"


def test_a_number_is_no_second_line_of_a_title() -> None:
    title = "江宁市人民政府办公室关于印发《江宁市基层卫生人才管理办法》的通知"
    lines = [
        f"　　第{n}条　市卫生健康部门可以委托第三方开展困难家庭救助措施，覆盖率达到75%以上。"
        for n in "一二三四五六七八"
    ]
    lead = "　　《江宁市基层卫生人才管理办法》已经江宁市人民政府同意，现印发给你们，请结合实际，认真贯彻执行。"
    text = f"{title}\n江政办发〔2020〕7号\n各乡镇人民政府：\n{_wrapped(lead, 33)}\n江宁市人民政府办公室\n2020年3月5日\n江宁市基层卫生人才管理办法\n"
    text += "\n".join(_wrapped(line, 33) for line in lines)
    assert _entries(text)[0][0].title == title


def test_the_repeated_heading_of_a_row_is_traced_to_its_characters() -> None:
    lead = "<p>为做好困难群众补助工作，经研究，现将有关事项通知如下。</p><p>一、补助标准按照下表执行，由县级财政统筹安排，专款专用。</p>"
    html = f"<html><body><h1>{_TITLE}</h1><p>各县区人民政府：</p>{lead}{_TABLE}<p>江宁市人民政府办公室</p><p>2020年1月1日</p></body></html>"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.html"
        path.write_text(html, "utf-8")
        (source,), _ = read_file(path)
    doc, _ = documents_of(source, {})[0]
    at = {start + n: place + n for start, place, length in doc.origin for n in range(length)}
    assert doc.origin and all(source.text[at[n]] != "\x1e" for n in at)


def test_a_wrapped_line_that_begins_with_a_reference_goes_on() -> None:
    first = "　　第一条　市卫生健康部门应当建立健全从业人员培训，执行《社会救助暂行办法》第十二条第二款的规定。"
    item = "应当建立健全服务质量评估制度，所需经费列入本级财政预算，补助标准提高到每人每年二百四十元；"
    items = "\n".join(_wrapped(f"　　（{n}）各级人民政府{item}", 38) for n in "一二三四五六七八九十")
    second = f"　　第二条　有下列情形之一的，由各级人民政府责令改正：\n{items}\n"
    text = (
        f"江宁市养老服务管理办法\n{_wrapped(first, 38)}\n{second}　　第三条　本办法自2020年5月1日起施行，有效期五年。\n"
    )
    assert "\n" not in _clauses(text)["1"]
