"""Sets known paragraphs and tables as an OFD (GB/T 33190), as 数科 (a run a line) or WPS (a character an object) do.

The page is that of GB/T 9704: A4, 156 mm of text 28 mm from the left, type of 16 points, 22 lines a page.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE = 5.644
LEFT, RIGHT, TOP, BOTTOM = 28.0, 184.0, 45.0, 258.0
PITCH = 10.2
_NO_LINE_START = "，。、；：！？）〕》”’%"


@dataclass
class Block:
    """A paragraph, or a table if it has rows; `place` is para, flush, centre or right."""

    text: str = ""
    place: str = "para"
    size: float = SIZE
    rows: Sequence[Sequence[str]] = ()
    merged: frozenset[tuple[int, int]] = frozenset()  # squares without a line on their left


@dataclass
class _Sheet:
    objects: list[str] = field(default_factory=list)
    y: float = TOP


def write(
    blocks: Sequence[Block],
    style: str = "run",
    header: str = "",
    page_numbers: bool = True,
    extra: str = "",
    template: str = "",
    parts: dict[str, bytes] | None = None,
) -> bytes:
    """Return the file; `extra` is put into each page's layer, `parts` are files added or put in another's place."""
    sheets = list(_set(blocks, style))
    for number, sheet in enumerate(sheets, start=1):
        if header:
            sheet.objects.append(text_object(header, LEFT, 20, 3.7, style))
        if page_numbers:
            sheet.objects.append(text_object(f"— {number} —", 98, 278, 4.94, style))
        sheet.objects.append(extra)
    return pack([page_xml("".join(sheet.objects), bool(template)) for sheet in sheets], template, parts)


def pack(pages: Sequence[str], template: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """Return the package around the given page contents."""
    listed = "".join(f'<ofd:Page ID="{i + 10}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages)))
    common = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    common += "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
    files: dict[str, bytes] = {
        "OFD.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {NS} DocType="OFD" Version="1.0"><ofd:DocBody>'
            "<ofd:DocInfo><ofd:DocID>0</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
            "</ofd:DocBody></ofd:OFD>"
        ).encode(),
        "Doc_0/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts/></ofd:Res>'.encode(),
    }
    if template:
        common += '<ofd:TemplatePage ID="5" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
        files["Doc_0/Tpls/Tpl_0/Content.xml"] = page_xml(text_object(template, 60, 150, 12, "run")).encode()
    files["Doc_0/Document.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Document {NS}><ofd:CommonData>{common}</ofd:CommonData>'
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    ).encode()
    files |= {f"Doc_0/Pages/Page_{i}/Content.xml": page.encode() for i, page in enumerate(pages)}
    return zipped({**files, **(parts or {})})


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in files.items():
            container.writestr(name, data)
    return buffer.getvalue()


def page_xml(objects: str, has_template: bool = False) -> str:
    called = '<ofd:Template TemplateID="5" ZOrder="Background"/>' if has_template else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {NS}>{called}<ofd:Content><ofd:Layer ID="3" Type="Body">'
        f"{objects}</ofd:Layer></ofd:Content></ofd:Page>"
    )


def text_object(text: str, x: float, y: float, size: float, style: str, attributes: str = "") -> str:
    """Return the text as one run with its steps, or as one object a character in units of a twentieth (WPS)."""
    if style == "char":
        return "".join(_char_object(char, at, y, size) for char, at in zip(text, _places(text, x, size), strict=True))
    steps = [width(char, size) for char in text[:-1]]
    delta = f"g {len(steps)} {steps[0]:.4f}" if steps and len(set(steps)) == 1 else " ".join(f"{s:.4f}" for s in steps)
    box = f"{x:.3f} {y - 0.88 * size:.3f} {sum(steps) + size:.3f} {size:.3f}"
    return (
        f'<ofd:TextObject ID="7" Boundary="{box}" Font="2" Size="{size}" {attributes}>'
        f'<ofd:TextCode X="0" Y="{0.88 * size:.3f}" DeltaX="{delta}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def _char_object(char: str, x: float, y: float, size: float) -> str:
    box = f"{x:.4f} {y - 0.88 * size:.4f} {width(char, size):.4f} {size:.4f}"
    return (
        f'<ofd:PageBlock><ofd:TextObject ID="7" Boundary="{box}" CTM="0.05 0 0 0.05 0 0" Font="2" Size="{size * 20:.4f}">'
        f'<ofd:FillColor Value="0 0 0" Alpha="255"/><ofd:TextCode X="0" Y="{17.6 * size:.4f}">{escape(char)}'
        "</ofd:TextCode></ofd:TextObject></ofd:PageBlock>"
    )


def path_object(x0: float, y0: float, x1: float, y1: float) -> str:
    return (
        f'<ofd:PathObject ID="8" Boundary="{x0} {y0} {max(x1 - x0, 0.3)} {max(y1 - y0, 0.3)}" LineWidth="0.3">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def width(char: str, size: float) -> float:
    return size if unicodedata.east_asian_width(char) in "WFA" else size / 2


def _places(text: str, x: float, size: float) -> Iterator[float]:
    for char in text:
        yield x
        x += width(char, size)


def _set(blocks: Sequence[Block], style: str) -> Iterator[_Sheet]:
    """Yield the pages, full ones first."""
    sheet = _Sheet()
    for block in blocks:
        for line, x in _lines(block):
            if sheet.y > BOTTOM:
                yield sheet
                sheet = _Sheet()
            sheet.objects.append(text_object(line, x, sheet.y, block.size, style))
            sheet.y += PITCH * max(1, block.size / SIZE)
        for number in range(len(block.rows)):
            if sheet.y > BOTTOM:
                yield sheet
                sheet = _Sheet()
            sheet.objects.append(_row(block, number, sheet.y, style))
            sheet.y += PITCH
        sheet.y += PITCH / 2 if block.rows else 0
    yield sheet


def _lines(block: Block) -> Iterator[tuple[str, float]]:
    """Yield the lines of a paragraph and where each begins: two squares in for the first of a `para`."""
    if block.place in ("centre", "right"):
        taken = sum(width(char, block.size) for char in block.text)
        yield block.text, (LEFT + RIGHT - taken) / 2 if block.place == "centre" else RIGHT - taken - 4 * block.size
        return
    x = LEFT + (2 * block.size if block.place == "para" else 0)
    line, at = "", x
    for char in block.text:
        if at + width(char, block.size) > RIGHT + 0.01 and char not in _NO_LINE_START:
            yield line, x
            line, at, x = "", LEFT, LEFT
        line, at = line + char, at + width(char, block.size)
    if line:
        yield line, x


def _row(block: Block, number: int, y: float, style: str) -> str:
    """Return a table's row with the lines above, below and between its cells."""
    cells = block.rows[number]
    step = (RIGHT - LEFT) / len(cells)
    top, bottom = y - 0.7 * PITCH, y + 0.3 * PITCH
    drawn = [path_object(LEFT, top, RIGHT, top), path_object(LEFT, bottom, RIGHT, bottom)]
    for i, cell in enumerate(cells):
        if (number, i) not in block.merged:
            drawn.append(path_object(LEFT + i * step, top, LEFT + i * step, bottom))
        drawn.append(text_object(cell, LEFT + i * step + 1.5, y, 4.2, style) if cell else "")
    return "".join([*drawn, path_object(RIGHT, top, RIGHT, bottom)])
