"""PDFium's home: bytes -> pages of characters, ruling lines and pictures, turned upright."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import UserError
from index.readers.pdf_characters import is_wide
from index.readers.pdf_drawings import Drawings
from index.readers.pdf_glyphs import Glyph, Glyphs, Point
from index.readers.pdf_types import Char, Ruling

_MAX_PAGES = 3000
_MAX_CHARS = 100_000  # of one page; a newspaper page printed as one sheet has 20,000
_PICTURE_SHARE = 0.6  # of the page: a scanned page is one picture, or strips of one
_GARBLED_SHARE = 0.3
_FEW = 20  # characters: a scanning app's name or a page number is no text layer
_MANY_DRAWINGS = 200
_RENDER_DPI = 200
_RENDER_PIXELS = 4000  # of the longer side
_PASSWORD_ERROR = 4


@dataclass(slots=True)
class Sheet:
    """One page as PDFium gives it, turned so that most of its text stands upright."""

    number: int
    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    is_picture: bool = False  # its text, if any, only shows when it is drawn
    is_drawing: bool = False  # no character, but many lines: a map, or text turned into outlines


class Document:
    """An open PDF. Raises UserError when it is damaged, locked or too long."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2  # type: ignore[import-untyped,unused-ignore]

        if b"%%EOF" not in data[-4096:]:
            raise UserError("PDF 不完整(缺少文件尾), 可能没有下载完。请重新下载或重新导出。")
        try:
            self._pdf = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as exc:
            if exc.err_code == _PASSWORD_ERROR:
                raise UserError("PDF 有打开密码, 无法读取。请用密码打开后另存为不加密的 PDF。") from exc
            raise UserError("PDF 已损坏, 无法打开。请重新下载或重新导出。") from exc
        self.pages = len(self._pdf)
        if self.pages > _MAX_PAGES:
            raise UserError(f"PDF 超过 {_MAX_PAGES} 页。请拆分后再加入。")

    def sheets(self) -> Iterator[Sheet]:
        """Read the pages one after another."""
        for number in range(1, self.pages + 1):
            page = self._load(number)
            yield self._read(page, number)
            page.close()

    def picture(self, number: int) -> tuple[Any, float]:
        """Return a page as a BGR array, and its points per pixel."""
        import pypdfium2

        page = self._load(number)
        scale = min(_RENDER_DPI / 72, _RENDER_PIXELS / max(1.0, *page.get_size()))
        try:
            array = page.render(scale=scale).to_numpy().copy()
        except pypdfium2.PdfiumError as exc:
            raise _damaged(number) from exc
        page.close()
        return array, 1 / scale

    def _load(self, number: int) -> Any:
        import pypdfium2

        try:
            return self._pdf[number - 1]
        except pypdfium2.PdfiumError as exc:
            raise _damaged(number) from exc

    def _read(self, page: Any, number: int) -> Sheet:
        import pypdfium2

        try:
            return _read_sheet(page, number)
        except pypdfium2.PdfiumError as exc:
            raise _damaged(number) from exc


def _damaged(number: int) -> UserError:
    return UserError(f"PDF 第 {number} 页已损坏, 无法读取。请重新下载或重新导出。")


def _read_sheet(page: Any, number: int) -> Sheet:
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped,unused-ignore]

    text = page.get_textpage()
    if text.count_chars() > _MAX_CHARS:
        raise UserError(f"PDF 第 {number} 页的文字过多(超过 {_MAX_CHARS} 字)。请重新导出后再加入。")
    read = Glyphs(text, pdfium)
    glyphs = read.found
    text.close()
    drawings = Drawings(pdfium)
    drawings.read(page)
    quarter = _main_direction(glyphs)
    turn, width, height = _turned(page.get_bbox(), quarter)
    sheet = Sheet(number, width, height)
    sheet.is_picture = _is_picture(read, drawings.pictures > _PICTURE_SHARE * width * height)
    sheet.is_drawing = not glyphs and drawings.count > _MANY_DRAWINGS
    if sheet.is_picture:
        return sheet
    chars = (_upright(glyph, turn) for glyph in glyphs if glyph.style.quarter == quarter and not glyph.style.is_faint)
    sheet.chars = [char for char in chars if -2 < char.x0 < width + 2 and -2 < char.y < height + 2]
    sheet.rulings = [_ruling(turn(a), turn(b)) for a, b in drawings.strokes]
    return sheet


def _is_picture(read: Glyphs, is_covered: bool) -> bool:
    """True for a page that a picture covers, and for one whose font does not say which characters it shows."""
    if read.illegible > _GARBLED_SHARE * len(read.found):
        return is_covered or read.illegible >= _FEW
    return is_covered and len(read.found) < _FEW


def _main_direction(glyphs: list[Glyph]) -> int:
    """Return how many quarters most of the text is turned: a wide table is often bound lying on its side."""
    turns = Counter(glyph.style.quarter for glyph in glyphs if glyph.style.quarter is not None)
    return max(turns, key=turns.__getitem__) if turns else 0


def _turned(box: tuple[float, ...], quarter: int) -> tuple[Callable[[Point], Point], float, float]:
    """Return what turns a point of the page upright (y downwards), and the page's size then."""
    left, bottom, right, top = box
    turns: tuple[Callable[[Point], Point], ...] = (
        lambda p: (p[0] - left, top - p[1]),
        lambda p: (p[1] - bottom, p[0] - left),
        lambda p: (right - p[0], p[1] - bottom),
        lambda p: (top - p[1], right - p[0]),
    )
    size = (right - left, top - bottom)
    return turns[quarter], *(size[::-1] if quarter % 2 else size)


def _upright(glyph: Glyph, turn: Callable[[Point], Point]) -> Char:
    x0, y = turn(glyph.origin)
    x1 = max(turn(glyph.low)[0], turn(glyph.high)[0])
    square = glyph.style.width
    if is_wide(glyph.text[0]):  # a box that takes in the ink of a neighbour, or none: fonts lie about theirs
        x1 = min(x1, x0 + 1.1 * square)
    if not 0 < x1 - x0 < 4 * square:
        x1 = x0 + square * (1 if is_wide(glyph.text[0]) else 0.5)
    return Char(glyph.text, x0, x1, y, glyph.style.size, glyph.style.font, glyph.spaced)


def _ruling(a: Point, b: Point) -> Ruling:
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    if x1 - x0 > y1 - y0:
        return Ruling(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
    return Ruling((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)
