"""Writes PDFs whose text is known, with the fonts that every PDF reader has for Chinese (none is embedded)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, LongTable, PageBreak, PageTemplate, Paragraph, Spacer

FONT, BOLD = "STSong-Light", "HeiseiKakuGo-W5"
for _name in (FONT, BOLD):
    pdfmetrics.registerFont(UnicodeCIDFont(_name))

_ALIGNED = {"justify": TA_JUSTIFY, "left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}
BREAK = PageBreak()


@dataclass
class Sheet:
    """How a document is set; lengths are points."""

    size: float = 16
    leading: float = 28
    margins: tuple[float, float, float, float] = (105, 74, 99, 79)  # top, right, bottom, left: GB/T 9704-2012
    columns: int = 1
    gutter: float = 24
    page: tuple[float, float] = A4
    header: str = ""  # {n} is the page, {of} the pages
    footer: str = ""
    watermark: str = ""
    password: str | None = None
    turned: int = 0  # degrees that the page is turned when it is shown
    extra: list[tuple[float, float, str, float]] = field(default_factory=list)  # x, y, text, size on every page


def para(text: str, indent: float = 2, size: float = 16, align: str = "justify", **style: Any) -> Paragraph:
    """A paragraph whose first line is indented by so many characters."""
    leading = style.pop("leading", 1.75 * size)
    return Paragraph(
        text.replace("&", "&amp;").replace("<", "&lt;"),
        ParagraphStyle(
            "p", fontName=style.pop("font", FONT), fontSize=size, leading=leading, alignment=_ALIGNED[align],
            firstLineIndent=indent * size, wordWrap="CJK", **style,
        ),
    )  # fmt: skip


def title(*lines: str, size: float = 22) -> list[Paragraph]:
    return [para(line, indent=0, size=size, align="center", leading=1.5 * size) for line in lines]


def table(
    rows: Sequence[Sequence[str]], widths: Sequence[float], spans: Sequence[Any] = (), header: int = 0
) -> LongTable:
    """A ruled table; a span is ((column, row), (column, row)) of its first and last cell; header rows are repeated."""
    style: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    style += [("SPAN", first, last) for first, last in spans]
    cells = [[para(cell, indent=0, size=10.5, align="left", leading=14) for cell in row] for row in rows]
    return LongTable(cells, colWidths=list(widths), repeatRows=header, style=style)


def gap(height: float) -> Spacer:
    return Spacer(1, height)


def write(story: Sequence[Any], sheet: Sheet | None = None) -> bytes:
    """Return the PDF of a story of paragraphs and tables; it is set twice when the footer tells the number of pages."""
    sheet = sheet or Sheet()
    flat = [part for item in story for part in (item if isinstance(item, list) else [item])]
    data, pages = _build(deepcopy(flat), sheet, 0)
    return _build(flat, sheet, pages)[0] if "{of}" in sheet.header + sheet.footer else data


def _build(story: list[Any], sheet: Sheet, pages: int) -> tuple[bytes, int]:
    top, right, bottom, left = sheet.margins
    width, height = sheet.page
    across = (width - left - right - (sheet.columns - 1) * sheet.gutter) / sheet.columns
    frames = [
        Frame(left + i * (across + sheet.gutter), bottom, across, height - top - bottom, 0, 0, 0, 0)
        for i in range(sheet.columns)
    ]
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=sheet.page, encrypt=_lock(sheet.password))
    document.addPageTemplates(PageTemplate("page", frames, onPage=lambda canvas, _: _furnish(canvas, sheet, pages)))
    document.build(story)
    return out.getvalue(), document.page


def _lock(password: str | None) -> StandardEncryption | None:
    return None if password is None else StandardEncryption(password, ownerPassword="owner", strength=128)


def _furnish(canvas: Canvas, sheet: Sheet, pages: int) -> None:
    width, height = sheet.page
    number = canvas.getPageNumber()
    canvas.setFont(FONT, 10.5)
    for text, y in ((sheet.header, height - 50), (sheet.footer, 50)):
        canvas.drawCentredString(width / 2, y, text.format(n=number, of=pages))
    for x, y, text, size in sheet.extra:
        canvas.setFont(FONT, size)
        canvas.drawString(x, y, text)
    if sheet.watermark:
        canvas.saveState()
        canvas.setFont(FONT, 40)
        canvas.translate(width / 2, height / 2)
        canvas.rotate(45)
        canvas.drawCentredString(0, 0, sheet.watermark)
        canvas.restoreState()
    canvas.setPageRotation(sheet.turned)


def draw(page: tuple[float, float] = A4, *, sheets: Sequence[Any]) -> bytes:
    """Return a PDF with one page for each function, which draws on the canvas it is given."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=page)
    for sheet in sheets:
        canvas.setFont(FONT, 16)
        sheet(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def of_pictures(pictures: Sequence[Any]) -> bytes:
    """Return a PDF whose pages are pictures (PIL), as a scanner makes it."""
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=list(pictures[1:]), resolution=200)
    return out.getvalue()


def raw(content: bytes, fonts: bytes = b"", box: str = "0 0 595 842", count: int = 1) -> bytes:
    """Return a PDF of one content stream, written by hand: what no library would write."""
    packed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * count, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>" % box.encode(),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        fonts or b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
