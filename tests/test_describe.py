"""What a document says of itself is read from the page around it; what it does not say stays empty."""

from __future__ import annotations

from typing import Any

import pytest

from index.describe import describe
from index.document import documents_of
from index.frame import find_frame
from index.lines import read_lines
from index.read import Source
from index.split import body_text
from index.types import Document
from tests.pages import PAGES

_BODY = "一、进一步加强基层服务机构建设，提高服务能力。\n二、其他事项，按有关规定执行。"


def _all(text: str, name: str = "f.txt", **meta: str) -> list[Document]:
    return [doc for doc, _ in documents_of(Source(name, "0" * 64, text, "text", "", meta), {})]


def _describe(text: str, name: str = "f.txt", **meta: str) -> Document:
    return _all(text, name, **meta)[0]


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_says(name: str) -> None:
    text, stated = PAGES[name]
    doc = _describe(text)
    assert {field: getattr(doc, field) for field in stated} == stated


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_its_words_at_its_place(name: str) -> None:
    text = PAGES[name][0]
    doc = _describe(text)
    for item in doc.evidence:
        said, stood = _bare(item.text), _bare(text[item.start : item.end])
        assert item.end == 0 or said in stood or stood in said or set(said) <= set(stood + "、自"), item
    read = {item.field for item in doc.evidence}
    for field in ("doc_no", "index_no", "date_effective", "date_expires", "subject", "openness", "source_url"):
        assert getattr(doc, field) is None or field in read, field


def _bare(text: str) -> str:
    return "".join(c for c in text if c.isalnum() and c not in "〇○OО")  # the zeros that cleaning makes one


def test_a_notice_in_official_form() -> None:
    doc = _describe(
        "某网 > 首页\n杭州市人民政府文件\n杭政发〔2021〕7 号\n杭州市人民政府关于加强养老服务的通知\n"
        f"各区、县(市)人民政府:\n{_BODY}\n杭州市人民政府\n二〇二一年三月五日"
    )
    assert (doc.title, doc.doc_no) == ("杭州市人民政府关于加强养老服务的通知", "杭政发〔2021〕7号")
    assert (doc.issuers, doc.region, doc.adcode) == (("杭州市人民政府",), ("浙江省", "杭州市"), "330100")
    assert (doc.year, doc.date_issued, doc.kind) == (2021, "2021-03-05", "通知")
    assert doc.doc_id == "hangzhengfa-2021-7"


def test_nothing_is_guessed() -> None:
    doc = _describe(f"关于加强管理的意见\n{_BODY}")
    assert (doc.doc_no, doc.issuers, doc.region, doc.adcode) == (None, (), (), None)
    assert (doc.year, doc.date_issued, doc.validity, doc.kind) == (None, None, "未知", "意见")
    assert (doc.index_no, doc.subject, doc.openness, doc.publisher, doc.source_url) == (None, None, None, None, None)
    assert _describe(_BODY, "某文件.txt").title == "某文件"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("关于甲的通知", "通知"),
        ("某市养老服务条例", "条例"),
        ("关于甲的实施意见(试行)", "意见"),
        ("某市甲办法（修订）", "办法"),
        ("《某办法》政策解读", "政策解读"),
        ("某市十四五规划", "规划"),
    ],
)
def test_the_kind_is_what_the_title_ends_with(title: str, kind: str) -> None:
    assert _describe(f"{title}\n\n{_BODY}").kind == kind


def test_a_number_quoted_in_a_sentence_is_another_documents() -> None:
    doc = _describe(f"关于加强管理的意见\n根据《甲办法》（国办发〔2017〕32号）精神，提出如下意见。\n{_BODY}")
    assert doc.doc_no is None


def test_the_id_does_not_depend_on_the_file() -> None:
    text = f"某办发〔2020〕12号\n关于加强管理的意见\n{_BODY}"
    assert _describe(text, "a.txt").doc_id == _describe(f"网站\n{text}\n打印", "b.html").doc_id
    unnumbered = f"杭州市关于加强管理的意见\n{_BODY}"
    assert _describe(unnumbered, "a.txt").doc_id == _describe(unnumbered, "b.txt").doc_id


@pytest.mark.parametrize(
    ("number", "doc_id"),
    [
        (
            "国务院令第709号",
            "guowuyuanling-2019-709",
        ),  # the year from its date: orders of a city start again every term
        ("国办发〔2019〕5号", "guobanfa-2019-5"),
        ("国家税务总局公告2019年第6号", "guojiashuiwuzongjugonggao-2019-6"),
    ],
)
def test_the_id_is_ascii_and_has_the_number(number: str, doc_id: str) -> None:
    assert _describe(f"关于加强管理的意见\n{number}\n{_BODY}\n国务院\n2019年3月2日").doc_id == doc_id


def test_a_numbered_line_is_no_title() -> None:
    assert _describe(f"某市养老规划\n一、总体规划\n二、主要任务\n{_BODY}").title == "某市养老规划"


_NOTICE = (
    "长春市人民政府办公厅关于印发长春市养犬管理办法的通知\n长府办发〔2012〕33号\n索引号：A-2012-33 主题分类：公安\n各县（市）、区人民政府：\n"
    "《长春市养犬管理办法》已经市政府同意，现印发给你们，请遵照执行。\n长春市人民政府办公厅\n2012年9月3日\n长春市养犬管理办法\n"
    "第一章 总则\n第一条 为了规范养犬行为，保障公众安全，制定本办法。\n第二条 本市行政区域内养犬适用本办法。\n"
    "第三条 公安机关负责养犬管理工作。\n第四条 养犬应当登记。\n第五条 本办法自2012年10月1日起施行，有效期5年。"
)


def test_a_document_that_a_notice_sends_has_from_it_what_it_does_not_state() -> None:
    notice, sent = _all(_NOTICE)
    assert (sent.title, sent.kind, sent.parent) == ("长春市养犬管理办法", "办法", notice.doc_id)
    assert (notice.doc_id, sent.doc_id) == ("changfubanfa-2012-33", "changfubanfa-2012-33-fu1")
    for field in ("doc_no", "issuers", "region", "adcode", "date_issued", "subject", "year"):
        assert getattr(sent, field) == getattr(notice, field) and getattr(sent, field), field
    assert (sent.date_effective, sent.date_expires) == ("2012-10-01", "2017-09-30")
    assert notice.date_effective is None, "what the rules say of themselves is not said of the notice"


def test_a_forwarded_opinion_keeps_its_own_issuer_and_day_and_has_no_number() -> None:
    notice = _describe(
        "国务院办公厅转发教育部等部门关于加强管理意见的通知\n国办发〔2003〕71号\n各省、自治区、直辖市人民政府：\n"
        "教育部、财政部《关于加强管理的意见》已经国务院同意，现转发给你们，请认真贯彻执行。\n国务院办公厅\n二○○三年八月十四日"
    )
    opinion = (
        "关于加强管理的意见\n教育部 财政部\n（二○○三年七月二十八日）\n为加强管理，现提出以下意见。\n"
        "一、加强组织领导，明确责任分工，确保落到实处。\n二、加强督促检查，及时研究解决问题。\n三、各地要结合实际制定具体办法。"
    )
    frame = find_frame(read_lines(opinion, opinion)[0])
    sent = describe(frame, body_text(frame), Source("f.txt", "0" * 64, opinion, "text", ""), (), notice, 1)
    assert (notice.issuers, notice.doc_no, notice.date_issued) == (
        ("国务院办公厅",),
        "国办发〔2003〕71号",
        "2003-08-14",
    )
    assert (sent.issuers, sent.doc_no, sent.date_issued) == (("教育部", "财政部"), None, "2003-07-28")
    assert sent.adcode == "100000"


def test_the_first_adoption_of_a_revised_law_is_in_the_evidence() -> None:
    doc = _describe(PAGES["法律, 经修正"][0])
    adopted = next(item for item in doc.evidence if item.field == "date_adopted")
    assert doc.date_issued == "2015-03-15"
    assert adopted.text.startswith("2000年3月15日")


def test_the_pages_meta_gives_what_the_text_does_not() -> None:
    doc = _describe(f"关于加强管理的意见\n{_BODY}", PubDate="2024-03-27 09:15", ContentSource="某市医疗保障局")
    assert (doc.date_published, doc.publisher) == ("2024-03-27", "某市医疗保障局")
    assert [(e.start, e.end) for e in doc.evidence if e.field == "date_published"] == [(0, 0)]
    assert doc.date_issued is None
    stated = _describe(f"关于加强管理的意见\n发布日期：2023-01-02\n{_BODY}", PubDate="2024-03-27")
    assert stated.date_published == "2023-01-02"


@pytest.mark.parametrize(
    ("foot", "issuers", "issued"),
    [
        ("国　务　院\n一九八四年三月五日", ("国务院",), "1984-03-05"),
        ("长春市人民政府\n二〇一二年九月三日", ("长春市人民政府",), "2012-09-03"),
        ("长春市人民政府\n二O一二年九月三十日", ("长春市人民政府",), "2012-09-30"),
        ("长春市人民政府\n二０一二年九月三日", ("长春市人民政府",), "2012-09-03"),
        ("长春市人民政府（盖章）\n2012年9月3日", ("长春市人民政府",), "2012-09-03"),
        ("长春市财政局  长春市民政局\n2012 年 9 月 3 日", ("长春市财政局", "长春市民政局"), "2012-09-03"),
        (
            "长春市财政局\n长春市民政局\n长春市卫生局\n2012年9月3日",
            ("长春市财政局", "长春市民政局", "长春市卫生局"),
            "2012-09-03",
        ),
        ("长春市财政局 2012年9月3日", ("长春市财政局",), "2012-09-03"),
        ("国务院总理 李克强\n2015年1月30日", ("国务院",), "2015-01-30"),
        (
            "附件：1.任务分工表\n2.进度表\n长春市财政局\n2012年9月3日\n抄送：市委办公厅。\n长春市财政局办公室 2012年9月5日印发",
            ("长春市财政局",),
            "2012-09-03",
        ),
        ("（此件公开发布）\n主办：长春市人民政府办公厅", (), None),
    ],
)
def test_signatures(foot: str, issuers: tuple[str, ...], issued: str | None) -> None:
    doc = _describe(f"关于加强管理的意见\n各有关单位：\n{_BODY}\n{foot}")
    assert (doc.issuers, doc.date_issued) == (issuers, issued)


def test_the_fields_of_a_document_fit_its_record() -> None:
    fields: dict[str, Any] = {name: getattr(_describe(_NOTICE), name) for name in ("doc_no_raw", "index_no", "subject")}
    assert fields == {"doc_no_raw": "长府办发〔2012〕33号", "index_no": "A-2012-33", "subject": "公安"}
