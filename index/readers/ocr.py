"""RapidOCR's home: the picture of a page -> its characters and ruling lines. An optional extra: requirements-ocr.txt."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

from index.readers.pdf_characters import is_blank, is_wide, ordinary
from index.readers.pdf_types import Char, Ruling

_MIN_SCORE = 0.5  # a stamp over a signature is read as something, but not with confidence
_MIN_LONG = 6.0  # squares: a shorter line tells its size by its height, not by its width
_HEIGHT = 0.72  # of a box's height is the square of its characters
_BASELINE = 0.35  # of a square below the middle
_LATE, _EARLY = "（《“‘【〔", "，。、；：！？）》”’】〕"  # marks whose ink leaves half of their square empty
_ASKEW = math.radians(0.15)
_SHORTEST, _THICKEST = 15.0, 4.0  # points of a ruling line; a stroke of a character is shorter
_MAX_RULINGS = 3000  # a grey photograph has more
_Corner = tuple[float, float]


def is_installed() -> bool:
    return find_spec("rapidocr") is not None


def recognise(picture: Any, scale: float) -> tuple[list[Char], list[Ruling]]:
    """Return what stands on a BGR array, set straight; `scale` is points per pixel."""
    found = _engine()(picture)
    if found.boxes is None:
        return [], []
    boxes = [[(float(x) * scale, float(y) * scale) for x, y in box] for box in found.boxes]
    turn = -_lean(boxes)
    chars: list[Char] = []
    for box, text, score in zip(boxes, found.txts, found.scores, strict=True):
        if score >= _MIN_SCORE and text.strip():
            chars += _chars([_turned(corner, turn) for corner in box], text.strip())
    return chars, _rulings(_straight(picture, turn), scale)


@cache
def _engine() -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as in encoder.py
    from rapidocr import RapidOCR  # type: ignore[import-not-found,import-untyped,unused-ignore]

    return RapidOCR(params={"Global.log_level": "error", "Global.max_side_len": 4000})


def _lean(boxes: list[list[_Corner]]) -> float:
    """Return the angle at which the long lines lie: pages go through a scanner a little askew."""
    sides = [(box[1][0] - box[0][0], box[1][1] - box[0][1]) for box in boxes]
    longest = max(across for across, _ in sides)
    return median(math.atan2(down, across) for across, down in sides if across >= 0.5 * longest)


def _turned(point: _Corner, angle: float) -> _Corner:
    x, y = point
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _chars(box: list[_Corner], text: str) -> Iterator[Char]:
    """Spread the characters of a line evenly over its box."""
    x0, x1 = (box[0][0] + box[3][0]) / 2, (box[1][0] + box[2][0]) / 2
    top, bottom = (box[0][1] + box[1][1]) / 2, (box[2][1] + box[3][1]) / 2
    widths = [1.0 if is_wide(char) else 0.5 for char in text]
    late, early = 0.5 * (text[0] in _LATE), 0.5 * (text[-1] in _EARLY)
    square = (x1 - x0) / max(0.5, sum(widths) - late - early)
    size = square if sum(widths) >= _MIN_LONG else (bottom - top) * _HEIGHT
    x, spaced = x0 - late * square, False
    for char, width in zip(text, widths, strict=True):
        if is_blank(char):
            spaced = True
        elif char := ordinary(char):
            yield Char(char, x, x + width * square, (top + bottom) / 2 + _BASELINE * size, size, spaced=spaced)
            spaced = False
        x += width * square


def _straight(picture: Any, turn: float) -> Any:
    import cv2  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import numpy as np

    if abs(turn) < _ASKEW:
        return picture
    matrix = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0]])
    return cv2.warpAffine(picture, matrix, picture.shape[1::-1], borderValue=(255, 255, 255))


def _rulings(picture: Any, scale: float) -> list[Ruling]:
    """Return the straight lines of a picture: what is left when all that is short is wiped out."""
    import cv2

    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture[:, :, :3], cv2.COLOR_BGR2GRAY)
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    length = max(2, round(_SHORTEST / scale))
    rulings = []
    for shape in ((length, 1), (1, length)):
        left = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        for x, y, width, height, _ in cv2.connectedComponentsWithStats(left)[2][1:]:
            if min(width, height) * scale <= _THICKEST:
                rulings.append(_ruling(x * scale, y * scale, width * scale, height * scale))
    return rulings if len(rulings) <= _MAX_RULINGS else []


def _ruling(x: float, y: float, width: float, height: float) -> Ruling:
    if width > height:
        return Ruling(x, y + height / 2, x + width, y + height / 2)
    return Ruling(x + width / 2, y, x + width / 2, y + height)
