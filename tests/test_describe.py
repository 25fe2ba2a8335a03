"""What a document says of itself is read from the page around it; what it does not say stays empty."""

from __future__ import annotations

import pytest

from index.clean import clean
from index.describe import Source, describe
from index.frame import find_frame
from index.split import body_text
from index.types import Document

_BODY = "一、进一步加强基层服务机构建设，提高服务能力。\n二、其他事项，按有关规定执行。"


def _describe(text: str, name: str = "f.txt") -> Document:
    frame = find_frame(clean(text)[0])
    return describe(frame, body_text(frame), Source(name, "0" * 64))


def test_a_notice_in_official_form() -> None:
    doc = _describe(
        "某网 > 首页\n杭州市人民政府文件\n杭政发〔2021〕7 号\n杭州市人民政府关于印发养老服务办法的通知\n"
        f"各区、县(市)人民政府:\n{_BODY}\n杭州市人民政府\n二〇二一年三月五日"
    )
    assert (doc.title, doc.doc_no) == ("杭州市人民政府关于印发养老服务办法的通知", "杭政发〔2021〕7号")
    assert (doc.issuers, doc.region, doc.adcode) == (("杭州市人民政府",), ("浙江省", "杭州市"), "330100")
    assert (doc.year, doc.date_issued, doc.kind) == (2021, "2021-03-05", "通知")
    assert doc.doc_id == "hangzhengfa-2021-7"


def test_nothing_is_guessed() -> None:
    doc = _describe(f"关于加强管理的意见\n{_BODY}")
    assert (doc.doc_no, doc.issuers, doc.region, doc.adcode) == (None, (), (), None)
    assert (doc.year, doc.date_issued, doc.validity, doc.kind) == (None, None, "未知", "意见")
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


def test_a_numbered_line_is_no_title() -> None:
    assert _describe(f"某市养老规划\n一、总体规划\n二、主要任务\n{_BODY}").title == "某市养老规划"
