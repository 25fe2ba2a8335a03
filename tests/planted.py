"""Draws official documents as trees of known clauses, and writes each as the files that offices have."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import strategies as st

from tests import ofd_writer, pdf_writer

_ONES = "零一二三四五六七八九"


def han(number: int) -> str:
    """Return a number below 100 as clauses are numbered: 十二, 二十."""
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _ONES[tens]) + "十" if tens else "") + (_ONES[ones] if ones or not tens else "")


@dataclass(frozen=True)
class Line:
    """A paragraph of a file; `path` is the clause it belongs to, None for what is in no clause.

    `level` is its automatic number's in Word, `bare` its text without the mark; `rows` makes it a table.
    """

    text: str
    path: str | None = None
    place: str = "para"
    level: int | None = None
    bare: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Part:
    """What must come back as one document: its title, and the clauses as (path, text) in order."""

    title: str
    clauses: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Planted:
    """A file's lines, its documents, its 文号, and what may stand in no clause."""

    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    doc_no: str | None
    chrome: tuple[str, ...] = field(default=())


# --- sentences ---

_WHO = "各级人民政府 县级民政部门 市卫生健康部门 乡镇人民政府 养老服务机构 用人单位 社区居民委员会 财政部门".split()  # noqa: SIM905
_DOES = "应当建立健全 要逐步完善 负责组织实施 按照规定落实 每年至少检查一次 可以委托第三方开展 应当依法公开".split()  # noqa: SIM905
_WHAT = "服务质量评估制度 基层人才培养工作 困难家庭救助措施 设施运行维护责任 信息共享机制 从业人员培训 专项资金管理办法".split()  # noqa: SIM905
_MORE = (
    "", "，所需经费列入本级财政预算", "，补助标准提高到每人每年240元，不低于上年的1.5倍", "，按照“谁主管、谁负责”的原则管理",
    "，在6月底前完成整改并报送结果", "，覆盖率达到75%以上", "，具体办法依照本级人民政府的规定执行", "（含社会力量举办的机构）",
    "，执行《社会救助暂行办法》第十二条第二款的规定", "；逾期未办理的，不再给予补贴",
)  # fmt: skip
_HEADS = "总体要求 重点任务 保障措施 服务对象 补助标准 工作程序 监督管理 组织实施 职责分工 资金来源".split()  # noqa: SIM905
# Lines that begin with a figure or a reference belong to the clause above them (tests/documents/README.md).
_OPENINGS = (
    "",
    "",
    "",
    "2016年以来，",
    "1.5米以上的通道由",
    "（二）项规定的事项，",
    "第三条第二款规定的情形，",
    "30%以上的经费由",
    "120元的标准适用于",
)

sentences = st.builds(
    lambda who, does, what, more, end: f"{who}{does}{what}{more}{end}",
    *(st.sampled_from(words) for words in (_WHO, _DOES, _WHAT, _MORE, ("。", "。", "。", "；"))),
)
# An item of a list may be without a mark at its end; a paragraph without one may be taken for a heading.
_paragraphs = st.builds(
    lambda opening, text: opening + text.replace("；", "，").rstrip("，。") + "。",
    st.sampled_from(_OPENINGS),
    sentences,
)
_items = st.builds(lambda text, end: text[:-1] + end, sentences, st.sampled_from(("。", "；", "")))

# --- 公文式 ---

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_STYLES: tuple[tuple[str, ...], ...] = (
    ("{h}、", "{h}、", "{h}．"),
    ("（{h}）", "({h})", "（{h}） ", "（{h}）、"),
    ("{n}.", "{n}．", "{n}、", "{n}. "),
    ("({n})", "（{n}）"),
    ("{c}",),
)


def _mark(style: str, number: int) -> str:
    return style.format(h=han(number), n=number, c=_CIRCLED[(number - 1) % 10])


@dataclass
class _Tree:
    """Draws the units below one heading, and keeps what runs on from section to section."""

    draw: st.DrawFn
    styles: tuple[str, ...]
    runs_on: int | None
    count: int = 0

    def grow(self, level: int, above: str, most: int) -> Iterator[Line]:
        for at in range(1, self.draw(st.integers(1 if level else 2, most)) + 1):
            number = at
            if level == self.runs_on:
                self.count = number = self.count + 1
            path = f"{above}.{number}".strip(".")
            # 5 levels are 一、（一）1.(1)①; the deeper, the rarer. A ring ends at ⑩, （十） is far from the end.
            deeper = level < 4 and self.draw(st.integers(0, level + 1)) == 0
            yield from self._unit(level, number, path, deeper)
            if deeper:
                yield from self.grow(level + 1, path, 3)

    def _unit(self, level: int, number: int, path: str, deeper: bool) -> Iterator[Line]:
        bare = self.draw(st.sampled_from(_HEADS) if deeper and self.draw(st.booleans()) else _items)
        if not deeper and level < 3 and self.draw(st.booleans()):
            bare = self.draw(st.sampled_from(_HEADS))
            yield Line(_mark(self.styles[level], number) + bare, path, level=level, bare=bare)
            yield Line(self.draw(_paragraphs), path)
        else:
            # A lead of a list ends in ：or 。, never open: an open one would go on in the next line.
            bare = re.sub(r"[；。]$|(?<=[^；。])$", "。", bare, count=1) if deeper and len(bare) > 6 else bare
            yield Line(_mark(self.styles[level], number) + bare, path, level=level, bare=bare)
        if self.draw(st.integers(0, 5)) == 0 and bare[-1] == "。":
            yield Line(self.draw(_paragraphs), path)


def _gongwen_body(draw: st.DrawFn, most: int = 4, plain: bool = False) -> list[Line]:
    styles = tuple(kinds[0] if plain else draw(st.sampled_from(kinds)) for kinds in _STYLES)
    # Only these levels run on in practice: （一）…（二十） or 1…56.
    runs_on = None if plain else draw(st.sampled_from([None, None, 1, 2]))
    return list(_Tree(draw, styles, runs_on).grow(0, "", most))


def _decimal_body(draw: st.DrawFn) -> list[Line]:
    """Return units numbered 1, 1.1, 1.1.1, as emergency plans have them."""
    gap = draw(st.sampled_from([" ", "　"]))
    lines = []
    for one in range(1, draw(st.integers(2, 4)) + 1):
        lines.append(Line(f"{one}{gap}{draw(st.sampled_from(_HEADS))}", f"{one}"))
        for two in range(1, draw(st.integers(1, 3)) + 1):
            path = f"{one}.{two}"
            lines.append(Line(f"{path}{gap}{draw(st.sampled_from(_HEADS))}", path))
            lines.append(Line(draw(sentences)[:-1] + "。", path))
            for three in range(1, draw(st.integers(0, 2)) + 1):
                lines.append(Line(f"{path}.{three}{gap}{draw(sentences)}", f"{path}.{three}"))
    return lines


# --- 法规式 ---


def _law_body(draw: st.DrawFn, divided: bool, listed: bool) -> list[Line]:
    """Return 编/章/节/条/款/项/目; the numbers of articles run through, 之一 among them."""
    lines: list[Line] = []
    article = 0
    gap = draw(st.sampled_from(["　", " ", "  "]))
    parts = draw(st.integers(0, 2)) if divided else 0
    chapter = 0
    for part in range(1, parts + 1) or (0,):
        above = f"p{part}." if part else ""
        if part:
            lines.append(Line(f"第{han(part)}编{gap}{draw(st.sampled_from(_HEADS))}", f"p{part}", "centre"))
            chapter = 0
        for _ in range(draw(st.integers(1, 3)) if divided else 1):
            chapter += 1
            if divided:
                lines.append(
                    Line(f"第{han(chapter)}章{gap}{draw(st.sampled_from(_HEADS))}", f"{above}c{chapter}", "centre")
                )
            sections = draw(st.sampled_from([0, 0, 2])) if divided else 0
            for section in range(1, sections + 1) or (0,):
                if section:
                    head = f"第{han(section)}节{gap}{draw(st.sampled_from(_HEADS))}"
                    lines.append(Line(head, f"{above}c{chapter}.s{section}", "centre"))
                for _ in range(draw(st.integers(1, 3))):
                    article += 1
                    lines += _article(draw, f"第{han(article)}条{gap}", f"{article}")
                    if draw(st.integers(0, 7)) == 0:
                        lines += _article(draw, f"第{han(article)}条之一{gap}", f"{article}_1")
    lines.append(Line(f"第{han(article + 1)}条{gap}本办法自2020年5月1日起施行，有效期五年。", f"{article + 1}"))
    contents = [Line("目　录", None, "centre"), *(Line(line.text) for line in lines if line.place == "centre")]
    return (contents if listed and len(contents) > 3 else []) + lines


def _article(draw: st.DrawFn, mark: str, path: str) -> Iterator[Line]:
    for paragraph in range(1, draw(st.sampled_from([1, 1, 2, 3])) + 1):
        own = path if paragraph == 1 else f"{path}.{paragraph}"
        lead = mark if paragraph == 1 else ""
        if draw(st.integers(0, 3)):
            # A paragraph of an article that opens with （二）项规定的 is a 款 as any other.
            yield Line(lead + draw(sentences)[:-1].replace("；", "，") + "。", own)
            continue
        yield Line(f"{lead}有下列情形之一的，由{draw(st.sampled_from(_WHO))}责令改正：", own)
        yield from _list(draw, f"{path}.{paragraph}")


def _list(draw: st.DrawFn, above: str) -> Iterator[Line]:
    many = draw(st.integers(2, 4))
    for item in range(1, many + 1):
        end = "。" if item == many else "；"
        below = draw(st.integers(0, 5)) == 0
        text = draw(sentences)[:-1].replace("；", "，")
        yield Line(f"（{han(item)}）{text}{'：' if below else end}", f"{above}.{item}")
        for n in (1, 2) if below else ():
            closing = end if n == 2 else "；"
            yield Line(f"{n}.{draw(sentences)[:-1].replace('；', '，')}{closing}", f"{above}.{item}.{n}")


# --- whole documents ---

_PLACES = ("江宁市", "临河县", "东源区")
_TOPICS = "社区养老服务 公共停车场 困难群众救助 托育机构 基层卫生人才".split()  # noqa: SIM905
_BEFORE = ("首页 > 政务公开 > 政策文件", "字号：大 中 小", "分享到：微信 微博", "浏览次数：1024", "打印本页 关闭窗口")
_AFTER = (
    "打印本页 关闭窗口",
    "上一篇：关于开展检查的通知",
    "版权所有：江宁市人民政府办公室",
    "网站地图 联系我们",
    "扫一扫在手机打开当前页",
)


def _part(title: str, lines: Sequence[Line]) -> Part:
    """Return what the lines must come back as: lines of one path joined, a table by the cells of its rows."""
    clauses: dict[str, list[str]] = {}
    for line in lines:
        if line.rows:
            head, *rows = line.rows
            clauses[line.path or ""] = ["；".join(head)]
            for number, row in enumerate(rows, 1):
                cells = (f"{name}：{cell}" for name, cell in zip(head, row, strict=True))
                clauses[f"{line.path}.{number}"] = ["；".join(cells)]
        elif line.path is not None:
            clauses.setdefault(line.path, []).append(line.text)
    return Part(title, tuple((path, "".join("".join(texts).split())) for path, texts in clauses.items()))


def _below(prefix: str, lines: Sequence[Line]) -> list[Line]:
    return [replace(line, path=f"{prefix}.{line.path}" if line.path else None) for line in lines]


def _signed(place: str) -> list[Line]:
    return [Line(f"{place}人民政府办公室", None, "right"), Line("2020年3月5日", None, "right")]


def _table(draw: st.DrawFn, path: str) -> Line:
    rows = [("类别", "补助标准", "责任单位")]
    for number in range(draw(st.integers(2, 3))):
        rows.append(
            (f"{han(number + 1)}类机构", f"每床每年{draw(st.integers(10, 99)) * 100}元", draw(st.sampled_from(_WHO)))
        )
    return Line("", f"{path}.t1", rows=tuple(rows))


def _notice_head(place: str, title: str, number: int) -> list[Line]:
    return [
        Line(title, None, "centre"), Line(f"{place[0]}政办发〔2020〕{number}号", None, "centre"),
        Line("各乡镇人民政府，各有关单位：", None, "flush"),
    ]  # fmt: skip


@st.composite
def notices(draw: st.DrawFn, tables: bool = True, plain: bool = False) -> Planted:
    """Draw a 公文式 notice, perhaps with a table and annexes; a `plain` one can be numbered by Word.

    Word's numbers restart in each section, and in an annex only with a list of its own.
    """
    place, topic, number = draw(st.sampled_from(_PLACES)), draw(st.sampled_from(_TOPICS)), draw(st.integers(1, 99))
    title = f"{place}人民政府办公室关于加强{topic}工作的通知"
    lead = Line(f"为加强{topic}工作，提高服务能力和管理水平，经{place}人民政府同意，现就有关事项通知如下。", "0")
    body = _gongwen_body(draw, plain=plain)
    if tables and draw(st.integers(0, 2)) == 0:
        last = body[-1].path or ""
        # The table stands after a whole sentence; after an item without a mark it might be the next item's.
        body += [Line("各类机构的补助标准和责任单位按照下表执行，由县级财政统筹安排。", last), _table(draw, last)]
    annexes = 0 if plain else draw(st.sampled_from([0, 0, 1, 2]))
    clauses = [lead, *body]
    tail = [Line("附件：" + "".join(_name(n, annexes) for n in range(1, annexes + 1)))] if annexes == 1 else []
    tail += (
        [Line(("附件：" if n == 1 else "") + _name(n, annexes)) for n in range(1, annexes + 1)] if annexes > 1 else []
    )
    annexed: list[Line] = []
    for n in range(1, annexes + 1):
        annexed += [Line(f"附件{n if annexes > 1 else ''}", f"a{n}", "flush"), Line(_ANNEXES[n - 1], f"a{n}", "centre")]
        annexed += _below(f"a{n}", _law_body(draw, False, False) if n == 2 else _gongwen_body(draw, 2))
    lines = [*_notice_head(place, title, number), *clauses, *tail, *_signed(place), *annexed]
    return Planted(tuple(lines), (_part(title, [*clauses, *annexed]),), f"{place[0]}政办发〔2020〕{number}号")


_ANNEXES = ("年度任务分工方案", "服务质量评估办法")


def _name(n: int, of: int) -> str:
    return f"{n}.{_ANNEXES[n - 1]}" if of > 1 else _ANNEXES[n - 1]


@st.composite
def laws(draw: st.DrawFn) -> Planted:
    """Draw an ordinance with or without divisions and 目录."""
    place, topic = draw(st.sampled_from(_PLACES)), draw(st.sampled_from(_TOPICS))
    title = f"{place}{topic}管理办法"
    body = _law_body(draw, draw(st.booleans()), draw(st.booleans()))
    return Planted((Line(title, None, "centre"), *body), (_part(title, body),), None)


@st.composite
def sending_notices(draw: st.DrawFn) -> Planted:
    """Draw a notice that sends a 办法: two documents."""
    place, topic, number = draw(st.sampled_from(_PLACES)), draw(st.sampled_from(_TOPICS)), draw(st.integers(1, 99))
    sent = f"{place}{topic}管理办法"
    title = f"{place}人民政府办公室关于印发《{sent}》的通知"
    lead = Line(f"《{sent}》已经{place}人民政府同意，现印发给你们，请结合实际，认真贯彻执行。", "0")
    body = _law_body(draw, draw(st.booleans()), draw(st.booleans()))
    lines = [*_notice_head(place, title, number), lead, *_signed(place), Line(sent, None, "centre"), *body]
    return Planted(tuple(lines), (_part(title, [lead]), _part(sent, body)), f"{place[0]}政办发〔2020〕{number}号")


@st.composite
def plans(draw: st.DrawFn) -> Planted:
    """Draw an emergency plan in decimal style."""
    title = f"{draw(st.sampled_from(_PLACES))}自然灾害救助应急预案"
    body = _decimal_body(draw)
    return Planted((Line(title, None, "centre"), *body), (_part(title, body),), None)


texts = st.one_of(notices(tables=False), laws(), sending_notices(), plans())
documents = st.one_of(notices(), laws(), sending_notices(), plans())


@st.composite
def with_chrome(draw: st.DrawFn, planted: st.SearchStrategy[Planted]) -> Planted:
    """Draw the same with a site's furniture before and after."""
    doc = draw(planted)
    before = draw(st.lists(st.sampled_from(_BEFORE), max_size=4, unique=True))
    after = draw(st.lists(st.sampled_from(_AFTER), max_size=4, unique=True))
    lines = (
        *(Line(text, place="flush") for text in before),
        *doc.lines,
        *(Line(text, place="flush") for text in after),
    )
    return replace(doc, lines=lines, chrome=(*before, *after))


# --- writers ---


def to_text(planted: Planted, encoding: str = "utf-8", blank: bool = False, width: int = 0) -> bytes:
    """Write plain text; with a width, lines are broken hard and a paragraph is known by its indent."""
    lines = [_row_lines(line) if line.rows else wrapped(line, width) for line in planted.lines]
    return ("\n\n" if blank else "\n").join(lines).encode(encoding, "replace")


def _row_lines(line: Line) -> str:
    return "\n".join("\t".join(row) for row in line.rows)


def wrapped(line: Line, width: int) -> str:
    """Return a paragraph in lines of so many characters, the first indented."""
    if not width:
        return line.text
    # A signature stands to the right: flush, it would go on from an item that fills its line and has no mark.
    text = {"para": "　　", "right": "　" * 16}.get(line.place, "") + line.text
    # A line never begins with a closing mark: every editor hangs it on the line before.
    return "\n".join(re.findall(rf".{{1,{width}}}[，。；：、）》”％%]*", text))


def to_html(planted: Planted) -> bytes:
    cells: Callable[[Sequence[str]], str] = lambda row: "".join(f"<td>{escape(cell)}</td>" for cell in row)  # noqa: E731
    parts = [
        "<table>" + "".join(f"<tr>{cells(row)}</tr>" for row in line.rows) + "</table>"
        if line.rows
        else f'<p style="text-align:{line.place}">{escape(line.text)}</p>'
        for line in planted.lines
    ]
    title = escape(planted.parts[0].title)
    return f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{''.join(parts)}</body></html>".encode()


def to_markdown(planted: Planted) -> bytes:
    lines = []
    for line in planted.lines:
        if line.rows:
            rows = ["| " + " | ".join(row) + " |" for row in line.rows]
            lines.append("\n".join([rows[0], "|" + "---|" * len(line.rows[0]), *rows[1:]]))
        else:
            # Exporters mark what stands in the middle or flush as headings.
            mark = {"centre": "## ", "flush": "### "}.get(line.place, "")
            lines.append(("# " if line.text == planted.parts[0].title else mark) + line.text)
    return ("\n\n".join(lines) + "\n").encode()


_LEVELS = (("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."), ("decimal", "(%4)"))


def to_docx(planted: Planted, automatic: bool = False) -> bytes:
    """Write a Word file; with `automatic` the first four levels are numbered by Word, not typed."""
    document = docx.Document()
    if automatic:
        levels = "".join(
            f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:suff w:val="nothing"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
            for at, (form, text) in enumerate(_LEVELS)
        )
        numbering = document.part.numbering_part.element
        numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{levels}</w:abstractNum>'))
        numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for line in planted.lines:
        _add(document, line, automatic)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, line: Line, automatic: bool) -> None:
    if line.rows:
        table = document.add_table(len(line.rows), len(line.rows[0]))
        for cells, row in zip(table.rows, line.rows, strict=True):
            for cell, text in zip(cells.cells, row, strict=True):
                cell.text = text
    elif automatic and line.level is not None and line.level < 4:
        number = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{line.level}"/><w:numId w:val="90"/></w:numPr>'
        document.add_paragraph(line.bare)._p.get_or_add_pPr().append(parse_xml(number))
    else:
        document.add_paragraph(line.text)


def to_pdf(planted: Planted) -> bytes:
    story: list[Any] = []
    for line in planted.lines:
        if line.rows:
            story.append(pdf_writer.table(line.rows, [140] * len(line.rows[0])))
        elif line.place == "centre":
            story.append(pdf_writer.para(line.text, indent=0, size=18, align="center"))
        else:
            indent = {"para": 2, "flush": 0, "right": 0}[line.place]
            story.append(pdf_writer.para(line.text, indent, align="right" if line.place == "right" else "justify"))
    return pdf_writer.write(story)


def to_ofd(planted: Planted) -> bytes:
    """Write an OFD; the title is larger than the text, as GB/T 9704 has it, or its number would be its second line."""
    titles = {part.title for part in planted.parts}
    return ofd_writer.write([block for line in planted.lines for block in _blocks(line, line.text in titles)])


def _blocks(line: Line, title: bool) -> list[ofd_writer.Block]:
    if not title:
        return [ofd_writer.Block(line.text, line.place, rows=line.rows)]
    # The writer breaks no centred line: 18 characters of 22 points fill the page.
    return [ofd_writer.Block(line.text[at : at + 18], "centre", 7.76) for at in range(0, len(line.text), 18)]


def to_zip(planted: Sequence[Planted]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, one in enumerate(planted):
            archive.writestr(f"文件{number}.txt", to_text(one))
    return out.getvalue()
