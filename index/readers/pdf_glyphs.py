"""The characters of a page where they stand, before it is turned. PDFium is handed in, its home is pdf_pages."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from index.readers.pdf_characters import is_blank, is_legible, ordinary

_MAX_COORDINATE = 1e6
_MAX_SIZE = 5000.0  # points
_FAINT = 128  # of 255: what shines through is a watermark
_UPRIGHT = math.radians(3)
_SUBSET = re.compile(r"^[A-Z]{6}\+")  # ABCDEF+SimSun
Point = tuple[float, float]


@dataclass(slots=True)
class Style:
    """What the characters of one text object share; `quarter` is None for text that leans."""

    size: float
    width: float  # of a square character: type may be stretched
    quarter: int | None
    font: str
    is_faint: bool


@dataclass(slots=True)
class Glyph:
    """A character, its origin, two corners of its box, and whether a space stood before it."""

    text: str
    origin: Point
    low: Point
    high: Point
    style: Style
    spaced: bool


class Glyphs:
    """The characters of a text page in the order in which they are drawn, and how many of them are illegible."""

    def __init__(self, text: Any, pdfium: Any) -> None:
        self.illegible = 0
        self.found: list[Glyph] = []
        self._text, self._pdfium = text, pdfium
        self._styles: dict[int | None, Style] = {}
        self._fonts: dict[int | None, str] = {}
        self._read()

    def _read(self) -> None:
        pdfium, text = self._pdfium, self._text
        x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
        spaced = False
        for i, char, owner in self._chars():
            if owner is None or is_blank(char):
                spaced = True
                continue
            self.illegible += not is_legible(char)
            pdfium.FPDFText_GetCharOrigin(text, i, x, y)
            pdfium.FPDFText_GetLooseCharBox(text, i, box)
            if (char := ordinary(char)) and _is_sane(x.value, y.value, box.left, box.bottom, box.right, box.top):
                low, high = (box.left, box.bottom), (box.right, box.top)
                self.found.append(Glyph(char, (x.value, y.value), low, high, self._style(i, owner), spaced))
                spaced = False

    def _chars(self) -> Iterator[tuple[int, str, Any]]:
        """Yield place, character and text object; the last is None for PDFium's own spaces and line ends."""
        pdfium, text = self._pdfium, self._text
        half = ""
        for i in range(pdfium.FPDFText_CountChars(text)):
            owner = pdfium.FPDFText_GetTextObject(text, i)
            if not owner:
                yield i, " ", None
                continue
            char = chr(pdfium.FPDFText_GetUnicode(text, i))
            if "\ud800" <= char <= "\udbff":  # 𠮷 comes in two halves
                half = char
                continue
            if half or "\udc00" <= char <= "\udfff":
                char = (half + char).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            half = ""
            yield i, char[0], owner

    def _style(self, i: int, owner: Any) -> Style:
        key = ctypes.cast(owner, ctypes.c_void_p).value
        if key not in self._styles:
            self._styles[key] = self._read_style(i, owner)
        return self._styles[key]

    def _read_style(self, i: int, owner: Any) -> Style:
        pdfium = self._pdfium
        matrix, alpha = pdfium.FS_MATRIX(), ctypes.c_uint(255)
        pdfium.FPDFText_GetMatrix(self._text, i, matrix)
        pdfium.FPDFPageObj_GetFillColor(owner, ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), alpha)
        size = pdfium.FPDFText_GetFontSize(self._text, i)
        angle = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        quarter = round(angle) if math.isfinite(angle) else 0
        leans = abs(angle - quarter) * math.pi / 2 > _UPRIGHT
        return Style(
            size=_size(size * math.hypot(matrix.c, matrix.d)),
            width=_size(size * math.hypot(matrix.a, matrix.b)),
            quarter=None if leans else quarter % 4,
            font=self._font(owner),
            is_faint=alpha.value < _FAINT,
        )

    def _font(self, owner: Any) -> str:
        font = self._pdfium.FPDFTextObj_GetFont(owner)
        key = ctypes.cast(font, ctypes.c_void_p).value
        if key not in self._fonts:
            self._fonts[key] = self._font_name(font) if font else ""
        return self._fonts[key]

    def _font_name(self, font: Any) -> str:
        buffer = ctypes.create_string_buffer(128)
        if not 0 < self._pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer)) <= len(buffer):
            return ""
        return _SUBSET.sub("", buffer.value.decode("utf-8", "replace"))


def _size(points: float) -> float:
    """Type may be set with a negative size and turned over; a damaged file may say anything."""
    return abs(points) if 0.1 < abs(points) < _MAX_SIZE else 1.0


def _is_sane(*values: float) -> bool:
    return all(abs(value) < _MAX_COORDINATE for value in values)
