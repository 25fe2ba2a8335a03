"""Punctuation that Word and WPS set outside the right margin, so that no line begins with it."""

from __future__ import annotations

from collections.abc import Sequence

from index.readers.pdf_types import Page

_MARKS = frozenset("，。、；：！？）》〉】〕”’")
_STEP = 4.0  # points, a quarter of a square of 16: lines that end so near to each other end at one margin
_ENOUGH = 3  # lines that make a margin
_FAR_RIGHT = 0.75  # of the page's width: what ends before is a list of short lines


def trim_hanging(pages: Sequence[Page]) -> None:
    """Let each line with such a mark end at the margin: else lines without one would look too short to go on."""
    for page in pages:
        margin = _margin(page)
        for line in page.lines:
            if margin and line.text[-1:] in _MARKS and abs(line.x1 - line.size - margin) <= _STEP:
                line.x1 -= line.size


def _margin(page: Page) -> float:
    """Return the outermost place where lines end that do not end with a mark, 0 if too few end there."""
    ends = [line.x1 for line in page.lines if line.text[-1:] not in _MARKS]
    outermost = max(ends, default=0.0)
    agreeing = sum(end > outermost - _STEP for end in ends)
    return outermost if agreeing >= _ENOUGH and outermost > _FAR_RIGHT * page.width else 0.0
