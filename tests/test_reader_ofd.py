"""OFD: planted paragraphs and tables come back whole; what is broken or hostile is refused in a sentence."""

from __future__ import annotations

import contextlib
import random
import time

import pytest

from index.errors import UserError
from index.readers.ofd import read, read_here
from tests import ofd_writer
from tests.ofd_writer import NS, RIGHT, SIZE, Block, page_xml, path_object, text_object

_SENTENCE = "为加强和规范城乡居民基本医疗保险基金管理，切实保障参保人员的合法权益，根据国家和省有关规定，结合本地实际，现就有关事项通知如下。"
_CHARS = "城乡居民基本医疗保险基金管理办法参保人员合法权益统筹地区经办机构应当按照规定及时足额支付待遇、，“”《》（）2031年15%A"
_NUMBERS = "一二三四五六七八九十"


def _notice() -> list[Block]:
    """A notice with every level of numbers, headings, a list of annexes, a signature."""
    blocks = [
        Block("关于加强某基金管理工作的通知", "centre", 7.76),
        Block("某政办发〔2031〕15号", "centre"),
        Block("各县（市、区）人民政府，市政府各部门：", "flush"),
        Block(_SENTENCE),
    ]
    for i in range(4):
        blocks.append(Block(f"{_NUMBERS[i]}、完善筹资机制"))
        for j in range(3):
            blocks.append(Block(f"（{_NUMBERS[j]}）第{i}组第{j}项。" + _SENTENCE * ((i + j) % 3 + 1)))
            blocks += [Block(f"{k}.第{k}目要求。" + _SENTENCE[: 20 + 9 * k]) for k in (1, 2)]
    blocks += [Block("附件：1.某名单"), Block("某市人民政府办公室", "right"), Block("2031年3月1日", "right")]
    return blocks


def _texts(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if block.text]


def _lines(data: bytes) -> list[str]:
    return read_here(data).split("\n")


@pytest.mark.parametrize("style", ["run", "char"])
@pytest.mark.parametrize("header", ["", "某市人民政府公报"])
def test_paragraphs_come_back_whole_over_lines_and_pages(style: str, header: str) -> None:
    blocks = _notice()
    data = ofd_writer.write(blocks, style, header, template="内部资料")
    assert data.count(b"Pages/Page_") >= 4  # it takes several pages
    assert _lines(data) == _texts(blocks)


@pytest.mark.parametrize("seed", range(12))
def test_paragraphs_of_any_length_come_back_whole(seed: int) -> None:
    """Lengths at random, those included that fill their last line to the edge or leave one character on it."""
    rng = random.Random(seed)
    blocks = [Block("关于某事项的通知", "centre", 7.76)]
    for number in range(1, 30):
        length = rng.choice([rng.randrange(5, 200), 26, 54, 82, 27, 55])
        mark = rng.choice([f"{number}.", f"（{_NUMBERS[number % 10]}）", f"第{_NUMBERS[number % 10]}条 ", ""])
        body = "".join(rng.choice(_CHARS) for _ in range(length - 2)).strip("、，”》）")
        blocks.append(Block(f"{mark}本{body}事。"))
    got = [line.replace(" ", "") for line in _lines(ofd_writer.write(blocks, rng.choice(["run", "char"])))]
    want = [text.replace(" ", "") for text in _texts(blocks)]
    assert len(set(got) & set(want)) >= 0.95 * len(want)


def test_what_is_no_text_of_the_page_is_left_out() -> None:
    """Watermarks: on the template, leaning, faint, hidden; an annotation."""
    leaning = '<ofd:TextObject Boundary="60 90 90 90" CTM="0.7 0.7 -0.7 0.7 0 0" Size="12"><ofd:TextCode X="0" Y="9">严禁外传</ofd:TextCode></ofd:TextObject>'
    faint = text_object("内部资料", 60, 120, 12, "run", 'Alpha="40"')
    hidden = text_object("草稿", 60, 150, 12, "run", 'Visible="false"')
    annotation = f"<ofd:PageAnnot {NS}><ofd:Annot><ofd:Appearance>{text_object('批注', 1, 9, 5, 'run')}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    data = ofd_writer.write(
        [Block(_SENTENCE)] * 3,
        extra=leaning + faint + hidden,
        template="样本",
        parts={"Doc_0/Annots/Annot_0.xml": annotation.encode()},
    )
    assert _lines(data) == [_SENTENCE] * 3


def test_a_ruled_table_is_rows_of_cells() -> None:
    rows = [["类别", "标准（元）", "备注"], ["甲类", "1200", "每人每年"], ["乙类", "850.5", ""]]
    blocks = [Block(_SENTENCE), Block("表1补助标准", "centre"), Block(rows=rows), Block(_SENTENCE)]
    table = ["\x1e" + "\x1f".join(row) for row in rows]
    assert _lines(ofd_writer.write(blocks)) == [_SENTENCE, "表1补助标准", *table, _SENTENCE]


def test_a_merged_cell_stands_in_each_place_that_it_covers() -> None:
    rows = [["项目", "标准", "备注"], ["合计一千元", "", "无"]]
    data = ofd_writer.write([Block(rows=rows, merged=frozenset({(1, 1)}))])
    assert _lines(data) == ["\x1e项目\x1f标准\x1f备注", "\x1e合计一千元\x1f合计一千元\x1f无"]


def test_a_table_goes_on_over_the_page_break() -> None:
    rows = [["序号", "名称"], *([str(i), f"第{i}家"] for i in range(1, 41))]
    lines = _lines(ofd_writer.write([Block(_SENTENCE), Block(rows=rows)]))
    assert lines == [_SENTENCE, *("\x1e" + "\x1f".join(row) for row in rows)]


def test_a_page_that_lies_on_its_side_is_turned() -> None:
    """A wide table bound sideways: its text runs downwards on an upright page."""
    turned = "".join(
        f'<ofd:TextObject Boundary="{180 - 11 * i} 30 6 200" CTM="0 1 -1 0 0 0" Size="{SIZE}">'
        f'<ofd:TextCode X="0" Y="0" DeltaX="g {len(line) - 1} {SIZE}">{line}</ofd:TextCode></ofd:TextObject>'
        for i, line in enumerate(["一、甲的标准。", "二、乙的标准。"])
    )
    assert _lines(ofd_writer.pack([page_xml(turned)])) == ["一、甲的标准。", "二、乙的标准。"]


def test_text_in_a_drawing_that_the_page_calls_is_read() -> None:
    unit = f'<ofd:CompositeGraphicUnit ID="9" Width="100" Height="20"><ofd:Content>{text_object("一、甲的办法。", 0, 6, SIZE, "run")}</ofd:Content></ofd:CompositeGraphicUnit>'
    resources = f"<ofd:Res {NS}><ofd:CompositeGraphicUnits>{unit}</ofd:CompositeGraphicUnits></ofd:Res>"
    call = '<ofd:CompositeObject ID="10" ResourceID="9" Boundary="40 60 100 20"/>'
    data = ofd_writer.pack([page_xml(call)], parts={"Doc_0/PublicRes.xml": resources.encode()})
    assert _lines(data) == ["一、甲的办法。"]


_PAGE = page_xml(text_object("一、甲的办法。", 40, 60, SIZE, "run"))
_NAME = "Doc_0/Pages/Page_0/Content.xml"


@pytest.mark.parametrize(
    "page",
    [
        _PAGE.replace("ofd:", "").replace("xmlns:ofd=", "xmlns=").encode(),
        _PAGE.replace("ofd:", "").replace(NS, "").encode(),
        _PAGE.replace(NS, "").encode(),  # a prefix that is not declared
        _PAGE.replace("UTF-8", "GBK").encode("gbk"),
        _PAGE.replace("UTF-8", "UTF-16").encode("utf-16"),
        _PAGE.replace("UTF-8", "GBK").encode(),  # declared wrongly
        _PAGE.replace("UTF-8", "punycode").encode(),
        b"\xef\xbb\xbf" + _PAGE.encode(),
        _PAGE.replace("DeltaX", "DeltaZ").encode(),
    ],
)
def test_writers_that_do_not_keep_to_the_standard_are_read(page: bytes) -> None:
    assert _lines(ofd_writer.pack([_PAGE], parts={_NAME: page})) == ["一、甲的办法。"]


@pytest.mark.parametrize(
    "location", ["/Doc_0/Pages/Page_0/Content.xml", "pages\\page_0\\content.xml", "./Pages/Page_0/Content.xml"]
)
def test_odd_locations_are_found(location: str) -> None:
    document = f'<ofd:Document {NS}><ofd:Pages><ofd:Page ID="1" BaseLoc="{location}"/></ofd:Pages></ofd:Document>'
    assert _lines(ofd_writer.pack([_PAGE], parts={"Doc_0/Document.xml": document.encode()})) == ["一、甲的办法。"]


def test_two_documents_in_one_file_are_read_in_order() -> None:
    root = (
        f"<ofd:OFD {NS}>"
        + "".join(f"<ofd:DocBody><ofd:DocRoot>Doc_{i}/Document.xml</ofd:DocRoot></ofd:DocBody>" for i in (0, 1))
        + "</ofd:OFD>"
    )
    second = f'<ofd:Document {NS}><ofd:Pages><ofd:Page BaseLoc="Content.xml"/></ofd:Pages></ofd:Document>'
    parts = {
        "OFD.xml": root.encode(),
        "Doc_1/Document.xml": second.encode(),
        "Doc_1/Content.xml": _PAGE.replace("一、甲", "二、乙").encode(),
    }
    assert _lines(ofd_writer.pack([_PAGE], parts=parts)) == ["一、甲的办法。", "二、乙的办法。"]


_DOCTYPE = '<!DOCTYPE a [<!ENTITY b "哈哈"><!ENTITY c "&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (ofd_writer.pack([page_xml("")]), "没有文字.*OCR"),
        (ofd_writer.pack([_PAGE], parts={_NAME: _PAGE[: len(_PAGE) // 2].encode()}), "已损坏"),
        (ofd_writer.pack([_PAGE], parts={"Doc_0/Document.xml": b"<a/>"}), "没有文字"),
        (ofd_writer.pack([_PAGE], parts={"OFD.xml": b"<OFD><DocBody><DocRoot>x</DocRoot></DocBody></OFD>"}), "已损坏"),
        (
            ofd_writer.pack(
                [_PAGE], parts={_NAME: _PAGE.replace("?>", "?>" + _DOCTYPE, 1).replace("甲的", "&c;&x;").encode()}
            ),
            "已损坏",
        ),
        (
            ofd_writer.zipped(
                {
                    "OFD.xml": b"<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
                    "Encryptions.xml": b"<a/>",
                }
            ),
            "加了密",
        ),
        (ofd_writer.pack([page_xml(text_object("\ue123\ue124\ue125\ue126", 40, 60, SIZE, "run"))]), "没有编码"),
        (ofd_writer.pack([_PAGE])[:-60], "已损坏"),
        (b"PK\x03\x04", "已损坏"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        read_here(data)
    assert "请" in str(error.value) and "哈哈" not in str(error.value) and "root:" not in str(error.value)


def _laughs() -> bytes:
    """Drawings that call each other ten at a time, thirty deep."""
    calls = "".join(
        f'<ofd:CompositeGraphicUnit ID="{i}"><ofd:Content>'
        + f'<ofd:CompositeObject ResourceID="{i + 1}"/>' * 10
        + "</ofd:Content></ofd:CompositeGraphicUnit>"
        for i in range(30)
    )
    resources = f"<ofd:Res {NS}><ofd:CompositeGraphicUnits>{calls}</ofd:CompositeGraphicUnits></ofd:Res>"
    page = page_xml('<ofd:CompositeObject ResourceID="0"/>')
    return ofd_writer.pack([page], parts={"Doc_0/PublicRes.xml": resources.encode()})


def _many_pages() -> bytes:
    pages = '<ofd:Page BaseLoc="Pages/Page_0/Content.xml"/>' * 100_000
    document = f"<ofd:Document {NS}><ofd:Pages>{pages}</ofd:Pages></ofd:Document>"
    return ofd_writer.pack([_PAGE], parts={"Doc_0/Document.xml": document.encode()})


@pytest.mark.parametrize(
    "data",
    [
        _laughs(),
        _many_pages(),
        ofd_writer.pack([page_xml("<ofd:PageBlock>" * 100_000 + "</ofd:PageBlock>" * 100_000)]),
        ofd_writer.pack([page_xml("<ofd:PathObject/>" * 400_000)]),
        ofd_writer.pack([page_xml(path_object(28, 50, RIGHT, 50) + path_object(28, 40, 28, 90)) * 1]),
        ofd_writer.pack(
            [page_xml(text_object("字", 1, 9, 5, "run").replace('DeltaX=""', 'DeltaX="g 999999999 5"'))], parts={}
        ),
        ofd_writer.pack([_PAGE], parts={_NAME: b"<a " + b" " * 2_000_000 + b"<b>"}),
        ofd_writer.pack([_PAGE], parts={_NAME: b"<" * 900_000}),
        ofd_writer.pack(
            [_PAGE], parts={_NAME: _PAGE.replace('Size="5.644"', 'Size="1e999"').replace("Boundary", "CTM").encode()}
        ),
    ],
)
def test_hostile_files_end_soon(data: bytes) -> None:
    start = time.monotonic()
    with contextlib.suppress(UserError):
        assert isinstance(read_here(data), str)
    assert time.monotonic() - start < 20  # on a busy machine; 4 s on an idle one


def test_reading_in_a_process_of_its_own_gives_the_same() -> None:
    data = ofd_writer.write(_notice())
    assert read(data) == read_here(data)
    with pytest.raises(UserError, match="没有文字"):
        read(ofd_writer.pack([page_xml("")]))
