"""Characters of a page -> pieces of text on a baseline -> lines in reading order, column by column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import TypeVar

from index.readers.pdf_characters import is_wide
from index.readers.pdf_types import Char, Line, Page, Table

_APART = 0.9  # of a square: justified characters stand closer, names in a list 张三　李四 do not
_SAME_ROW = 0.4  # of a square: a raised figure is 0.35 off, the next line 1.2 or more
_WORD_GAP = 0.2  # of a square, between Latin words whose space is no character
_MIN_COLUMN = 10.0  # squares: a narrower column is one of a table
_MIN_PIECES, _MIN_SHORT = 6, 3  # of the longer and the shorter column
_MAX_CROSSING = 0.2
_FILLED = 0.55
_LONGEST_NUMBER = 12  # characters
_NUMBER = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+[编章节条]|\d{1,3}(?:[.．]\d{1,3})*[.．]?"
)  # 1.1 编制目的, 第一章 总则
Item = Line | Table


def pieces_of(chars: Iterable[Char]) -> list[Line]:
    """Return the text that stands together on each baseline; whatever is far apart stays in pieces."""
    found = []
    for row in rows_of([_Run(run) for run in _runs(chars)]):
        together: list[Char] = []
        for run in sorted(row, key=attrgetter("x0")):
            if together and _is_apart(together[-1], run.chars[0]):
                found.append(_line(together))
                together = []
            together += run.chars
        found.append(_line(together))
    return found


class _Run:
    """Characters drawn one after another on one baseline."""

    __slots__ = ("chars", "size", "x0", "y")

    def __init__(self, chars: list[Char]) -> None:
        self.chars = chars
        self.x0 = chars[0].x0
        self.y = chars[0].y
        self.size = chars[0].size


_Placed = TypeVar("_Placed", _Run, Line)


def _runs(chars: Iterable[Char]) -> list[list[Char]]:
    runs: list[list[Char]] = []
    for char in chars:
        last = runs[-1][-1] if runs else None
        if last and abs(char.y - last.y) < 0.1 * last.size and char.x0 >= last.x0 and not _is_apart(last, char):
            runs[-1].append(char)
        else:
            runs.append([char])
    return runs


def _is_apart(left: Char, right: Char) -> bool:
    size = max(left.size, right.size)
    return right.x0 - left.x1 > _APART * size or size > 1.6 * min(left.size, right.size)


def rows_of(runs: list[_Placed]) -> list[list[_Placed]]:
    """Put together what stands on one baseline, from the top of the page down."""
    rows: list[list[_Placed]] = []
    widest: _Placed | None = None  # the largest of the row: a small raised figure does not move its baseline
    for run in sorted(runs, key=attrgetter("y")):
        if widest is not None and run.y - widest.y < _SAME_ROW * max(run.size, widest.size):
            rows[-1].append(run)
            widest = max(widest, run, key=attrgetter("size"))
        else:
            rows.append([run])
            widest = run
    return rows


def _line(chars: list[Char]) -> Line:
    chars = sorted(chars, key=attrgetter("x0"))
    wide = [char for char in chars if is_wide(char.text[0])] or chars
    fonts = Counter(char.font for char in wide)
    size = median(char.size for char in wide)
    font = next(iter(fonts)) if len(fonts) == 1 else ""
    return Line(_text(chars), chars[0].x0, max(char.x1 for char in chars), wide[0].y, size, font)


def _text(chars: list[Char]) -> str:
    """Join characters; a space stays between words of Latin letters and after the number of a clause."""
    parts = [chars[0].text]
    for left, right in pairwise(chars):
        if right.spaced or right.x0 - left.x1 > _WORD_GAP * right.size:
            is_word = not is_wide(left.text[-1]) and not is_wide(right.text[0])
            if is_word or (len(parts) <= _LONGEST_NUMBER and _NUMBER.fullmatch("".join(parts))):
                parts.append(" ")
        parts.append(right.text)
    return "".join(parts)


def lines_of(pieces: list[Line]) -> list[Line]:
    """Join the pieces on each baseline into one line."""
    return [_joined(sorted(row, key=attrgetter("x0"))) for row in rows_of(pieces)]


def _joined(row: list[Line]) -> Line:
    """A wide gap is a space, but not in a title whose every character stands alone: 目　录."""
    if len(row) == 1:
        return row[0]
    spread = all(len(piece.text) == 1 for piece in row)
    gaps = [not spread and right.x0 - left.x1 > _APART * right.size for left, right in pairwise(row)]
    text = glued(
        [row[0].text, *(" " + piece.text if gap else piece.text for gap, piece in zip(gaps, row[1:], strict=True))]
    )
    main = max(row, key=lambda piece: len(piece.text))
    font = main.font if all(piece.font == main.font for piece in row) else ""
    return replace(main, text=text, x0=row[0].x0, x1=max(piece.x1 for piece in row), font=font)


def in_reading_order(pages: list[Page]) -> list[Item]:
    """Return the lines and tables from top to bottom, page by page, a left column before its right one."""
    items: list[Item] = []
    last = None
    for page in pages:
        gutter = _gutter(page)
        if gutter is None and last is not None and _is_clear(page.lines, last):
            gutter = last
        items += _read_page(page, gutter)
        last = gutter
    return items


def _read_page(page: Page, gutter: float | None) -> list[Item]:
    sides: tuple[list[Line], list[Line], list[Line]] = ([], [], [])
    for piece in page.lines:
        sides[_side(piece, gutter)].append(piece)
    items: list[Item] = [line for pieces in sides for line in lines_of(pieces)]
    items += page.tables
    for item in items:
        item.page, item.column = page.number, _side(item, gutter)
    return _by_column(sorted(items, key=attrgetter("y")))


def _side(item: Item, gutter: float | None) -> int:
    if gutter is None or item.x0 < gutter < item.x1:
        return 0
    return 1 if item.x1 <= gutter else 2


def _by_column(items: list[Item]) -> list[Item]:
    """What runs over both columns ends the band above it."""
    ordered: list[Item] = []
    band: list[Item] = []
    for item in items:
        if item.column:
            band.append(item)
            continue
        ordered += [*sorted(band, key=attrgetter("column")), item]
        band = []
    return ordered + sorted(band, key=attrgetter("column"))


def _gutter(page: Page) -> float | None:
    """Return the x between two columns of running text, None for a page of one column."""
    pieces = page.lines
    if len(pieces) < _MIN_PIECES + _MIN_SHORT:
        return None
    steps = (page.width * (0.35 + 0.01 * step) for step in range(31))
    gutter = min(steps, key=lambda x: (sum(piece.x0 < x < piece.x1 for piece in pieces), abs(x - page.width / 2)))
    left = [piece for piece in pieces if piece.x1 <= gutter]
    right = [piece for piece in pieces if piece.x0 >= gutter]
    if min(len(left), len(right)) < _MIN_SHORT or max(len(left), len(right)) < _MIN_PIECES:
        return None
    are_columns = _is_column(left) and _is_column(right) and _stand_side_by_side(left, right)
    return gutter if are_columns and _is_clear(pieces, gutter) else None


def _is_clear(pieces: list[Line], gutter: float) -> bool:
    """True if hardly any text runs over the gutter; the last page of two columns may hold three lines."""
    left = [piece for piece in pieces if piece.x1 <= gutter]
    right = [piece for piece in pieces if piece.x0 >= gutter]
    crossing = len(pieces) - len(left) - len(right)
    is_filled = any(piece.x1 - piece.x0 > _FILLED * (gutter - min(p.x0 for p in left)) for piece in left)
    return is_filled and crossing <= _MAX_CROSSING * (len(left) + len(right))


def _is_column(pieces: list[Line]) -> bool:
    """True if most pieces fill the width, as running text does and the cells of a list do not."""
    width = max(piece.x1 for piece in pieces) - min(piece.x0 for piece in pieces)
    return width >= _MIN_COLUMN * median(piece.size for piece in pieces) and median(
        piece.x1 - piece.x0 for piece in pieces
    ) >= (_FILLED * width)


def _stand_side_by_side(left: list[Line], right: list[Line]) -> bool:
    top = max(min(piece.y for piece in side) for side in (left, right))
    bottom = min(max(piece.y for piece in side) for side in (left, right))
    shorter = min(max(piece.y for piece in side) - min(piece.y for piece in side) for side in (left, right))
    return bottom - top >= 0.8 * shorter


# What no line end may part: (试行)2012版 keeps 行)2012 together.
_UNIT = re.compile(
    r"[（《“‘「『【〔([]*(?:[A-Za-z0-9.%/:_@+-]{1,20}|.)(?:[，。、；：？！）》”’」』】〕％‰℃]|[)\],;:.!?%][A-Za-z0-9]{0,20})*"
)


def fits_after(x1: float, following: Line, limit: float, slack: float = 0.3) -> bool:
    """True if what opens a line, with the marks that may not be parted from it, had room before `limit`."""
    unit = _UNIT.match(following.text)
    width = sum(1.0 if is_wide(char) else 0.7 if char.isupper() else 0.5 for char in unit[0]) if unit else 1.0
    return x1 + (width + slack) * following.size <= limit


def glued(texts: list[str]) -> str:
    """Join the lines of a paragraph: Latin words keep a space, a number that was cut and Chinese have none."""
    parts = texts[:1]
    for left, right in pairwise(texts):
        a, b = left[-1:], right[:1]
        is_word = a.isascii() and b.isascii() and a.isalnum() and b.isalnum()
        parts += [" ", right] if is_word and not (a.isdigit() and b.isdigit()) else [right]
    return "".join(parts)
