"""RTF (some offices' .doc files are RTF inside): paragraphs and tables, by striprtf."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from index.errors import UserError

_MAX_TEXT = 16 * 1024 * 1024  # without pictures: 8 million characters
_MAX_FONTS = 64 * 1024  # searched by an expression that goes back and forth
_MAX_GROUPS = 1_000_000
_BROKEN = "RTF 文件已损坏, 无法读取。请用 Word 或 WPS 打开后另存为 .docx。"
_TOO_LONG = "RTF 文件过大。请用 Word 或 WPS 另存为 .docx 后再加入。"
_HEX = re.compile(r"[0-9a-fA-F\s]{256,}")  # a picture
# Marks that outlive striprtf, which would make each cell's end a `|`: row begins, cell's width and merge, cell ends.
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\x1c-\x1f]"), ""),
    (re.compile(r"(?<=\\'[0-9a-fA-F]{2})[\r\n]+(?=\\')"), ""),  # a line break splits a Chinese character's two bytes
    (re.compile(r"(?<!\\)\\trowd(?![a-z])"), "\x1c"),
    (re.compile(r"(?<!\\)\\clvmrg(?![a-z])"), "\x1dv;"),
    (re.compile(r"(?<!\\)\\cellx(-?\d{1,9})"), "\x1dx\\1;"),
    (re.compile(r"(?<!\\)\\cell(?![a-z]) ?"), "\x1f"),
    (re.compile(r"(?<!\\)\\row(?![a-z]) ?"), "\x1e"),
    # striprtf looks for links from each field to the end of its line; a line break there changes nothing else.
    (re.compile(r"\\fldinst"), "\\\\fldinst\n"),
)
_MARK = re.compile("\x1d[vx]-?\\d*;|[\x1c-\x1f]")
_CELL_MARK = re.compile("\x1d([vx])(-?\\d*);")
_MAX_CELLS = 1_000_000
_CHINESE = {"936": "134", "950": "136"}  # code page -> charset of its fonts
Row = list[tuple[int, str]]  # a cell's right edge and text


def read(data: bytes) -> str:
    """Return the source text; raises UserError if the file is damaged or too long."""
    return "\n".join(_lines(_strip(_prepare(data))))


def _prepare(data: bytes) -> str:
    """Return the RTF with its table marks made plain, without pictures."""
    rtf = re.sub(rb"[\x80-\xff]", lambda match: b"\\'%02x" % match[0][0], data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    text = _HEX.sub("", rtf.decode("ascii"))
    if len(text) > _MAX_TEXT:
        raise UserError(_TOO_LONG)
    for pattern, mark in _MARKS:
        text = pattern.sub(mark, text)
    page = re.search(r"\\ansicpg(936|950)", text[:1000])
    if page:  # Word calls the font of 中 one of Western letters, and means the file's own code page
        text = re.sub(r"\\fcharset0(?!\d)", rf"\\fcharset{_CHINESE[page[1]]}", text)
    return text


def _strip(rtf: str) -> str:
    from striprtf import striprtf

    library: Any = striprtf  # it has no types
    try:
        if rtf.count("{") > _MAX_GROUPS or len(library.font_table_group(rtf)) > _MAX_FONTS:
            raise UserError(_BROKEN)
        text = library.rtf_to_text(rtf, errors="replace")
    except (ValueError, TypeError, LookupError, OverflowError) as exc:  # \uc without a number, \u past the last one
        raise UserError(_BROKEN) from exc
    # Characters beyond the first 65,536 come as two halves.
    return str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _lines(text: str) -> Iterator[str]:
    """Yield paragraphs and rows."""
    table: list[Row] = []
    for part in text.split("\x1e"):
        before, begun, row = part.partition("\x1c")
        if before.strip():
            yield from _grid(table)
            table = []
            yield from _MARK.sub(" ", before).strip("\n").split("\n")
        if begun:
            table.append(_row(row, dict(table[-1]) if table else {}))
    yield from _grid(table)


def _row(text: str, above: dict[int, str]) -> Row:
    """Return a row's cells; one that is merged with the cell above it has that one's text."""
    cells = [" ".join(_MARK.sub("", cell).split()) for cell in text.split("\x1f")[:-1]]
    merged = False
    row: Row = []
    # Word says a row's widths before its text and once more after it.
    for kind, number in _CELL_MARK.findall(text):
        if kind == "v":
            merged = True
        elif len(row) < len(cells):
            edge = int(number)
            row.append((edge, above.get(edge, "") if merged else cells[len(row)]))
            merged = False
    return row if len(row) == len(cells) else list(enumerate(cells))


def _grid(rows: list[Row]) -> Iterator[str]:
    """Yield rows of equal length: a cell stands in each column that it covers."""
    edges = sorted({edge for row in rows for edge, _ in row})
    if len(edges) * len(rows) > _MAX_CELLS:
        raise UserError(_TOO_LONG)
    for row in rows:
        ends = [edge for edge, _ in row]
        covering = (bisect_left(ends, edge) for edge in edges)
        yield "\x1e" + "\x1f".join(row[i][1] if i < len(row) else "" for i in covering)
