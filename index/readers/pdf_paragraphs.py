"""Printed lines -> paragraphs, by where each line begins and ends."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from statistics import median

from index.marks import mark_at
from index.readers.pdf_layout import fits_after, glued
from index.readers.pdf_margins import SENTENCE_END, Margins
from index.readers.pdf_types import Line, Table

_MAY_END = re.compile(r"[。；;：:！!？?…）)][”’」』》）)】\"]*$")  # …负责) closes many a clause
_RUNS_ON = re.compile(r"[，、,（(《“‘「『【〔]$")
_LEADER = re.compile(r"(?:[.．·•…‥⋯]\s*){3,}[-—]*\s*[\dⅰ-ⅹivx]*[-—]*$")  # 一、总则……3
_ANNEX = re.compile(r"附\s*[件表录图]\s*[\d一二三四五六七八九十]*\s*(?:[-－—]\s*\d+)?\s*(?:[:：]|$)")
_SAME_SIZE, _SAME_SIZE_ROUGH = 0.08, 0.3
_INDENT = 1.2  # squares
_CENTRED = 2.6  # squares: a first line is indented by 2
_LARGEST = 16.0  # points of body text; where there are only titles, theirs is no measure
_FAR = 0.4  # of the width: where a signature begins
_FAR_HANGING = 8.0  # squares: a list of annexes hangs under its first word
_FEWEST, _ALIKE = 0.03, 1.05  # so many distances of lines, so near to one another, are no accident
_LOOSE, _LOOSE_ROUGH = 1.2, 1.4  # times the usual distance of lines


class Typesetting:
    """How a document is set: its margins, its size and kind of type, its distance of lines."""

    def __init__(self, lines: list[Line], tables: list[Table], widths: dict[int, float]) -> None:
        self._margins = Margins(lines, tables, widths)
        body = self._margins.body
        fonts = Counter(line.font for line in body)
        self._font = max(fonts, key=fonts.__getitem__, default="")
        self._pitch = _pitch(body, self._margins.size)

    def paragraphs(self, lines: list[Line]) -> list[str]:
        """Join the lines, given in reading order."""
        joined: list[list[Line]] = []
        for line in lines:
            if joined and not self._starts_new(joined[-1], line):
                joined[-1].append(line)
            else:
                joined.append([line])
        return [glued([line.text for line in paragraph]) for paragraph in joined]

    def _starts_new(self, paragraph: list[Line], line: Line) -> bool:
        last = paragraph[-1]
        if self._stands_alone(last) or _differ_in_size(last, line):
            return True
        hangs = self._hangs(paragraph, line)
        if self._stands_alone(line) and not hangs:
            return True
        if _has_mark(line.text) and not self._is_reference(last, line):
            return True
        if _RUNS_ON.search(last.text):
            return False
        if self._indent(line) > _INDENT and not hangs and not self._is_set_in(last, line):
            return True
        if _MAY_END.search(last.text) and self._is_loose(last, line):
            return True
        return self._is_heading(paragraph, line) or not self._is_full(last, line)

    def _indent(self, line: Line) -> float:
        return (line.x0 - self._margins.of(line).left) / line.size

    def _is_full(self, line: Line, following: Line) -> bool:
        return not fits_after(line.x1, following, self._margins.of(line).right, 0.8 if line.rough else 0.4)

    def _stands_alone(self, line: Line) -> bool:
        """True for a centred title, a signature on the right, an entry of a table of contents."""
        frame = self._margins.of(line)
        before, after = line.x0 - frame.left, frame.right - line.x1
        is_centred = abs(before - after) < 1.2 * line.size and before > _CENTRED * min(self._margins.size, _LARGEST)
        is_far = before > max(_FAR * (frame.right - frame.left), _FAR_HANGING * self._margins.size)
        return is_centred or is_far or bool(_LEADER.search(line.text))

    def _is_reference(self, last: Line, line: Line) -> bool:
        """True for 按照第|(二)项: a number that only happens to open a line."""
        if abs(self._indent(line)) > 1 or self._is_loose(last, line):
            return False
        return self._is_full(last, line) and not _MAY_END.search(last.text)

    def _hangs(self, paragraph: list[Line], line: Line) -> bool:
        """True for a line that goes on under the first word of a numbered paragraph, not under its number."""
        first, last = paragraph[0], paragraph[-1]
        if not self._is_full(last, line) or not _has_mark(first.text) or line.x0 < first.x0 + 0.8 * line.size:
            return False
        return last is first or abs(line.x0 - last.x0) < 0.5 * line.size

    def _is_set_in(self, last: Line, line: Line) -> bool:
        """True for a line that goes on with a paragraph that is set in as a whole."""
        is_level = line.x0 > last.x0 - 0.3 * line.size and self._indent(last) < _FAR_HANGING
        return is_level and self._is_full(last, line) and not _MAY_END.search(last.text)

    def _is_heading(self, paragraph: list[Line], line: Line) -> bool:
        """True after a heading in a type of its own that happens to fill its line."""
        last = paragraph[-1]
        if last.rough or not last.font or last.font == line.font or SENTENCE_END.search(last.text):
            return False
        return last.font != self._font and all(other.font == last.font for other in paragraph)

    def _is_loose(self, last: Line, line: Line) -> bool:
        """True if a space parts the lines, as on pages without indents."""
        same_column = (last.page, last.column) == (line.page, line.column)
        limit = _LOOSE_ROUGH if line.rough else _LOOSE
        return same_column and self._pitch > 0 and line.y - last.y > limit * self._pitch


def _differ_in_size(last: Line, line: Line) -> bool:
    allowed = _SAME_SIZE_ROUGH if last.rough or line.rough else _SAME_SIZE
    return abs(last.size - line.size) > allowed * max(last.size, line.size)


def _has_mark(text: str) -> bool:
    mark = mark_at(text)
    return (mark is not None and not mark.is_doubtful) or bool(_ANNEX.match(text))


def _pitch(body: list[Line], size: float) -> float:
    """Return the distance of two lines of a paragraph: the smallest that is no accident; 0 if there is none."""
    near = sorted(
        b.y - a.y
        for a, b in pairwise(body)
        if (a.page, a.column) == (b.page, b.column) and 0.8 * size < b.y - a.y < 4 * size
    )
    enough = max(1, int(_FEWEST * len(near)))
    return next((a for a, b in zip(near, near[enough:], strict=False) if b < _ALIKE * a), median(near) if near else 0.0)
