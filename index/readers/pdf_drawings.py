"""The straight lines that a page draws: the borders of its tables. PDFium is handed in, its home is pdf_pages."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_MAX_OBJECTS = 50_000
_MAX_SEGMENTS = 20_000  # of a page: a table has hundreds, a map has millions
_MAX_DEPTH = 4  # of forms within forms
_MAX_COORDINATE = 1e6
_THIN = 3.0  # points; WPS and Word draw the borders of cells as thin filled boxes
_STRAIGHT = 0.7  # points
_Point = tuple[float, float]
_Matrix = tuple[float, float, float, float, float, float]


class Drawings:
    """The straight strokes of a page, the area of its pictures, and how much is drawn in all."""

    def __init__(self, pdfium: Any) -> None:
        self.strokes: list[tuple[_Point, _Point]] = []
        self.pictures = 0.0
        self.count = 0
        self._pdfium = pdfium
        self._segments = 0
        self._objects = 0

    def read(self, page: Any) -> None:
        pdfium = self._pdfium
        whole = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        count = pdfium.FPDFPage_CountObjects(page)
        self._read_objects(count, lambda i: pdfium.FPDFPage_GetObject(page, i), whole, 0)

    def _read_objects(self, count: int, get: Callable[[int], Any], within: _Matrix, depth: int) -> None:
        pdfium = self._pdfium
        for i in range(count):
            self._objects += 1
            if self._objects > _MAX_OBJECTS or depth > _MAX_DEPTH:
                return
            item = get(i)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self.count += 1
                self._read_path(item, _times(_matrix(item, pdfium), within))
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                a, b, c, d, *_ = _times(_matrix(item, pdfium), within)
                self.pictures += abs(a * d - b * c)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM:
                inner = _times(_matrix(item, pdfium), within)
                held = max(0, pdfium.FPDFFormObj_CountObjects(item))
                self._read_objects(held, lambda j, form=item: pdfium.FPDFFormObj_GetObject(form, j), inner, depth + 1)  # type: ignore[misc]

    def _read_path(self, path: Any, matrix: _Matrix) -> None:
        pdfium = self._pdfium
        fill, stroked = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(path, fill, stroked)
        count = pdfium.FPDFPath_CountSegments(path)
        self._segments += max(0, count)
        if self._segments > _MAX_SEGMENTS or not (fill.value or stroked.value):
            return
        for points in self._outlines(path, count, matrix):
            if stroked.value:
                self._add(zip(points, points[1:], strict=False))
            else:
                self._add_thin(points)

    def _outlines(self, path: Any, count: int, matrix: _Matrix) -> Iterator[list[_Point]]:
        """Yield the corners of each part of a path that is drawn with straight lines only."""
        pdfium = self._pdfium
        x, y = ctypes.c_float(), ctypes.c_float()
        points: list[_Point] = []
        is_straight = True
        for i in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(path, i)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                if is_straight and len(points) > 1:
                    yield points
                points, is_straight = [], True
            is_straight = is_straight and kind != pdfium.FPDF_SEGMENT_BEZIERTO
            points.append(_apply(matrix, (x.value, y.value)))
            if pdfium.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        if is_straight and len(points) > 1:
            yield points

    def _add(self, strokes: Iterable[tuple[_Point, _Point]]) -> None:
        for a, b in strokes:
            across, down = abs(a[0] - b[0]), abs(a[1] - b[1])
            if min(across, down) <= _STRAIGHT < max(across, down) < _MAX_COORDINATE:
                self.strokes.append((a, b))

    def _add_thin(self, points: list[_Point]) -> None:
        """Take a filled box that is thin for the line that it looks like."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        if x1 - x0 <= _THIN or y1 - y0 <= _THIN:
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            upright = y1 - y0 > x1 - x0
            self._add([((middle[0], y0), (middle[0], y1)) if upright else ((x0, middle[1]), (x1, middle[1]))])


def _matrix(item: Any, pdfium: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _times(m: _Matrix, n: _Matrix) -> _Matrix:
    """Return the matrix that does `m`, then `n`."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _apply(m: _Matrix, p: _Point) -> _Point:
    return m[0] * p[0] + m[2] * p[1] + m[4], m[1] * p[0] + m[3] * p[1] + m[5]
