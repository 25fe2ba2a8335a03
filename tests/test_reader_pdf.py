"""A PDF gives the text as its editor had it: paragraphs whole, tables by cell, nothing that only a page has."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.errors import UserError
from index.readers import ocr
from index.readers.contain import read_contained
from index.readers.pdf import read, read_here
from tests.pdf_writer import BOLD, BREAK, FONT, Sheet, draw, gap, of_pictures, para, raw, table, title, write

SENTENCE = "各县（市、区）人民政府要按照职责分工认真抓好落实，确保2024年底前参保率稳定在95%以上，并于12月31日前上报。"
CLAUSES = (
    "各县（市、区）人民政府，市直各有关部门要按照职责分工", "确保2024年底前参保率稳定在95%以上", "推进“互联网+医疗健康”服务",
    "对符合条件的困难群众给予每人每年420元的补助", "按照《社会保险法》第二十三条第二款的规定执行", "（含异地就医）",
    "落实国办发〔2016〕26号文件", "按照本办法第三条第（二）项规定办理", "具体办法由省人民政府另行制定", "不得低于1:1.5",
)  # fmt: skip
HAN = "一二三四五六七八九十"


def lines(data: bytes) -> list[str]:
    return read_here(data).split("\n")


def rows(*cells: str) -> list[str]:
    """Return rows as the reader gives them, from `甲|乙`."""
    return ["\x1e" + row.replace("|", "\x1f") for row in cells]


# --- paragraphs -----------------------------------------------------------------------------------------------------


def _prose(source: random.Random) -> str:
    many = source.choice((1, 2, 5, 9))
    return "".join("，".join(source.sample(CLAUSES, source.randint(1, 5))) + "。" for _ in range(many))


def _document(seed: int) -> tuple[list[Any], list[str], Sheet]:
    """Return a story set at random, the paragraphs that it holds, and its sheet."""
    source = random.Random(seed)
    size = source.choice((10.5, 12, 14, 16))
    style = {
        "size": size,
        "leading": size * source.choice((1.25, 1.5, 1.75, 2)),
        "align": source.choice(("justify", "left")),
    }
    truth = ["关于印发某市实施方案", "的通知"]
    story: list[Any] = title(*truth, size=size * 1.4)
    for i in range(source.randint(6, 14)):
        mark = source.choice(
            (f"{HAN[i % 10]}、", f"（{HAN[i % 10]}）", f"{i + 1}.", f"第{HAN[i % 10]}条", f"（{i + 1}）", "")
        )
        text = mark + (source.choice(("保障措施", "总体要求")) if mark.endswith("、") else _prose(source))
        story.append(para(text, **style, font=BOLD if mark.endswith("、") else FONT))
        truth.append(text)
    margins = source.choice(((105, 74, 99, 79), (72, 72, 72, 72), (90, 60, 72, 100)))
    foot = source.choice(("", "— {n} —", "- {n} -", "第{n}页 共{of}页", "{n}/{of}", "{n}", "· {n} ·"))
    return story, truth, Sheet(margins=margins, footer=foot, watermark=source.choice(("", "内部资料")))


@pytest.mark.parametrize("seed", range(40))
def test_paragraphs_come_back_as_they_were_written(seed: int) -> None:
    story, truth, sheet = _document(seed)
    assert lines(write(story, sheet)) == truth


@pytest.mark.parametrize("seed", range(100, 110))
def test_pages_without_indents_part_paragraphs_by_space(seed: int) -> None:
    source = random.Random(seed)
    truth = [f"{i + 1}.{_prose(source)}" if i % 2 else _prose(source) for i in range(8)]
    story = [para(text, indent=0, size=12, leading=18, align="left", spaceAfter=9) for text in truth]
    assert lines(write(story)) == truth


def test_a_sentence_runs_on_over_the_page() -> None:
    truth = [SENTENCE * 30, "二、保障措施", SENTENCE * 20]
    data = write([para(text) for text in truth], Sheet(header="某市人民政府公报", footer="— {n} —"))
    assert data.count(b"/Type /Page\n") > 3
    assert lines(data) == truth


def test_a_paragraph_that_ends_with_the_page_ends() -> None:
    assert lines(write([para(SENTENCE), BREAK, para(SENTENCE)])) == [SENTENCE, SENTENCE]


def test_a_number_that_only_happens_to_open_a_line_opens_no_paragraph() -> None:
    """按照本条第|（二）项, and 第|二十条 at the left margin."""
    for length in range(20, 60):
        text = "对" * length + "按照本条第（二）项、第3.2节和第二十条的规定办理。" + SENTENCE
        assert lines(write([para(text), para(SENTENCE)])) == [text, SENTENCE]


def test_lines_of_a_title_stay_apart_and_spread_characters_close_up() -> None:
    story = [
        *title("某市人民政府", "关于印发实施方案的通知"), para("目　录", indent=0, align="center"),
        para("某 市 卫 生 局", indent=0, align="center"), para(SENTENCE),
    ]  # fmt: skip
    assert lines(write(story)) == ["某市人民政府", "关于印发实施方案的通知", "目录", "某市卫生局", SENTENCE]


def test_the_signature_and_the_annexes_stand_apart() -> None:
    annexes = ["附件：1.某市深化医药卫生体制改革重点工作任务分工方案及进度安排表（2024年）", "2.名单"]
    story = [para(SENTENCE), *(para(text, indent=0, leftIndent=(5 if i else 2) * 16) for i, text in enumerate(annexes))]
    story += [para(text, indent=0, align="right") for text in ("某市人民政府", "2024年5月7日")]
    assert lines(write(story)) == [SENTENCE, *annexes, "某市人民政府", "2024年5月7日"]


def test_lines_that_hang_under_the_first_word_belong_to_their_number() -> None:
    items = [f"{i}.{SENTENCE * 2}" for i in range(1, 4)]
    story = [para(text, indent=-1, leftIndent=48) for text in items]
    assert lines(write([para(SENTENCE * 2), *story, para(SENTENCE)])) == [SENTENCE * 2, *items, SENTENCE]


def test_entries_of_a_table_of_contents_stay_apart() -> None:
    entries = [f"第{HAN[i]}章总则{'…' * 22}{i}" for i in range(5)]
    assert lines(write([para(text, indent=0) for text in entries])) == entries


def test_names_of_one_length_are_no_paragraph() -> None:
    names = [f"某市第{HAN[i]}人民医院" for i in range(10)]
    assert lines(write([para(name, indent=0) for name in names])) == names


def test_a_heading_that_fills_its_line_is_none_of_the_text_below() -> None:
    heading = "深化公立医院综合改革和完善现代医院管理制度的工作安排如"
    story = [para(SENTENCE * 3), para(heading, indent=0, font=BOLD), para(SENTENCE, indent=0), para(SENTENCE * 3)]
    assert heading in lines(write(story))


def test_columns_are_read_one_after_the_other() -> None:
    truth = [f"{i + 1}.{SENTENCE}" for i in range(30)]
    sheet = Sheet(columns=2, header="某市人民政府公报 2024年第3期", footer="· {n} ·")
    assert lines(write([para(text, size=10.5) for text in truth], sheet)) == truth


# --- characters -----------------------------------------------------------------------------------------------------


def _spread(canvas: Any) -> None:
    for i, char in enumerate("建立健全激励约束机制"):
        canvas.drawString(72 + 20 * i, 700, char)


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (_spread, "建立健全激励约束机制"),
        (lambda c: c.drawString(72, 700, "加强Working Group和GB/T 9704的宣传"), "加强Working Group和GB/T 9704的宣传"),
        (lambda c: c.drawString(72, 700, "截至 2024 年 5 月，共 3 个"), "截至2024年5月，共3个"),
        (lambda c: c.drawString(72, 700, "1.1 编制目的"), "1.1 编制目的"),
        (lambda c: c.drawString(72, 700, "⼀、⻓期⽤⼾的⺠生，oﬀice"), "一、长期用户的民生，office"),
        (lambda c: c.drawString(72, 700, "Ａ类１２个，①甲"), "Ａ类１２个，①甲"),
        (lambda c: [c.drawString(72 + dx, 700, "多多益善") for dx in (0, 0.3)], "多多益善"),
        (lambda c: [c.drawString(72, 700, "成员：张三"), c.drawString(200, 700, "李四")], "成员：张三 李四"),
        (
            lambda c: [c.drawString(72, 700, "一、甲"), c.drawString(72, 900, "页外"), c.drawString(-90, 500, "页外")],
            "一、甲",
        ),
        (lambda c: [c.drawString(72, 700, "后"), c.drawString(72, 730, "前。")], "前。\n后"),
    ],
)
def test_characters_are_those_that_were_typed(sheet: Callable[[Any], None], text: str) -> None:
    assert read_here(draw(sheets=[sheet])) == text


def _faint(canvas: Any) -> None:
    canvas.setFillAlpha(0.2)
    canvas.setFont(FONT, 40)
    canvas.drawString(72, 640, "严禁外传")
    canvas.setFillAlpha(1)
    canvas.setFont(FONT, 16)
    canvas.drawString(72, 700, "一、总体要求")


def test_watermarks_are_no_text() -> None:
    assert read_here(draw(sheets=[_faint])) == "一、总体要求"
    assert lines(write([para(SENTENCE * 9)], Sheet(watermark="内部资料严禁外传"))) == [SENTENCE * 9]


def _on_its_side(canvas: Any) -> None:
    canvas.rotate(90)
    canvas.drawString(100, -100, "一、横排的表")
    canvas.drawString(100, -130, "二、也要能读")


def test_a_page_on_its_side_is_read_upright() -> None:
    assert lines(draw(sheets=[_on_its_side])) == ["一、横排的表", "二、也要能读"]
    story, truth, _ = _document(3)
    assert lines(write(story, Sheet(turned=90))) == truth


# --- running lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "footer", ["— {n} —", "-{n}-", "第 {n} 页 共 {of} 页", "{n}/{of}", "Page {n} of {of}", "{n}", "第{n}页"]
)
@pytest.mark.parametrize("header", ["", "某市人民政府公报", "某市人民政府公报　2024年第3期　第{n}页"])
def test_running_lines_are_dropped(header: str, footer: str) -> None:
    truth = [f"{HAN[i]}、{SENTENCE * 4}" for i in range(10)]
    assert lines(write([para(text) for text in truth], Sheet(header=header, footer=footer))) == truth


def test_what_stands_on_one_page_only_is_text() -> None:
    """A title stands where other pages have their head, a number may open or close a page."""
    story = [para("2024", indent=0), para(SENTENCE * 4), BREAK, para("通知", indent=0), para(SENTENCE)]
    sheet = Sheet(margins=(140, 74, 140, 79))
    assert lines(write(story, sheet)) == ["2024", SENTENCE * 4, "通知", SENTENCE]


# --- tables ---------------------------------------------------------------------------------------------------------

HEAD = ["序号", "任务", "责任单位"]
WIDTHS = [50, 250, 100]


def test_a_table_stands_in_its_place_cell_by_cell() -> None:
    cells = [HEAD, ["1", "提高报销比例，" * 8 + "到位。", "市医保局"], ["2", "", "市财政局"]]
    story = [para("表1 任务分工表", indent=0, align="center"), table(cells, WIDTHS), para(SENTENCE)]
    expected = rows("序号|任务|责任单位", "1|" + "提高报销比例，" * 8 + "到位。|市医保局", "2||市财政局")
    assert lines(write(story)) == ["表1任务分工表", *expected, SENTENCE]


def test_a_merged_cell_is_said_in_every_place() -> None:
    cells = [["类别", "任务", ""], ["医保", "参保", "95%"], ["", "报销", "75%"]]
    data = write([table(cells, [80, 80, 80], spans=[((1, 0), (2, 0)), ((0, 1), (0, 2))])])
    assert lines(data) == rows("类别|任务|任务", "医保|参保|95%", "医保|报销|75%")


def test_a_table_runs_on_over_pages_with_one_header() -> None:
    cells = [HEAD, *([str(i), f"完成第{i}项任务", "市医保局"] for i in range(1, 90))]
    data = write([para(SENTENCE), table(cells, WIDTHS, header=1), para(SENTENCE)], Sheet(footer="— {n} —"))
    assert lines(data) == [SENTENCE, *rows(*("|".join(row) for row in cells)), SENTENCE]


def test_a_row_that_the_page_break_cut_is_one_row() -> None:
    first = [HEAD, ["1", "完成上半年任务。", "市医保局"], ["2", "推进制度整合，完善筹资机制", "市财政局"]]
    second = [HEAD, ["", "和待遇调整机制。", ""], ["3", "总结。", "市医保局"]]
    data = write([para(SENTENCE), table(first, WIDTHS), BREAK, table(second, WIDTHS)])
    expected = rows(
        "序号|任务|责任单位", "1|完成上半年任务。|市医保局", "2|推进制度整合，完善筹资机制和待遇调整机制。|市财政局"
    )
    assert lines(data) == [SENTENCE, *expected, *rows("3|总结。|市医保局")]


def test_a_category_that_runs_over_the_page_break_is_said_again() -> None:
    first = table([["类别", "任务"], ["医保", "参保。"], ["", "报销。"]], [90, 200], spans=[((0, 1), (0, 2))])
    second = table([["类别", "任务"], ["", "救助。"], ["", "结算。"]], [90, 200], spans=[((0, 1), (0, 2))])
    expected = rows("类别|任务", "医保|参保。", "医保|报销。", "医保|救助。", "医保|结算。")
    assert lines(write([first, BREAK, second])) == expected


def test_two_tables_are_parted() -> None:
    one, other = [["甲", "乙"], ["1", "2"]], [["丙", "丁", "戊"], ["3", "4", "5"]]
    data = write([table(one, [90, 90]), gap(20), table(other, [80, 80, 80])])
    assert lines(data) == [*rows("甲|乙", "1|2"), "\x1d", *rows("丙|丁|戊", "3|4|5")]


def _open_table(canvas: Any) -> None:
    """No borders at the sides; lines drawn as thin filled boxes, as word processors do."""
    for y in (700, 670, 640):
        canvas.rect(100, y, 300, 0.5, stroke=0, fill=1)
    for x in (200, 300):
        canvas.rect(x, 640, 0.5, 60, stroke=0, fill=1)
    for y, cells in ((680, "甲乙丙"), (650, "123")):
        for i, text in enumerate(cells):
            canvas.drawString(120 + 100 * i, y, text)


def _framed(canvas: Any) -> None:
    canvas.rect(60, 300, 450, 450)
    canvas.line(72, 690, 400, 690)
    canvas.drawString(72, 700, "一、加框的页不是表。")


def test_tables_are_told_from_frames_by_their_cells() -> None:
    assert lines(draw(sheets=[_open_table])) == rows("甲|乙|丙", "1|2|3")
    assert read_here(draw(sheets=[_framed])) == "一、加框的页不是表。"


# --- what cannot be read --------------------------------------------------------------------------------------------

_NO_UNICODE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+SimSun/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2"
    b"/BaseFont/ABCDEF+SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor<</Type"
    b"/FontDescriptor/FontName/ABCDEF+SimSun/Flags 4/FontBBox[0 0 1000 1000]/Ascent 800/Descent -200/StemV 80"
    b"/ItalicAngle 0/CapHeight 700>>>>]>>"
)
_NUMBERED = b"BT /F1 16 Tf 72 700 Td <" + b"".join(b"%04x" % code for code in range(0x3A0, 0x3E0)) + b"> Tj ET"


def _picture() -> Any:
    from PIL import Image

    return Image.effect_noise((600, 800), 80).convert("L")


def _mixed() -> bytes:
    """A page of text and a page that is a picture."""
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(_picture())
    sheets = [lambda c: c.drawString(72, 700, "一、总体要求"), lambda c: c.drawImage(picture, 0, 0, 595, 842)]
    return draw(sheets=sheets)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: of_pictures([_picture()]), "扫描图片"),
        (_mixed, "第 2 页是扫描图片"),
        (lambda: raw(_NUMBERED, _NO_UNICODE), "扫描图片"),
        (lambda: write([para(SENTENCE)], Sheet(password="secret")), "密码"),
        (lambda: write([gap(9)]), "没有文字"),
        (lambda: write([para(SENTENCE)])[:-600], "不完整"),
        (lambda: b"%PDF-1.4\n%%EOF", "已损坏"),
        (lambda: raw(b"", count=3001), "超过 3000 页"),
        (lambda: raw(b"BT /F1 1 Tf 10 700 Td " + b"(abcdefghij) Tj " * 10_001 + b"ET"), "文字过多"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(
    data: Callable[[], bytes], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    with pytest.raises(UserError, match=said) as error:
        read_here(data())
    assert "请" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_remedy_for_a_scan_names_the_file_of_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    with pytest.raises(UserError, match="requirements-ocr.txt"):
        read_here(of_pictures([_picture()]))
    assert (Path(__file__).parent.parent / "requirements-ocr.txt").is_file()


def test_a_pdf_locked_for_its_owner_only_opens() -> None:
    assert lines(write([para(SENTENCE)], Sheet(password=""))) == [SENTENCE]


@pytest.mark.parametrize("box", ["0 0 1000000000 1000000000", "595 842 0 0", "0 0 1e400 nan", "0 0 0 0"])
def test_any_page_size_is_read(box: str) -> None:
    assert read_here(raw(b"BT /F1 12 Tf 72 700 Td (Hello world) Tj ET", box=box)) == "Hello world"


def _text_or_refusal(data: bytes) -> bool:
    try:
        return bool(read(data))
    except UserError as refusal:
        return "请" in str(refusal)


@pytest.mark.parametrize(
    "content",
    [
        b"q 1 0 0 1 0 0 cm " * 300_000,
        b"BT " * 300_000,
        b"[" * 300_000,
        b"/A <<" * 100_000,
        b"0 0 m 100 100 l 200 0 l S " * 300_000,
        b"".join(b"%d 0 m %d 9000 l S 0 %d m 9000 %d l S " % (3 * i, 3 * i, 3 * i, 3 * i) for i in range(3000)),
        b"BT /F1 0.0000001 Tf (a) Tj /F1 1e30 Tf (b) Tj /F1 -12 Tf 1e30 0 0 nan 5 5 Tm (c) Tj ET ",
    ],
)
def test_hostile_pages_are_read_in_time(content: bytes) -> None:
    started = time.monotonic()
    data = raw(content + b" BT /F1 12 Tf 72 700 Td (Hello world, this is a long line of text) Tj ET")
    assert _text_or_refusal(data)
    assert time.monotonic() - started < 30


def _mutated(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    kind = source.randrange(4)
    if kind == 0:
        return bytes(changed[: source.randrange(len(changed))]) + b"\n%%EOF"
    if kind == 1:
        first, last = sorted(source.randrange(len(changed)) for _ in range(2))
        return bytes(changed[:first] + changed[last:])
    if kind == 2:
        for number in source.sample(list(re.finditer(rb"\d+", data)), 5):
            value = str(source.choice((0, -1, 2**31, 99999999999)))[: len(number[0])]
            changed[number.start() : number.end()] = value.rjust(len(number[0]), "0").encode()
        return bytes(changed)
    for _ in range(source.choice((1, 10, 100))):
        changed[source.randrange(len(changed))] = source.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("seed", range(25))
def test_damaged_files_give_text_or_a_refusal(seed: int) -> None:
    source = random.Random(seed)
    story = [para(SENTENCE * 5), table([HEAD, ["1", "参保", "市医保局"]], WIDTHS), para(SENTENCE)]
    assert _text_or_refusal(_mutated(write(story, Sheet(footer="{n}")), source))


# --- containment ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "import ctypes; ctypes.string_at(0)",
        "from index.readers.contain import allow; allow(0.3)\n    while True: pass",
        "[0] * 2**40",
        "raise RuntimeError",
        "import os; os.abort()",
    ],
)
def test_a_reader_that_crashes_or_loops_is_a_refusal(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_reader(body, tmp_path, monkeypatch)
    started = time.monotonic()
    with pytest.raises(UserError, match="读取失败"):
        read_contained("other_reader", b"x" * 1_000_000, "读取失败")
    assert time.monotonic() - started < 30


def test_what_a_library_prints_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_reader("print('noise'); import os; os.system('echo noise'); return data.decode()", tmp_path, monkeypatch)
    assert read_contained("other_reader", "条款".encode(), "读取失败") == "条款"


def _write_reader(body: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a module other_reader that a child process finds."""
    source = ["from index.readers.contain import serve", "def read(data):", f"    {body}", "serve(read)"]
    (folder / "other_reader.py").write_text("\n".join(source))
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def test_the_child_gives_what_this_process_would() -> None:
    data = write([para(SENTENCE), table([HEAD, ["1", "𠮷", "é"]], WIDTHS)])
    assert read(data) == read_here(data)


def test_pages_of_text_are_read_quickly() -> None:
    data = write([para(SENTENCE * 3) for _ in range(120)])
    pages = data.count(b"/Type /Page\n")
    started = time.process_time()
    read_here(data)
    assert pages / (time.process_time() - started) > 15


# --- recognition ----------------------------------------------------------------------------------------------------


def _scanned(data: bytes) -> bytes:
    """Return a PDF of a picture of the first page, a little askew."""
    import pypdfium2

    pytest.importorskip("rapidocr")
    picture = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72).to_pil().convert("L")
    if picture.getextrema()[0] > 100:
        pytest.skip("no font for Chinese to draw the page with")
    return of_pictures([picture.rotate(0.7, fillcolor=255)])


def test_a_scanned_page_is_recognised_and_joined_alike() -> None:
    story = [*title("关于印发实施方案的通知"), para("一、总体要求"), para(SENTENCE * 3), para("（一）" + SENTENCE)]
    found = lines(_scanned(write(story, Sheet(footer="— {n} —"))))
    assert [re.sub(r"\W", "", line)[:8] for line in found] == [
        "关于印发实施方案",
        "一总体要求",
        "各县市区人民政府",
        "一各县市区人民政",
    ]
    assert all(line.endswith("上报。") for line in found[2:])


def test_a_table_on_a_scanned_page_is_read_by_cell() -> None:
    cells = [["类别", "任务", ""], ["医保", "提高住院费用报销比例", "75%"], ["", "救助困难群众", "60%"]]
    story = [
        para("一、总体要求"),
        table(cells, [80, 200, 80], spans=[((1, 0), (2, 0)), ((0, 1), (0, 2))]),
        para(SENTENCE),
    ]
    expected = rows("类别|任务|任务", "医保|提高住院费用报销比例|75%", "医保|救助困难群众|60%")
    assert lines(_scanned(write(story)))[1:4] == expected
