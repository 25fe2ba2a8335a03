"""An OFD's pages -> characters and ruling lines on upright sheets, in points."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from index.errors import UserError
from index.readers.ofd_geometry import MAX_SEGMENTS, WHOLE, Matrix, Point, apply, deltas, matrix_of, outlines, times
from index.readers.ofd_package import Package, Part, children, local_name, numbers
from index.readers.pdf_characters import is_blank, is_legible, is_wide, ordinary
from index.readers.pdf_types import Char, Ruling

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_POINTS = 72 / 25.4
_MAX_DEPTH = 32
_MAX_OBJECTS = 200_000  # of a page, with those of the drawings that it calls, which may call others
_MAX_ALL_OBJECTS = 3_000_000
_MAX_CHARS = 100_000
_FAINT = 128  # of 255: what shines through is a watermark
_UPRIGHT = math.radians(3)
_THIN, _STRAIGHT = 3.0, 0.7  # points: a border drawn as a filled box, a line that is not quite level
_DEFAULT_SIZE = 3.7  # millimetres, 10.5 points
_CROWDED = "OFD 里有一页的内容过多。请重新导出后再加入。"


@dataclass(slots=True)
class Sheet:
    """One page, turned so that most of its text stands upright; `illegible` characters are left out."""

    number: int
    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    illegible: int = 0


@dataclass(slots=True)
class _Glyph:
    """A character before its page is turned: `quarter` is how far it is turned, None if it leans."""

    text: str
    origin: Point
    end: Point
    size: float
    quarter: int | None
    font: str
    spaced: bool


def sheets(data: bytes) -> Iterator[Sheet]:
    """Read the pages one after another; raises UserError if the file is damaged, encrypted or too large."""
    objects_left = _MAX_ALL_OBJECTS
    for number, part in enumerate(Package(data).pages(), start=1):
        page = _Page(part, min(_MAX_OBJECTS, objects_left))
        objects_left -= page.objects
        yield _sheet(page, part, number)


def _sheet(page: _Page, part: Part, number: int) -> Sheet:
    quarter = _main_direction(page.glyphs)
    turn, width, height = _turned(part, quarter)
    sheet = Sheet(number, width, height, illegible=page.illegible)
    chars = (_upright(glyph, turn) for glyph in page.glyphs if glyph.quarter == quarter)
    sheet.chars = [char for char in chars if -2 < char.x0 < width + 2 and -2 < char.y < height + 2]
    sheet.rulings = [_ruling(turn(a), turn(b)) for a, b in page.strokes]
    return sheet


def _main_direction(glyphs: list[_Glyph]) -> int:
    """Return how many quarters most of the text is turned: a wide table may lie on its side."""
    turns = Counter(glyph.quarter for glyph in glyphs if glyph.quarter is not None)
    return max(turns, key=turns.__getitem__) if turns else 0


def _turned(part: Part, quarter: int) -> tuple[Callable[[Point], Point], float, float]:
    """Return what turns a point of the page upright, in points, and the page's size then."""
    left, top, width, height = part.box
    right, bottom = left + width, top + height
    turns: tuple[Callable[[Point], Point], ...] = (
        lambda p: ((p[0] - left) * _POINTS, (p[1] - top) * _POINTS),
        lambda p: ((p[1] - top) * _POINTS, (right - p[0]) * _POINTS),
        lambda p: ((right - p[0]) * _POINTS, (bottom - p[1]) * _POINTS),
        lambda p: ((bottom - p[1]) * _POINTS, (p[0] - left) * _POINTS),
    )
    size = (width * _POINTS, height * _POINTS)
    return turns[quarter], *(size[::-1] if quarter % 2 else size)


def _upright(glyph: _Glyph, turn: Callable[[Point], Point]) -> Char:
    (x0, y), (x1, _) = turn(glyph.origin), turn(glyph.end)
    return Char(glyph.text, x0, x1, y, glyph.size * _POINTS, glyph.font, glyph.spaced)


def _ruling(a: Point, b: Point) -> Ruling:
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    if x1 - x0 > y1 - y0:
        return Ruling(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
    return Ruling((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)


class _Page:
    """What one page draws, in millimetres; templates, annotations and seals stand elsewhere and are not read."""

    def __init__(self, part: Part, max_objects: int) -> None:
        self.glyphs: list[_Glyph] = []
        self.strokes: list[tuple[Point, Point]] = []
        self.illegible = 0
        self._units = part.units
        self.objects = 0
        self._max_objects = max_objects
        self._segments = 0
        for content in children(part.root, "Content"):
            for layer in children(content, "Layer"):
                self._walk(layer, WHOLE, 0)

    def _walk(self, parent: Element, within: Matrix, depth: int) -> None:
        for item in parent:
            self.objects += 1
            if self.objects > self._max_objects:
                raise UserError(_CROWDED)
            name = local_name(item)
            if item.get("Visible", "").lower() in ("false", "0"):
                continue
            if name == "TextObject":
                self._read_text(item, times(matrix_of(item), within))
            elif name == "PathObject":
                self._read_path(item, times(matrix_of(item), within))
            elif name == "PageBlock" and depth < _MAX_DEPTH:
                self._walk(item, within, depth + 1)
            elif name == "CompositeObject" and depth < _MAX_DEPTH and item.get("ResourceID") in self._units:
                for content in children(self._units[item.get("ResourceID", "")], "Content"):
                    self._walk(content, times(matrix_of(item), within), depth + 1)

    def _read_text(self, item: Element, matrix: Matrix) -> None:
        if _is_faint(item):
            return
        size = (numbers(item.get("Size"), 1) or [0.0])[0] or _DEFAULT_SIZE
        style = _Style(size, matrix, item.get("Font", ""))
        x = y = 0.0
        spaced = False
        for code in children(item, "TextCode"):
            # A piece without a place of its own stands where the one before it began.
            x, y = (numbers(code.get("X"), 1) or [x])[0], (numbers(code.get("Y"), 1) or [y])[0]
            for char, here, step in _steps(code, (x, y), size):
                if is_blank(char):
                    spaced = True
                    continue
                self.illegible += not is_legible(char)
                if len(self.glyphs) >= _MAX_CHARS:
                    raise UserError(_CROWDED)
                if plain := ordinary(char):
                    self.glyphs.append(style.glyph(plain, here, step, spaced))
                    spaced = False

    def _read_path(self, item: Element, matrix: Matrix) -> None:
        is_stroked = item.get("Stroke", "true").lower() not in ("false", "0")
        if self._segments > MAX_SEGMENTS or not (is_stroked or item.get("Fill", "").lower() in ("true", "1")):
            return
        data = next((child.text or "" for child in children(item, "AbbreviatedData")), "")
        for outline in outlines(data):
            self._segments += len(outline)
            points = [apply(matrix, point) for point in outline]
            if is_stroked:
                self._add(points)
            else:
                self._add_thin(points)

    def _add(self, points: list[Point]) -> None:
        for a, b in pairwise(points):
            across, down = abs(a[0] - b[0]) * _POINTS, abs(a[1] - b[1]) * _POINTS
            if min(across, down) <= _STRAIGHT < max(across, down):
                self.strokes.append((a, b))

    def _add_thin(self, points: list[Point]) -> None:
        """Take a filled box that is thin for the line that it looks like."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        if min(x1 - x0, y1 - y0) * _POINTS <= _THIN:
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            self._add([(x, y0), (x, y1)] if y1 - y0 > x1 - x0 else [(x0, y), (x1, y)])


@dataclass(slots=True)
class _Style:
    """What the characters of one text object share."""

    size: float
    matrix: Matrix
    font: str

    def glyph(self, char: str, here: Point, step: float, spaced: bool) -> _Glyph:
        a, b, c, d, _, _ = self.matrix
        angle = math.atan2(b, a)
        quarter = round(angle / (math.pi / 2))
        leans = abs(angle - quarter * math.pi / 2) > _UPRIGHT
        square = self.size * math.hypot(c, d)
        end = apply(self.matrix, (here[0] + _width(char, self.size, step), here[1]))
        return _Glyph(char, apply(self.matrix, here), end, square, None if leans else quarter % 4, self.font, spaced)


def _width(char: str, size: float, step: float) -> float:
    """Return how wide a character is drawn: as far as to the next one, unless that stands apart."""
    square = size if is_wide(char) else size / 2
    return step if 0 < step < (size if is_wide(char) else 1.1 * size) else square


def _steps(code: Element, start: Point, size: float) -> Iterator[tuple[str, Point, float]]:
    """Yield each character, where it stands, and how far it is to the next one (0 after the last)."""
    text = code.text or ""
    across, down = deltas(code.get("DeltaX"), len(text)), deltas(code.get("DeltaY"), len(text))
    x, y = start
    for i, char in enumerate(text):
        last = i + 1 == len(text)
        step = across[i] if i < len(across) else (0.0 if down else _width(char, size, 0.0))
        yield char, (x, y), 0.0 if last else step
        x, y = x + step, y + (down[i] if i < len(down) else 0.0)


def _is_faint(item: Element) -> bool:
    colour = next(children(item, "FillColor"), None)
    alphas = [item.get("Alpha"), colour.get("Alpha") if colour is not None else None]
    return any(value < _FAINT for alpha in alphas for value in numbers(alpha, 1))
