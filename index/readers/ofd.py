"""OFD (GB/T 33190) -> text, by the same judgement of lines, paragraphs and ruled tables as for PDF."""

from __future__ import annotations

from collections.abc import Callable

from index.errors import UserError
from index.readers.contain import allow, read_contained, serve
from index.readers.ofd_pages import sheets
from index.readers.pdf_flow import to_text
from index.readers.pdf_layout import pieces_of
from index.readers.pdf_tables import take_tables
from index.readers.pdf_types import Page

_BROKEN = "OFD 读取失败, 文件可能已损坏或过于复杂。请重新导出, 或另存为文本后再加入。"
_NO_TEXT = "OFD 里没有文字, 可能是扫描件。请用 OCR 软件识别成文字, 存为 .docx 或 .txt 后再加入。"
_ILLEGIBLE = "OFD 里的文字没有编码, 只能看不能读。请用 OFD 阅读器打印为 PDF 后再加入。"
_MAX_CHARS = 3_000_000  # a page has 600
_SECONDS_A_PAGE = 2.0  # fifty times what a page of text takes


def read(data: bytes) -> str:
    """Return the text of an OFD: a paragraph a line, a table as rows of cells.

    Raises UserError when it is damaged, encrypted, too long, or holds no text.
    """
    return read_contained("index.readers.ofd", data, _BROKEN)


def read_here(data: bytes, more_time: Callable[[float], None] = lambda seconds: None) -> str:
    """Do the same within this process; `more_time` is told before each long step how long it may take."""
    pages, chars, illegible = [], 0, 0
    for sheet in sheets(data):
        more_time(_SECONDS_A_PAGE)
        tables, rest = take_tables(sheet.rulings, sheet.chars)
        pages.append(Page(sheet.number, sheet.width, sheet.height, pieces_of(rest), tables))
        chars, illegible = chars + len(sheet.chars), illegible + sheet.illegible
        if chars > _MAX_CHARS:
            raise UserError(f"OFD 的文字超过 {_MAX_CHARS} 字。请拆分后再加入。")
    more_time(_SECONDS_A_PAGE * len(pages))
    text = to_text(pages)
    if not text.strip():
        raise UserError(_NO_TEXT)
    if illegible > chars / 2:
        raise UserError(_ILLEGIBLE)
    return text


if __name__ == "__main__":
    serve(lambda data: read_here(data, allow))
