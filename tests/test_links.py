"""A text's references lead where they say: to its own clauses, and to other documents by 文号 or title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.document import documents_of
from index.links import find_links
from index.read import Source
from index.references import find_references
from index.types import Link

_HEAD = "某市养老服务办法\n第一章 总则\n第一条 为了规范养老服务，根据《某省养老服务条例》，制定本办法。\n第二条 本市行政区域内的养老服务适用本办法。\n"
_LAW = (
    f"{_HEAD}第三条 主管部门应当履行下列职责：\n（一）编制规划；\n（二）监督检查；\n（三）其他职责。\n前款所称规划，应当公布。\n"
    "第四条 机构应当登记。\n登记的内容由主管部门规定。\n第二章 法律责任\n第五条 "
)


def _links(text: str) -> tuple[str, list[Link]]:
    doc, clauses = documents_of(Source("f.txt", "0" * 64, text, "text", ""), {})[0]
    links = find_links(replace(doc, links=()), clauses)
    assert all(doc.text[link.start : link.end] == link.text for link in links)
    return doc.text, list(links)


def _inner(sentence: str) -> list[str]:
    text, links = _links(_LAW + sentence + "\n第六条 本办法由主管部门解释。")
    at = text.index(sentence[:6])
    return [link.target for link in links if link.kind == "clause" and at <= link.start < at + len(sentence)]


@pytest.mark.parametrize(
    ("sentence", "targets"),
    [
        ("违反本办法第四条规定的，责令改正。", ["4"]),
        ("违反本办法第四条第二款规定的，责令改正。", ["4.2"]),
        ("违反本办法第三条第一款第（二）项规定的，责令改正。", ["3.1.2"]),
        ("违反第三条第一款第(一)项、第(三)项规定的，责令改正。", ["3.1.1", "3.1.3"]),
        ("违反第三条第一款第（一）至（三）项规定的，责令改正。", ["3.1.1", "3.1.2", "3.1.3"]),
        ("违反第二条、第三条和第四条规定的，责令改正。", ["2", "3", "4"]),
        ("违反第二条至第四条规定的，责令改正。", ["2", "3", "4"]),
        ("违反第三条第二款、第四条第二款规定的，责令改正。", ["3.2", "4.2"]),
        ("违反第二章规定的，责令改正。", ["c2"]),
        ("违反前条规定的，责令改正。", ["4"]),
        ("依照前两条的规定处理，并予以公布。", ["3", "4"]),
        ("违反前条第二款规定的，责令改正。", ["4", "4.2"]),
        ("违反第九条规定的，责令改正。", []),
        ("依照《某省养老服务条例》第四条的规定处罚。", []),
        ("依照《某省养老服务条例》第二条、第四条的规定处罚。", []),
        ("依照《某省养老服务条例》（某发〔2010〕5号）第四条的规定处罚。", []),
        ("依照刑法第二条、第三条的规定处罚，直至追究责任。", []),
        ("依照行政处罚法第四条第二款的规定处罚，予以公布。", []),
        ("每三条线路设一个站点，每项服务收费公示。", []),
    ],
)
def test_places_of_the_same_document(sentence: str, targets: list[str]) -> None:
    assert _inner(sentence) == targets


def test_the_paragraph_before_is_of_the_same_article() -> None:
    text, links = _links(_LAW + "违反规定的，责令改正。\n有前款规定行为的，处以罚款。\n第六条 本办法由主管部门解释。")
    found = {link.text + text[link.start - 1 : link.start]: link.target for link in links if link.text == "前款"}
    assert [link.target for link in links if link.text == "前款"] == ["3", "5"], found


def test_an_item_of_the_paragraph_before_is_not_of_the_first() -> None:
    text = (
        "某市养老服务办法\n第一条 有下列情形的，可以申请：\n（一）情形一；\n（二）情形二。\n有下列情形的，不得申请：\n（一）情形三；\n（二）情形四。\n"
        "前款第（二）项的情形由主管部门认定。\n第一款第（一）项的情形由本人说明。\n第二条 本办法由主管部门解释。\n第三条 机构应当登记。"
    )
    text, links = _links(text)
    told = {link.text: link.target for link in links if link.kind == "clause"}
    assert told == {"前款": "1.2", "第（二）项": "1.2.2", "第一款第（一）项": "1.1.1"}


def test_a_numbers_own_mark_is_no_reference() -> None:
    _, links = _links(_LAW + "第四条第二款规定的内容，应当公布。\n第六条 本办法由主管部门解释。")
    assert [(link.target, link.text) for link in links if link.kind == "clause"] == [
        ("3", "前款"),
        ("4.2", "第四条第二款"),
    ]


def test_an_item_referred_to_is_never_a_clause_and_leads_to_one() -> None:
    _, links = _links(_LAW.replace("前款所称规划", "第（二）项所称检查") + "违反规定的，责令改正。")
    assert ("3.1.2", "第（二）项") in [(link.target, link.text) for link in links]


def test_places_of_a_notice_are_its_sections() -> None:
    text = (
        "某市关于做好安全工作的通知\n各单位：\n为做好安全工作，现通知如下：\n一、总体要求。坚持预防为主，落实责任。\n二、重点任务\n（一）开展检查，消除隐患。\n"
        "（二）开展培训，提高能力。\n三、工作要求\n（一）按照本通知第二条第（一）项、第（二）项抓好落实。\n（二）按附件2报送。\n"
        "附件1\n任务分工\n一、办公室负责统筹协调工作。\n附件2\n报送要求\n一、每月5日前报送进展情况。"
    )
    _, links = _links(text)
    assert [link.target for link in links] == ["2.1", "2.2", "a2"]


def test_articles_of_an_annex_are_its_own() -> None:
    text = (
        "某市关于印发两个办法的通知\n各单位：\n现印发给你们，请遵照执行。\n附件1\n甲管理办法\n第一条 为了规范甲管理，制定本办法。\n第二条 违反第一条规定的，责令改正。\n"
        "附件2\n乙管理办法\n第一条 为了规范乙管理，制定本办法。\n第二条 违反第一条规定的，责令改正。"
    )
    _, links = _links(text)
    assert [link.target for link in links if link.kind == "clause"] == ["a1.1", "a2.1"]


def _outer(sentence: str, head: str = "某市关于做好安全工作的通知\n各单位：\n") -> list[tuple[str, str]]:
    text = f"{head}为做好安全工作，现通知如下：\n一、加强领导，落实责任。\n二、{sentence}\n三、加强督查，确保实效。"
    return [(link.kind, link.target) for link in _links(text)[1] if link.kind != "clause"]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("《某市安全办法》（某政发〔2010〕5号）同时废止。", [("repeals", "某政发〔2010〕5号")]),
        ("本通知自2012年1月1日起施行，《某市安全办法》同时废止。", [("repeals", "某市安全办法")]),
        ("2009年市政府印发的《某市安全办法》（某政发〔2009〕5号）和《某市消防办法》（某政发〔2009〕6号）同时废止。",
         [("repeals", "某政发〔2009〕5号"), ("repeals", "某政发〔2009〕6号")]),
        ("《某市安全办法》自本通知施行之日起废止。", [("repeals", "某市安全办法")]),
        ("某政发〔2009〕5号文件停止执行。", [("repeals", "某政发〔2009〕5号")]),
        ("决定废止《某市安全办法》。", [("repeals", "某市安全办法")]),
        ("原《某市安全办法》（某政发[2009]第05号）不再执行。", [("repeals", "某政发〔2009〕5号")]),
        ("根据《某省安全条例》的规定，《某市安全办法》同时废止。", [("cites", "某省安全条例"), ("repeals", "某市安全办法")]),
        ("《某市安全办法》继续有效，不予废止。", [("cites", "某市安全办法")]),
        ("《某市安全办法》废止后，按照本通知执行。", [("cites", "某市安全办法")]),
        ("按照《某省安全条例》第十二条第二款的规定处理。", [("cites", "某省安全条例")]),
        ("按照国发〔1983〕16号文件的规定执行。", [("cites", "国发〔1983〕16号")]),
        ("持《安全生产许可证》办理，填写《申请表》。", []),
        ("根据《某省安全条例》，结合我市实际，制定本实施细则。", [("based_on", "某省安全条例")]),
    ],
)  # fmt: skip
def test_other_documents(sentence: str, found: list[tuple[str, str]]) -> None:
    assert _outer(sentence) == found


def test_what_a_document_rests_on_stands_in_its_preamble() -> None:
    text = (
        "某市关于做好安全工作的通知\n各单位：\n为贯彻落实《国务院关于安全工作的意见》（国发〔2012〕3号）和《某省安全条例》精神，现通知如下：\n"
        "一、加强领导，落实责任。\n二、按照《某省消防条例》做好消防工作。\n三、加强督查，确保实效。"
    )
    assert [(link.kind, link.target) for link in _links(text)[1]] == [
        ("based_on", "国发〔2012〕3号"), ("based_on", "某省安全条例"), ("cites", "某省消防条例"),
    ]  # fmt: skip


def test_the_first_article_says_what_a_law_rests_on() -> None:
    assert [
        (link.kind, link.target) for link in _links(_LAW + "违反规定的，责令改正。")[1] if link.kind != "clause"
    ] == [("based_on", "某省养老服务条例")]


def test_a_list_of_repealed_documents() -> None:
    text = (
        "某市人民政府关于废止和宣布失效一批文件的决定\n根据《某省文件管理办法》，市政府决定，对下列文件予以废止或者宣布失效：\n一、予以废止的文件\n"
        "1.某市房屋拆迁管理办法（某府发〔2003〕17号）\n2.《某市征地补偿办法》（某府发〔2006〕52号）\n3.某市散装水泥管理规定\n"
        "二、继续有效的文件\n1.某市城市绿化办法（某府发〔2001〕1号）\n本决定自公布之日起施行。"
    )
    found = [(link.kind, link.target) for link in _links(text)[1]]
    assert found == [
        ("based_on", "某省文件管理办法"),
        ("repeals", "某府发〔2003〕17号"), ("repeals", "某府发〔2006〕52号"), ("repeals", "某市散装水泥管理规定"),
        ("cites", "某府发〔2001〕1号"),
    ]  # fmt: skip


def test_a_decision_to_amend() -> None:
    text = (
        "某省人民政府关于修改《某省浴场办法》等两件规章的决定\n根据改革的要求，省人民政府决定对以下两件规章予以修改，并废止《某省屠宰税办法》：\n"
        "一、某省浴场办法\n（一）将第三条修改为：“第三条 主管部门负责监督管理工作。”\n（二）删去第八条第二款第（三）项。\n"
        "二、某省渡口办法\n（一）将第九条中的“海事机构”修改为“交通部门”。\n（二）删去第十条。\n本决定自公布之日起施行。"
    )
    found = [(link.kind, link.target) for link in _links(text)[1]]
    assert found == [("repeals", "某省屠宰税办法"), ("amends", "某省浴场办法"), ("amends", "某省渡口办法")]


def test_a_document_does_not_refer_to_itself() -> None:
    text = (
        "某市人民政府关于印发某市安全办法的通知\n某政发〔2012〕3号\n各单位：\n《某市安全办法》已经市政府同意，现印发给你们。\n"
        "一、加强领导，落实责任。\n二、加强督查，确保实效。"
    )
    assert _links(text)[1] == []


def test_a_document_may_repeal_what_bore_its_title() -> None:
    _, links = _links(
        _LAW + "违反规定的，责令改正。\n第六条 本办法自2012年1月1日起施行。2001年发布的《某市养老服务办法》同时废止。"
    )
    assert [link.target for link in links if link.kind == "repeals"] == ["某市养老服务办法"]


def test_an_alias_stands_for_its_document() -> None:
    text = "《某省养老服务条例》（某人发〔2010〕5号，以下简称《条例》）已经施行。《条例》第九条规定的事项，按照《条例》执行。"
    assert [(ref.target, text[ref.start : ref.end]) for ref in find_references(text)] == [
        ("某人发〔2010〕5号", "《某省养老服务条例》（某人发〔2010〕5号，以下简称《条例》）"),
        ("某人发〔2010〕5号", "《条例》第九条"),
        ("某人发〔2010〕5号", "《条例》"),
    ]


def test_a_title_that_a_line_broke_is_whole() -> None:
    (ref,) = find_references("按照《某市居民大病\n保险办法》（某政发〔2010〕5号）执行。")
    assert (ref.title, ref.number) == ("某市居民大病保险办法", "某政发〔2010〕5号")


@pytest.mark.parametrize(
    "text", ["《" * 5000, "第三条" * 5000, "《甲办法》" * 3000 + "同时废止", "（" * 5000 + "第一条", "前款" * 5000]
)
def test_long_runs_are_read_in_time(text: str) -> None:
    _links(f"某市关于做好安全工作的通知\n一、加强领导，落实责任。\n二、{text}。\n三、加强督查，确保实效。")
