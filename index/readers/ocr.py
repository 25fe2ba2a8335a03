"""RapidOCR's home: the picture of a page -> its lines. An optional extra: requirements-ocr.txt."""

from __future__ import annotations

import math
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

from index.readers.pdf_characters import is_wide, ordinary
from index.readers.pdf_types import Line

_MIN_SCORE = 0.5  # a stamp over a signature is read as something, but not with confidence
_MIN_LONG = 6.0  # squares: a shorter line tells its size by its height, not by its width
_HEIGHT = 0.72  # of a box's height is the square of its characters
_BASELINE = 0.35  # of a square below the middle
_LATE, _EARLY = "（《“‘【〔", "，。、；：！？）》”’】〕"  # marks whose ink leaves half of their square empty
_Corner = tuple[float, float]


def is_installed() -> bool:
    return find_spec("rapidocr") is not None


def recognise(picture: Any, scale: float) -> list[Line]:
    """Return the lines of a BGR array, set straight; `scale` is points per pixel."""
    found = _engine()(picture)
    if found.boxes is None:
        return []
    boxes = [[(float(x) * scale, float(y) * scale) for x, y in box] for box in found.boxes]
    turn = -median(_slope(box) for box in boxes)
    read = zip(boxes, found.txts, found.scores, strict=True)
    return [
        _line([_turned(p, turn) for p in box], text)
        for box, text, score in read
        if score >= _MIN_SCORE and text.strip()
    ]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # type: ignore[import-not-found,import-untyped,unused-ignore]

    return RapidOCR(params={"Global.log_level": "error", "Global.max_side_len": 4000})


def _slope(box: list[_Corner]) -> float:
    """Return the angle at which a box lies: pages go through a scanner a little askew."""
    (x0, y0), (x1, y1) = box[0], box[1]
    return math.atan2(y1 - y0, x1 - x0)


def _turned(point: _Corner, angle: float) -> _Corner:
    x, y = point
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _line(box: list[_Corner], text: str) -> Line:
    text = "".join(map(ordinary, text.strip()))
    x0, x1 = (box[0][0] + box[3][0]) / 2, (box[1][0] + box[2][0]) / 2
    top, bottom = (box[0][1] + box[1][1]) / 2, (box[2][1] + box[3][1]) / 2
    squares = sum(1.0 if is_wide(char) else 0.5 for char in text)
    size = (x1 - x0) / squares if squares >= _MIN_LONG else (bottom - top) * _HEIGHT
    x0 -= 0.5 * size * (text[0] in _LATE)
    x1 += 0.5 * size * (text[-1] in _EARLY)
    return Line(text, x0, x1, (top + bottom) / 2 + _BASELINE * size, size, rough=True)
