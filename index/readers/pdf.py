"""PDF -> text: the text layer where there is one, recognition of the picture where there is none."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from index.errors import UserError
from index.readers import ocr
from index.readers.contain import allow, read_contained, serve
from index.readers.pdf_flow import to_text
from index.readers.pdf_layout import pieces_of
from index.readers.pdf_pages import Document, Sheet
from index.readers.pdf_tables import take_tables
from index.readers.pdf_types import Char, Page, Ruling

_BROKEN = "PDF 读取失败, 文件可能已损坏或过于复杂。请重新导出, 或另存为文本后再加入。"
_NO_TEXT = "PDF 里没有文字。请换成有正文的文件。"
_MAX_CHARS = 20_000_000  # a small file can show one page three thousand times
_SECONDS = 20.0  # on top of those for the pages
_SECONDS_A_PAGE = 0.5  # ten times what a page of text takes on a slow machine
_SECONDS_A_PICTURE = 120.0  # two to five where nothing else runs


def read(data: bytes) -> str:
    """Return the text of a PDF: a paragraph a line, a table as rows of cells.

    Raises UserError when it is damaged, locked or too long, or scanned while recognition is not installed.
    """
    return read_contained("index.readers.pdf", data, _BROKEN)


def read_here(data: bytes, more_time: Callable[[float], None] = lambda seconds: None) -> str:
    """Do the same within this process; `more_time` is told before each long step how long it may take."""
    document = Document(data)
    more_time(_SECONDS + _SECONDS_A_PAGE * document.pages)
    pages, pictures = _read_pages(document)
    if pictures and not ocr.is_installed():
        raise UserError(_scanned(pictures, document.pages))
    for page in pictures:
        more_time(_SECONDS_A_PICTURE)
        chars, rulings = ocr.recognise(*document.picture(page.number))
        _fill(page, chars, rulings)
        for line in page.lines:
            line.rough = True
    more_time(_SECONDS + _SECONDS_A_PAGE * document.pages)
    text = to_text(pages)
    if not text.strip():
        raise UserError(_NO_TEXT)
    return text


def _read_pages(document: Document) -> tuple[list[Page], list[Page]]:
    """Return all pages, and those of them whose text has to be recognised."""
    pages, pictures, drawings, chars = [], [], [], 0
    for sheet in document.sheets():
        pages.append(_page(sheet))
        pictures += pages[-1:] if sheet.is_picture else []
        drawings += pages[-1:] if sheet.is_drawing else []
        chars += len(sheet.chars)
        if chars > _MAX_CHARS:
            raise UserError(f"PDF 的文字超过 {_MAX_CHARS} 字。请拆分后再加入。")
    # A map among pages of text is no text; pages of drawings alone are text turned into outlines.
    return pages, pictures if chars else sorted(pictures + drawings, key=attrgetter("number"))


def _page(sheet: Sheet) -> Page:
    page = Page(sheet.number, sheet.width, sheet.height)
    _fill(page, sheet.chars, sheet.rulings)
    return page


def _fill(page: Page, chars: list[Char], rulings: list[Ruling]) -> None:
    page.tables, rest = take_tables(rulings, chars)
    page.lines = pieces_of(rest)


def _scanned(pictures: list[Page], pages: int) -> str:
    remedy = "请运行 pip install -r requirements-ocr.txt 后重试, 或换成有文字的版本。"
    if len(pictures) == pages:
        return f"PDF 是扫描图片, 没有可读的文字。{remedy}"
    numbers = "、".join(str(page.number) for page in pictures[:5])
    more = "等" if len(pictures) > 5 else ""
    return f"PDF 第 {numbers} 页{more}是扫描图片, 没有可读的文字。{remedy.rstrip('。')}, 或删去这些页。"


if __name__ == "__main__":
    serve(lambda data: read_here(data, allow))
