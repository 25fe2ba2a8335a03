"""What a page is made of once the library is left behind; x grows to the right, y downwards, in points."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Char:
    """A character (or two: 𠮷, ﬁ) on its baseline `y`; `spaced` if a space character stood before it."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    font: str = ""
    spaced: bool = False


@dataclass(slots=True)
class Line:
    """Text on one baseline, or a piece of it; `font` is that of its Chinese characters, "" when they differ."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    font: str = ""
    rough: bool = False  # recognised from a picture: places and sizes are a few points off
    page: int = 0
    column: int = 0  # 0 over the whole width, else 1 or 2


@dataclass(slots=True)
class Ruling:
    """A horizontal (y0 == y1) or vertical (x0 == x1) line of a page."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_horizontal(self) -> bool:
        return self.y0 == self.y1


@dataclass(slots=True)
class Table:
    """A rectangular grid of cell texts; a merged cell's text stands in every place that it covers."""

    rows: list[list[str]]
    joins_up: list[bool]  # for each row: is its first cell that of the row above
    x0: float
    x1: float
    y: float
    page: int = 0
    column: int = 0


@dataclass(slots=True)
class Page:
    """A page: its size, and what stands on it in no order yet."""

    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
