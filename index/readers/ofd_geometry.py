"""The numbers of an OFD: steps between characters, outlines of drawings, places on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.readers.ofd_package import numbers

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_SEGMENTS = 20_000  # of a page: a table has hundreds, a map has millions
_ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
WHOLE: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def deltas(text: str | None, limit: int) -> list[float]:
    """Return a list of steps with `g 3 5.6`, which stands for 5.6 5.6 5.6, written out; no longer than the text."""
    parts = (text or "").replace(",", " ").split(None, 3 * limit)[: 3 * limit]
    steps: list[float] = []
    at = 0
    while at < len(parts) and len(steps) < limit:
        if parts[at] == "g":
            times, *step = numbers(" ".join(parts[at + 1 : at + 3]), 2) or [0.0]
            steps += (step or [0.0]) * max(0, min(int(times), limit - len(steps)))
            at += 3
        else:
            steps += numbers(parts[at], 1) or [0.0]
            at += 1
    return steps


def outlines(data: str) -> Iterator[list[Point]]:
    """Yield the corners of each part of a path that is drawn with straight lines only."""
    points: list[Point] = []
    is_straight = True
    parts = data.replace(",", " ").split(None, 8 * MAX_SEGMENTS)[: 8 * MAX_SEGMENTS]
    at = 0
    while at < len(parts):
        command, count = parts[at], _ARGUMENTS.get(parts[at], 0)
        values = numbers(" ".join(parts[at + 1 : at + 1 + count]), count)
        at += 1 + count
        if command in ("M", "S"):
            if is_straight and len(points) > 1:
                yield points
            points, is_straight = [], True
        if command == "C" and points:
            points.append(points[0])
        elif len(values) >= 2:
            is_straight = is_straight and command in ("M", "S", "L")
            points.append((values[-2], values[-1]))
    if is_straight and len(points) > 1:
        yield points


def matrix_of(item: Element) -> Matrix:
    """Return what takes a point of an object to the page: its CTM, then a move to its boundary's corner."""
    box = numbers(item.get("Boundary"), 4)
    x, y = (box[0], box[1]) if len(box) == 4 else (0.0, 0.0)
    ctm = numbers(item.get("CTM"), 6)
    a, b, c, d, e, f = ctm if len(ctm) == 6 else WHOLE
    return a, b, c, d, e + x, f + y


def times(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that does `m`, then `n`."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def apply(m: Matrix, p: Point) -> Point:
    return m[0] * p[0] + m[2] * p[1] + m[4], m[1] * p[0] + m[3] * p[1] + m[5]
