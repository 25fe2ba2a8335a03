"""Word files: the numbers Word computes, the text it shows, the tables as rows, and no harm from a bad file."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Iterator

import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UserError
from index.readers.docx import read
from index.readers.numerals import format_number

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_NAMESPACES = (
    f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def _zip(parts: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return stream.getvalue()


def _rels(**targets: str) -> str:
    links = "".join(
        f'<Relationship Id="{kind}" Type="{_RELS}/{kind}" Target="{target}"/>' for kind, target in targets.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
    )


def _parts(body: str, numbering: str = "", styles: str = "") -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _rels(officeDocument="word/document.xml"),
        "word/_rels/document.xml.rels": _rels(styles="styles.xml", numbering="numbering.xml"),
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}<w:sectPr/></w:body></w:document>",
        "word/styles.xml": f"<w:styles {_NAMESPACES}>{styles}</w:styles>",
        "word/numbering.xml": f"<w:numbering {_NAMESPACES}>{numbering}</w:numbering>",
    }


def _file(body: str, numbering: str = "", styles: str = "") -> bytes:
    return _zip(_parts(body, numbering, styles))


def _lines(body: str, numbering: str = "", styles: str = "") -> list[str]:
    return read(_file(body, numbering, styles)).split("\n")


def _run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _p(text: str = "", properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{_run(text) if text else ''}</w:p>"


def _item(text: str, level: int = 0, number: int = 1) -> str:
    return _p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def _level(at: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def _abstract(*levels: str, name: int = 0, more: str = "") -> str:
    return f'<w:abstractNum w:abstractNumId="{name}">{more}{"".join(levels)}</w:abstractNum>'


def _num(name: int = 1, abstract: int = 0, overrides: str = "") -> str:
    return f'<w:num w:numId="{name}"><w:abstractNumId w:val="{abstract}"/>{overrides}</w:num>'


def _style(name: str, properties: str = "", based_on: str = "", label: str = "", run: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{label or name}"/>'
        f'<w:basedOn w:val="{based_on}"/><w:pPr>{properties}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )


_OFFICIAL = _abstract(
    _level(0, "chineseCountingThousand", "%1、", '<w:suff w:val="nothing"/>'),
    _level(1, "chineseCounting", "（%2）", '<w:suff w:val="nothing"/>'),
    _level(2, "decimal", "%3.", '<w:suff w:val="space"/>'),
    _level(3, "decimalEnclosedCircle", "%4", '<w:suff w:val="nothing"/>'),
)


# --- numbers ---


@pytest.mark.parametrize(
    ("form", "number", "written"),
    [
        ("decimal", 12, "12"),
        ("decimalZero", 7, "07"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalEnclosedCircle", 10, "⑩"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("decimalEnclosedCircle", 51, "51"),
        ("decimalEnclosedCircleChinese", 3, "③"),
        ("decimalEnclosedParen", 20, "⒇"),
        ("decimalEnclosedFullstop", 1, "⒈"),
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 12, "十二"),
        ("chineseCountingThousand", 20, "二十"),
        ("chineseCountingThousand", 101, "一百零一"),
        ("chineseCountingThousand", 1260, "一千二百六十"),
        ("japaneseCounting", 99, "九十九"),
        ("taiwaneseCountingThousand", 11, "十一"),
        ("ideographDigital", 105, "一〇五"),
        ("ideographTraditional", 10, "癸"),
        ("ideographTraditional", 11, "11"),
        ("ideographZodiac", 12, "亥"),
        ("chineseLegalSimplified", 3, "叁"),
        ("lowerLetter", 26, "z"),
        ("lowerLetter", 27, "aa"),
        ("lowerLetter", 28, "bb"),
        ("upperLetter", 3, "C"),
        ("lowerRoman", 1994, "mcmxciv"),
        ("upperRoman", 4, "IV"),
        ("upperRoman", 10**9, "1000000000"),
        ("none", 3, ""),
        ("hebrew1", 3, "3"),
    ],
)
def test_number_formats(form: str, number: int, written: str) -> None:
    assert format_number(number, form) == written


def test_levels_of_an_official_document_restart_below_each_other() -> None:
    body = "".join(
        [
            _item("总体要求"), _item("指导思想", 1), _item("基本原则", 1), _item("政府主导。", 2), _item("统筹规划。", 2),
            _item("细目", 3), _item("细目", 3), _item("主要任务"), _item("任务", 1), _item("直接到第三层", 2),
        ]
    )  # fmt: skip
    assert _lines(body, _OFFICIAL + _num()) == [
        "一、总体要求", "（一）指导思想", "（二）基本原则", "1. 政府主导。", "2. 统筹规划。", "①细目", "②细目",
        "二、主要任务", "（一）任务", "1. 直接到第三层",
    ]  # fmt: skip


def test_the_articles_of_a_law_run_on_through_its_chapters() -> None:
    law = _abstract(
        _level(0, "chineseCountingThousand", "第%1章"),
        _level(1, "chineseCountingThousand", "第%1节"),
        _level(2, "chineseCountingThousand", "第%3条", '<w:lvlRestart w:val="0"/>'),
        _level(3, "chineseCountingThousand", "（%4）", '<w:suff w:val="nothing"/>'),
    )
    body = "".join(
        [
            _item("总则"), _item("甲。", 2), _item("乙：", 2), _item("其一；", 3), _item("其二。", 3), _item("附则"),
            _item("丙：", 2), _item("又一。", 3),
        ]
    )  # fmt: skip
    assert _lines(body, law + _num()) == [
        "第一章 总则", "第一条 甲。", "第二条 乙：", "（一）其一；", "（二）其二。", "第二章 附则", "第三条 丙：", "（一）又一。",
    ]  # fmt: skip


def test_legal_numbers_are_arabic_all_through() -> None:
    legal = _abstract(_level(0, "chineseCounting", "第%1章"), _level(1, "chineseCounting", "%1.%2", "<w:isLgl/>"))
    assert _lines(_item("甲") + _item("乙", 1) + _item("丙", 1), legal + _num()) == ["第一章 甲", "1.1 乙", "1.2 丙"]


def test_a_level_may_restart_after_the_top_one_only() -> None:
    lists = _abstract(
        _level(0, "decimal", "%1."),
        _level(1, "decimal", "%1.%2"),
        _level(2, "decimal", "(%3)", '<w:lvlRestart w:val="1"/>'),
    )
    levels = [0, 1, 2, 1, 2, 0, 1, 2]
    numbers = ["1.", "1.1", "(1)", "1.2", "(2)", "2.", "2.1", "(1)"]
    body = "".join(_item("x", level) for level in levels)
    assert _lines(body, lists + _num()) == [f"{number} x" for number in numbers]


@pytest.mark.parametrize(
    ("overrides", "numbers"),
    [
        ("", ["1", "2", "3", "4", "5"]),  # two lists of one kind count on together
        ('<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>', ["1", "2", "1", "2", "3"]),
        ('<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>', ["1", "2", "7", "8", "3"]),
        (
            f'<w:lvlOverride w:ilvl="0">{_level(0, "upperRoman", "%1", start=1)}</w:lvlOverride>',
            ["1", "2", "III", "IV", "5"],
        ),
    ],
)
def test_a_second_list_goes_on_or_starts_anew(overrides: str, numbers: list[str]) -> None:
    lists = _abstract(_level(0, "decimal", "%1")) + _num(1) + _num(2, overrides=overrides)
    body = "".join(_item("x", number=number) for number in (1, 1, 2, 2, 1))
    assert _lines(body, lists) == [f"{number} x" for number in numbers]


def test_a_list_starts_where_it_says() -> None:
    assert _lines(_item("x") + _item("y"), _abstract(_level(0, "decimal", "%1、", start=5)) + _num()) == [
        "5、 x",
        "6、 y",
    ]


def test_bullets_give_nothing_and_fixed_words_stay() -> None:
    lists = _abstract(
        _level(0, "bullet", "\uf0b7"), _level(1, "bullet", "l"), _level(2, "none", "注：", '<w:suff w:val="nothing"/>')
    )
    assert _lines("".join(_item("x", level) for level in range(3)), lists + _num()) == ["x", "x", "注：x"]


def test_styles_number_their_paragraphs() -> None:
    lists = _abstract(
        _level(0, "chineseCounting", "%1、", '<w:pStyle w:val="H1"/><w:suff w:val="nothing"/>'),
        _level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="H2"/><w:suff w:val="nothing"/>'),
    )
    numbered = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    styles = _style("H1", numbered) + _style("H2", numbered) + _style("Own", based_on="H1")
    body = "".join(
        [
            _p("甲", '<w:pStyle w:val="H1"/>'), _p("乙", '<w:pStyle w:val="H2"/>'), _p("丙", '<w:pStyle w:val="Own"/>'),
            _p("丁", '<w:pStyle w:val="H1"/><w:numPr><w:numId w:val="0"/></w:numPr>'), _p("戊", '<w:pStyle w:val="H1"/>'),
        ]
    )  # fmt: skip
    assert _lines(body, lists + _num(), styles) == ["一、甲", "（一）乙", "二、丙", "丁", "三、戊"]


def test_styles_of_libreoffice_say_their_level_themselves() -> None:
    styles = _style("H2", '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>')
    assert _lines(_p("甲", '<w:pStyle w:val="H2"/>'), _OFFICIAL + _num(), styles) == ["（一）甲"]


def test_a_list_may_lead_to_the_list_of_a_style() -> None:
    lists = _OFFICIAL + _abstract(name=1, more='<w:numStyleLink w:val="Gongwen"/>') + _num(1) + _num(2, 1)
    styles = _style("Gongwen", '<w:numPr><w:numId w:val="1"/></w:numPr>')
    assert _lines(_item("甲", number=2), lists, styles) == ["一、甲"]


def test_a_level_shows_no_number_of_a_deeper_one() -> None:
    lists = _abstract(_level(0, "decimal", "%1%2."), _level(1, "decimal", "%1.%2"))
    assert _lines(_item("甲") + _item("乙", 1) + _item("丙"), lists + _num()) == ["1. 甲", "1.1 乙", "2. 丙"]


def test_lists_that_do_not_exist_number_nothing() -> None:
    body = (
        _item("甲", number=9)
        + _item("乙", level=8)
        + _p("丙", '<w:numPr><w:ilvl w:val="x"/><w:numId w:val="-1"/></w:numPr>')
    )
    assert _lines(body, _OFFICIAL + _num()) == ["甲", "乙", "丙"]


def test_styles_based_on_each_other_in_a_ring_end() -> None:
    assert _lines(_p("甲", '<w:pStyle w:val="A"/>'), "", _style("A", based_on="B") + _style("B", based_on="A")) == [
        "甲"
    ]


@pytest.mark.parametrize("change", ["del", "moveFrom"])
def test_what_is_deleted_is_not_counted(change: str) -> None:
    mark = f'<w:rPr><w:{change} w:id="1"/></w:rPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    gone = f'<w:p><w:pPr>{mark}</w:pPr><w:{change} w:id="2">{_run("旧")}</w:{change}></w:p>'
    assert _lines(_item("甲") + gone + _item("乙"), _OFFICIAL + _num()) == ["一、甲", "二、乙"]


# --- the text of a paragraph ---

_FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
_BEGIN, _SEPARATE, _END = (_FIELD.format(kind) for kind in ("begin", "separate", "end"))


def _instruction(code: str) -> str:
    return f"<w:r><w:instrText>{code}</w:instrText></w:r>"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (_run("甲") + "<w:r><w:tab/></w:r>" + _run("乙"), "甲 乙"),
        (_run("甲") + "<w:r><w:br/></w:r>" + _run("乙"), "甲\n乙"),
        (_run("甲") + '<w:r><w:br w:type="page"/></w:r>' + _run("乙"), "甲\n乙"),
        (_run("甲") + "<w:r><w:lastRenderedPageBreak/></w:r>" + _run("乙"), "甲乙"),
        ('<w:r><w:br w:type="page"/></w:r>' + _run("甲"), "甲"),
        (_run("3") + "<w:r><w:noBreakHyphen/></w:r>" + _run("5"), "3-5"),
        (_run("甲") + "<w:r><w:softHyphen/></w:r>" + _run("乙"), "甲乙"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>' + _run("5"), "≥5"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + _run("是"), "☑是"),
        ('<w:r><w:sym w:font="Webdings" w:char="F0FF"/></w:r>' + _run("是"), "是"),
        ('<w:r><w:sym w:font="宋体" w:char="2103"/></w:r>', "℃"),
        (f'<w:ins w:id="1">{_run("增")}</w:ins><w:del w:id="2"><w:r><w:delText>删</w:delText></w:r></w:del>', "增"),
        (f'<w:moveFrom w:id="1">{_run("旧处")}</w:moveFrom><w:moveTo w:id="2">{_run("新处")}</w:moveTo>', "新处"),
        (f'<w:hyperlink w:anchor="x">{_run("链接")}</w:hyperlink>', "链接"),
        (f'<w:smartTag w:element="d"><w:smartTag>{_run("2012年")}</w:smartTag></w:smartTag>', "2012年"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{_run('控件')}</w:sdtContent></w:sdt>", "控件"),
        (f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{_run('单击此处')}</w:sdtContent></w:sdt>" + _run("甲"), "甲"),
        (_run("甲") + _run("隐", "<w:vanish/>") + _run("显", '<w:vanish w:val="0"/>'), "甲显"),
        (_run("甲") + _run("隐", '<w:rStyle w:val="Secret"/>'), "甲"),
        (f'<w:fldSimple w:instr="DATE">{_run("5月")}</w:fldSimple>', "5月"),
        (_BEGIN + _instruction(" HYPERLINK x ") + _SEPARATE + _run("甲") + _END + _run("乙"), "甲乙"),
        (_BEGIN + _instruction("IF ") + _BEGIN + _SEPARATE + _run("内") + _END + _SEPARATE + _run("外") + _END, "外"),
        (_BEGIN + _instruction(r"eq \o\ac(○,3)") + _END + _run("款"), "③款"),
        (_BEGIN + _instruction(" PAGE ") + _run("甲，没有结束的域"), "甲，没有结束的域"),
        ("<w:r><w:ruby><w:rt><w:r><w:t>yī</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>医</w:t></w:r></w:rubyBase></w:ruby></w:r>", "医"),
        ("<m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath>", "x+1"),
        ("<w:r><w:t>甲\n乙</w:t></w:r>", "甲 乙"),
        ("<w:r><w:footnoteReference w:id='1'/></w:r>" + _run("甲"), "甲"),
    ],
)  # fmt: skip
def test_what_a_paragraph_shows(inside: str, text: str) -> None:
    secret = '<w:style w:type="character" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>'
    assert read(_file(f"<w:p>{inside}</w:p>", "", secret)) == text


def test_hidden_styles_hide_their_paragraphs() -> None:
    styles = (
        _style("Hidden", run="<w:vanish/>") + _style("Own", based_on="Hidden")
        + _style("Shown", based_on="Hidden", run='<w:vanish w:val="false"/>')
    )  # fmt: skip
    body = "".join(_p(name, f'<w:pStyle w:val="{name}"/>') for name in ("Hidden", "Own", "Shown"))
    assert _lines(body + _p("甲"), "", styles) == ["Shown", "甲"]


def test_a_paragraph_whose_mark_was_deleted_runs_on() -> None:
    deleted = '<w:rPr><w:del w:id="1"/></w:rPr>'
    assert _lines(_p("前半句，", deleted) + _p("后半句。") + _p("末句", deleted)) == ["前半句，后半句。", "末句"]


_HEAD = _p("某省人民政府文件") + _p("某政发〔2020〕1号")


@pytest.mark.parametrize(
    "box",
    [
        f"<mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx><w:txbxContent>{_HEAD}</w:txbxContent></wps:txbx></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox><w:txbxContent>{_HEAD}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>",
        f"<mc:AlternateContent><mc:Choice Requires='wpc'><wps:canvas/></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox><w:txbxContent>{_HEAD}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>",
        f"<w:pict><v:shape><v:textbox><w:txbxContent>{_HEAD}</w:txbxContent></v:textbox></v:shape></w:pict>",
    ],
)
def test_a_letterhead_in_a_text_box_is_read_once_where_it_stands(box: str) -> None:
    body = _p("〇") + f"<w:p><w:r>{box}</w:r>{_run('关于某事的通知')}</w:p>" + _p("各市：")
    assert _lines(body) == ["〇", "某省人民政府文件", "某政发〔2020〕1号", "关于某事的通知", "各市："]


def test_a_text_box_in_a_sentence_does_not_cut_it() -> None:
    box = f"<w:r><w:pict><v:textbox><w:txbxContent>{_p('旁注')}</w:txbxContent></v:textbox></w:pict></w:r>"
    assert _lines(f"<w:p>{_run('前半')}{box}{_run('后半')}</w:p>") == ["前半后半", "旁注"]


def test_word_art_is_text() -> None:
    assert _lines("<w:p><w:r><w:pict><v:shape><v:textpath string='某市文件'/></v:shape></w:pict></w:r></w:p>") == [
        "某市文件"
    ]


def _contents_by_field() -> str:
    entry = f'<w:hyperlink w:anchor="a">{_run("第一章 总则")}{_BEGIN}{_instruction("PAGEREF a")}{_SEPARATE}{_run("1")}{_END}</w:hyperlink>'
    return (
        f"<w:p>{_BEGIN}{_instruction(' TO')}{_instruction('C o')}{_SEPARATE}{entry}</w:p><w:p>{entry}</w:p>"
        f"<w:p>{_END}</w:p>"
    )


@pytest.mark.parametrize(
    "contents",
    [
        _contents_by_field(),
        f"<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        f"<w:sdtContent>{_p('目录')}{_contents_by_field()}</w:sdtContent></w:sdt>",
        _p("第一章 总则 1", '<w:pStyle w:val="11"/>') + _p("第二章 附则 2", '<w:pStyle w:val="11"/>'),
        f'<w:p><w:fldSimple w:instr=" TOC \\o">{_run("第一章 总则 1")}</w:fldSimple></w:p>',
        "",
    ],
)
def test_a_table_of_contents_is_dropped(contents: str) -> None:
    body = _p("某市条例") + (_p("目　录") if contents else "") + contents + _p("第一章 总则") + _p("第一条 甲。")
    expected = ["某市条例", "第一章 总则", "第一条 甲。"]
    assert _lines(body, "", _style("11", label="toc 1")) == expected


# --- tables ---


def _cell(inside: str = "", properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside or '<w:p/>'}</w:tc>"


def _row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def _plain(*texts: str) -> str:
    return _row(*(_cell(_p(text)) for text in texts))


_RESTART, _BELOW, _TWO = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (_p("表1") + _table(_plain("项", "数"), _plain("甲", "1")) + _p("后"), ["表1", "\x1e项\x1f数", "\x1e甲\x1f1", "后"]),
        (_table(_plain("项", "数"), _row(_cell(_p("一") + _p("二")), _cell("<w:p/>"))), ["项", "数", "一", "二"]),
        (
            _table(_plain("项", "数"), _row(_cell(_p("一") + _p("二")), _cell(_p("3")))),
            ["\x1e项\x1f数", "\x1e一 二\x1f3"],
        ),
        (
            _table(_row(_cell(_p("并"), _TWO), _cell(_p("丙"))), _plain("1", "2", "3")),
            ["\x1e并\x1f并\x1f丙", "\x1e1\x1f2\x1f3"],
        ),
        (
            _table(
                _row(_cell(_p("类"), _RESTART), _cell(_p("1"))),
                _row(_cell("", _BELOW), _cell(_p("2"))),
                _row(_cell("", '<w:vMerge w:val="continue"/>'), _cell(_p("3"))),
                _row(_cell(_p("另"), _RESTART), _cell(_p("4"))),
            ),
            ["\x1e类\x1f1", "\x1e类\x1f2", "\x1e类\x1f3", "\x1e另\x1f4"],
        ),
        (
            _table(
                _row(_cell(_p("大"), _TWO + _RESTART), _cell(_p("1"))), _row(_cell("", _TWO + _BELOW), _cell(_p("2")))
            ),
            ["\x1e大\x1f大\x1f1", "\x1e大\x1f大\x1f2"],
        ),
        (
            _table(_plain("1", "2", "3"), _row(_cell(_p("二")), _cell(_p("三")), properties='<w:gridBefore w:val="1"/>')),
            ["\x1e1\x1f2\x1f3", "\x1e\x1f二\x1f三"],
        ),
        (_table(_plain("1", "2", "3"), _plain("甲", "乙")), ["\x1e1\x1f2\x1f3", "\x1e甲\x1f乙\x1f"]),
        (
            _table(_plain("a", "b"), _plain("c", "d")) + "<w:p/>" + _table(_plain("e", "f"), _plain("g", "h")),
            ["\x1ea\x1fb", "\x1ec\x1fd", "\x1d", "\x1ee\x1ff", "\x1eg\x1fh"],
        ),
        (
            _table(_plain("a", "b"), _row(_cell(_table(_plain("内1", "内2"), _plain("内3", "内4")) + _p("外")), _cell(_p("d")))),
            ["\x1ea\x1fb", "\x1e内1 内2 内3 内4 外\x1fd"],
        ),
        (
            _table(_plain("a", "b"), _row(_cell(_p("删")), _cell(_p("去")), properties='<w:del w:id="1"/>'), _plain("c", "d")),
            ["\x1ea\x1fb", "\x1ec\x1fd"],
        ),
        (_table(_row(_cell(_p("一、总则") + _p("（一）甲"))), _plain("二、附则")), ["一、总则", "（一）甲", "二、附则"]),
        (_table(_plain("某政发〔2020〕1号", "签发人：某某")), ["某政发〔2020〕1号", "签发人：某某"]),
        (f"<w:sdt><w:sdtContent>{_table(_plain('a', 'b'), _plain('c', 'd'))}</w:sdtContent></w:sdt>", ["\x1ea\x1fb", "\x1ec\x1fd"]),
    ],
)  # fmt: skip
def test_tables(body: str, lines: list[str]) -> None:
    assert _lines(body) == lines


def test_a_column_of_automatic_serial_numbers_is_filled() -> None:
    rows = [_row(_cell(_item("")), _cell(_p(text))) for text in ("甲", "乙")]
    assert _lines(_table(_plain("序号", "事项"), *rows), _abstract(_level(0, "decimal", "%1")) + _num()) == [
        "\x1e序号\x1f事项",
        "\x1e1\x1f甲",
        "\x1e2\x1f乙",
    ]


def test_spans_cannot_multiply_a_text_without_end() -> None:
    wide = _cell(_p("长" * 2000), '<w:gridSpan w:val="60"/>')
    text = read(_file(_table(*[_row(wide, _cell(_p("x")))] * 300)))
    assert len(text) < 4_000_000
    assert {line.count("\x1f") for line in text.split("\n")} == {60}


def test_a_table_as_wide_as_word_allows_is_a_grid() -> None:
    assert [line.count("\x1f") for line in _lines(_table(_plain(*"x" * 63), _plain(*"y" * 63)))] == [62, 62]


def test_a_table_wider_than_word_allows_lies_flat() -> None:
    assert _lines(
        _table(_row(_cell(_p("a"), '<w:gridSpan w:val="999999999"/>'), _cell(_p("b"))), _plain("c", "d"))
    ) == list("abcd")


# --- whole files ---


def test_a_file_of_python_docx() -> None:
    document = Document()
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.sections[0].footer.paragraphs[0].text = "页脚"
    document.add_heading("某市办法", 0)
    for text in ("甲", "乙"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("丙", style="List Bullet").add_run().add_break(WD_BREAK.PAGE)
    table = document.add_table(2, 2)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{at}"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "并"
    document.add_paragraph("末")
    stream = io.BytesIO()
    document.save(stream)
    assert read(stream.getvalue()).split("\n") == [
        "某市办法", "1. 甲", "2. 乙", "丙", "并", "格2", "格3", "末",
    ]  # fmt: skip


def test_a_regulation_as_the_national_database_gives_it() -> None:
    texts = [
        "某省某条例", "（2019年5月30日某省第十三届人民代表大会常务委员会第十一次会议通过）", "目　　录", "第一章　总则",
        "第一章　总则", "第一条　为了某事，制定本条例。", "本条例所称某事，是指：", "（一）甲；", "（二）乙。",
    ]  # fmt: skip
    title = "<w:p>" + _run("某省") + "</w:p>"
    body = title + "".join(
        f"<w:p><w:pPr><w:jc/></w:pPr>{''.join(_run(char) for char in text)}</w:p>" for text in texts[1:]
    )
    assert _lines(body) == ["某省", *texts[1:]]


def test_strict_files_are_read() -> None:
    parts = _parts(_item("甲"), _OFFICIAL + _num())
    strict = {
        name: str(part).replace(_W, _STRICT_W).replace(_RELS, _STRICT_RELS) for name, part in parts.items()
    }  # fmt: skip
    assert _STRICT_W in strict["word/document.xml"]
    assert read(_zip(strict)) == "一、甲"


@pytest.mark.parametrize(
    ("old", "new"), [("word/", "word\\"), ("word/", "WORD/"), ("word/document.xml", "/word/document.xml")]
)
def test_odd_part_names_of_other_writers(old: str, new: str) -> None:
    parts = _parts(_item("甲"), _OFFICIAL + _num())
    assert read(_zip({name.replace(old, new, 1): part for name, part in parts.items()})) == "一、甲"


def test_parts_may_be_named_otherwise_or_missing() -> None:
    parts = _parts(_p("甲"))
    parts["word/document2.xml"] = parts.pop("word/document.xml")
    parts["_rels/.rels"] = _rels(officeDocument="/word/document2.xml", image="NULL")
    for name in ("word/styles.xml", "word/numbering.xml", "word/_rels/document.xml.rels"):
        del parts[name]
    assert read(_zip(parts)) == "甲"


def test_a_file_of_pictures_only_is_empty() -> None:
    assert read(_file("<w:p><w:r><w:drawing/></w:r></w:p>")) == ""


# --- bad files ---


def _refused() -> Iterator[tuple[str, bytes, str]]:
    sound = _parts(_p("甲"))
    yield "no zip", b"PK\x03\x04rest", "已损坏"
    yield "nothing", b"", "已损坏"
    yield "cut off", _zip(sound)[:-200], "已损坏"
    yield "other zip", _zip({"xl/workbook.xml": "<x/>"}), "不是 Word"
    yield "other root", _zip({**sound, "word/document.xml": "<x/>"}), "不是 Word"
    yield "no XML", _zip({**sound, "word/document.xml": b"\xff\xfe\x00"}), "已损坏"
    yield "deep", _file("<w:sdt><w:sdtContent>" * 50_000), "已损坏"
    yield "bomb", _zip({**sound, "word/media/a.bmp": bytes(600 * 2**20)}), "过大"
    yield "packed too tight", _zip({**sound, "word/document.xml": bytes(60 * 2**20)}), "过大"
    yield "laughs", _zip({**sound, "word/document.xml": _laughs()}), "已损坏"
    yield "html inside", _file('<w:altChunk r:id="x" xmlns:r="y"/>'), "嵌入的网页"


def _laughs() -> str:
    entities = "".join(f'<!ENTITY e{at + 1} "{f"&e{at};" * 10}">' for at in range(12))
    body = "<w:body><w:p><w:r><w:t>&e12;</w:t></w:r></w:p></w:body>"
    return f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><w:document {_NAMESPACES}>{body}</w:document>'


@pytest.mark.parametrize(("data", "said"), [pytest.param(data, said, id=name) for name, data, said in _refused()])
def test_bad_files_are_refused_with_the_remedy(data: bytes, said: str) -> None:
    started = time.monotonic()
    with pytest.raises(UserError, match=said) as error:
        read(data)
    assert "请" in str(error.value)
    assert "\n" not in str(error.value)
    assert time.monotonic() - started < 10


def test_external_entities_are_not_fetched(tmp_path: object) -> None:
    (secret := tmp_path / "secret.txt").write_text("机密")  # type: ignore[operator]
    document = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><w:document {_NAMESPACES}>'
        "<w:body><w:p><w:r><w:t>甲&e;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert read(_zip({**_parts(""), "word/document.xml": document})) == "甲"


def test_deep_nesting_that_xml_allows_is_read() -> None:
    tables = (_table(_row(_cell("{}"))).split("{}"), 50)
    deep = tables[0][0] * tables[1] + _p("底") + tables[0][1] * tables[1]
    assert _lines(deep) == ["底"]
    assert _lines("<w:sdt><w:sdtContent>" * 100 + _p("底") + "</w:sdtContent></w:sdt>" * 100) == ["底"]


def _rich() -> dict[str, str | bytes]:
    table = _table(
        _row(_cell(_item("类"), _RESTART + _TWO), _cell(_p("1"))), _row(_cell("", _BELOW + _TWO), _cell(_p("2")))
    )
    body = _item("甲") + _contents_by_field() + table + _p("乙", '<w:pStyle w:val="H"/>') + _item("丙", 2)
    styles = _style("H", '<w:numPr><w:numId w:val="1"/></w:numPr>', based_on="H")
    return _parts(
        body,
        _OFFICIAL + _num(overrides='<w:lvlOverride w:ilvl="1"><w:startOverride w:val="3"/></w:lvlOverride>'),
        styles,
    )


def _read_or_refuse(data: bytes) -> None:
    try:
        text = read(data)
    except UserError:
        return
    assert not set(text) & set("\0\x1c\r")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    sound = bytearray(_zip(_rich()))
    for _ in range(data.draw(st.integers(0, 8))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(sound[: data.draw(st.integers(0, len(sound)))]))
    _read_or_refuse(bytes(sound))


@pytest.mark.parametrize("seed", range(150))
def test_damaged_parts_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    parts = _rich()
    name = chance.choice([name for name in parts if name != "[Content_Types].xml"])
    tokens = str(parts[name]).replace("<", "\0<").replace(" ", "\0 ").replace('"', '\0"').split("\0")
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        tokens[at] = chance.choice(["", tokens[other], tokens[at] * 2, tokens[at].replace("1", "99999999999"), '"-3'])
    _read_or_refuse(_zip({**parts, name: "".join(tokens)}))
