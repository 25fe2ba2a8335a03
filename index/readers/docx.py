"""A .docx or .docm file -> its text: Word's automatic numbers written out, tables as rows.

The XML is walked itself: python-docx gives neither the numbers that Word computes nor text boxes,
content controls and tracked changes, and it refuses Strict and macro files.
"""

from __future__ import annotations

import re
from typing import Any

from index.errors import UserError
from index.readers.docx_elements import UNREAD, inside, is_contents, nearest
from index.readers.docx_fields import Fields
from index.readers.docx_numbers import Numbers
from index.readers.docx_package import NO_WORD_FILE, Package
from index.readers.docx_styles import Styles
from index.readers.docx_symbols import symbol
from index.readers.docx_xml import (
    BOX,
    CELL,
    CONTROL,
    FIELD_CHAR,
    INSTRUCTION,
    MATH,
    PARAGRAPH,
    ROW,
    RUN,
    SYMBOL,
    TABLE,
    TEXT,
    WORD_ART,
    switch,
    value,
    w,
    whole,
)
from index.readers.grid import Cell, grid_lines

# Elements that stand for a character.
_FIXED = {
    w("tab"): " ", w("ptab"): " ", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "-",
}  # fmt: skip
_TOC_MARK = "\0"  # stands where a table of contents was dropped; XML cannot hold it


def read(data: bytes) -> str:
    """Return the document's paragraphs and tables in order; raises UserError when it is not a sound Word file."""
    package = Package(data)
    main = package.main_part()
    body = package.xml(main).find(w("body"))
    if body is None:
        raise UserError(NO_WORD_FILE)
    lines = _lines(body, package.related_xml(main, "styles"), package.related_xml(main, "numbering"))
    if not lines and body.find(f".//{w('altChunk')}") is not None:
        raise UserError("Word 文件的正文是嵌入的网页, 无法读取。请用 Word 打开并另存为 .docx 后再加入。")
    return "\n".join(lines)


def _lines(body: Any, style_root: Any, number_root: Any) -> list[str]:
    """Return the body's lines; where fields begin that never end, what fields hide cannot be told, and is read too."""
    styles = Styles(style_root)
    for fields_trusted in (True, False):
        reading = _Body(styles, Numbers(number_root, styles), fields_trusted)
        lines = reading.lines(body)
        if reading.fields_closed:
            break
    return _drop_contents_marks(lines)


def _drop_contents_marks(lines: list[str]) -> list[str]:
    """Drop the marks of dropped contents, and the line 目录 that stood right above them."""
    kept: list[str] = []
    for line in lines:
        if line != _TOC_MARK:
            kept.append(line.replace(_TOC_MARK, ""))
        elif kept and re.fullmatch(r"[\s\u3000]*目[\s\u3000]*[录次錄][\s\u3000]*", kept[-1]):
            kept.pop()
    return kept


class _Inline:
    """The text of one paragraph, and its text boxes: those before its first word and those after."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.before: list[str] = []
        self.after: list[str] = []

    def add_box(self, lines: list[str]) -> None:
        (self.after if any(piece.strip() for piece in self.pieces) else self.before).extend(lines)


def _is_gone(mark: Any) -> bool:
    """Say whether a tracked change deletes a paragraph mark, or moves it elsewhere."""
    return mark is not None and (mark.find(w("del")) is not None or mark.find(w("moveFrom")) is not None)


_MAX_CARRY = 100_000  # characters: a million marks deleted in a row would cost the square of that


class _Body:
    """Turns blocks into lines, holding what runs on from paragraph to paragraph."""

    def __init__(self, styles: Styles, numbers: Numbers, fields_trusted: bool) -> None:
        self._styles = styles
        self._numbers = numbers
        self._fields = Fields(fields_trusted)
        self._carry = ""  # text whose paragraph mark was deleted: it runs on into the next paragraph

    @property
    def fields_closed(self) -> bool:
        return self._fields.closed

    def lines(self, parent: Any, in_table: bool = False) -> list[str]:
        """Return the lines of the paragraphs and tables of a body, cell or text box; in a table, tables lie flat."""
        lines: list[str] = []
        for block in nearest(parent, {PARAGRAPH, TABLE, CONTROL}):
            if block.tag == PARAGRAPH:
                lines += self._paragraph(block, in_table)
            elif block.tag == CONTROL:
                lines.append(_TOC_MARK)
            else:
                rows = self._rows(block)
                _add_table(lines, [] if in_table else grid_lines(rows), rows)
        carry, self._carry = self._carry, ""
        return lines + ([carry] if carry.strip() else [])

    def _paragraph(self, paragraph: Any, in_table: bool) -> list[str]:
        properties = paragraph.find(w("pPr"))
        style = self._styles.of_paragraph(properties)
        carry, self._carry = self._carry, ""
        contents = self._fields.contents
        inline = self._inline(paragraph, bool(style.hidden))
        text = carry + "".join(inline.pieces)
        mark = properties.find(w("rPr")) if properties is not None else None
        if _is_gone(mark) and len(text) < _MAX_CARRY:
            self._carry, text = text, ""
        elif style.is_contents or ((contents or self._fields.contents) and not text.strip()):
            text = _TOC_MARK
        elif text.strip() or not switch(mark, "vanish"):
            number = self._numbers.next(properties, style)
            # A row's serial number is often an empty numbered paragraph; in running text that is a slip.
            text = number + text.lstrip() if text.strip() else number * in_table
        return [*inline.before, *(line.strip(" ") for line in text.split("\n") if line.strip()), *inline.after]

    def _inline(self, paragraph: Any, hidden: bool) -> _Inline:
        inline = _Inline()
        waiting = [(child, hidden) for child in reversed(paragraph)]
        while waiting:
            element, hidden = waiting.pop()
            if element.tag in UNREAD:
                continue
            if element.tag == BOX:
                inline.add_box(self.lines(element))
                continue
            text = self._text(element)
            if text:
                inline.pieces.append("" if hidden or self._fields.silent else text)
            elif is_contents(element):
                inline.pieces.append(f"\n{_TOC_MARK}\n")
            else:
                hidden = self._hides(element, hidden) if element.tag == RUN else hidden
                waiting += ((child, hidden) for child in reversed(inside(element)))
        return inline

    def _text(self, element: Any) -> str:
        """Return what an element itself adds to the line; fields take note of their marks."""
        tag = element.tag
        if tag in (TEXT, MATH):
            return re.sub(r"[\t\r\n]+", " ", element.text or "")
        if tag == FIELD_CHAR:
            return self._fields.mark(element)
        if tag == INSTRUCTION:
            self._fields.instruct(element.text or "")
        elif tag == SYMBOL:
            return symbol(element)
        elif tag == WORD_ART:
            return str(element.get("string", "")).strip()
        return _FIXED.get(tag, "")

    def _hides(self, run: Any, hidden: bool) -> bool:
        properties = run.find(w("rPr"))
        if properties is None:
            return hidden
        for said in (switch(properties, "vanish"), self._styles.get(value(properties, "rStyle")).hidden):
            if said is not None:
                return said
        return hidden

    def _rows(self, table: Any) -> list[list[Cell]]:
        rows = []
        for row in nearest(table, {ROW}):
            properties = row.find(w("trPr"))
            if properties is not None and properties.find(w("del")) is not None:
                continue
            before = Cell([], span=whole(value(properties, "gridBefore")))
            cells = (self._cell(cell) for cell in nearest(row, {CELL}))
            rows.append([*([before] if before.span else []), *cells])
        return rows

    def _cell(self, cell: Any) -> Cell:
        properties = cell.find(w("tcPr"))
        merge = value(properties, "vMerge")
        below = merge is not None and merge != "restart"
        span = max(1, whole(value(properties, "gridSpan"), 1))
        lines = [] if below else self.lines(cell, in_table=True)
        return Cell([line for line in lines if line != _TOC_MARK], span, below)


def _add_table(lines: list[str], grid: list[str], rows: list[list[Cell]]) -> None:
    """Add the grid, parted from a table right before it; without a grid, the cells' lines."""
    if grid and lines and lines[-1].startswith("\x1e"):
        lines.append("\x1d")
    lines += grid or [line for row in rows for cell in row for line in cell.lines]
