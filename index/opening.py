"""Where the numbered text of a document begins, and the preamble above it."""

from __future__ import annotations

import re

from index.head import kind_of
from index.layout import ADDRESSEE, LABELLED, LONG_LINE, heads, is_page, is_text, mark_of, named_annexes
from index.lines import is_prose, is_whole, says
from index.types import Line

_CONTENTS_TAIL = re.compile(r"[\s.．…·\-—]*\d*$")  # 一、总体要求……3
_CONTENTS_REACH = 5000  # lines between an entry of a table of contents and its heading


def body_start(lines: list[Line]) -> int:
    """Return the first line that opens the body, else the first of a bare list, else the end."""
    named = named_annexes(lines)
    marked = [i for i, line in enumerate(lines) if mark_of(line) and i not in named]
    reaches: dict[int, bool] = {}  # whether prose stands in the run of numbered lines from here, or ends it
    for i in reversed(marked):
        after = i + 1 < len(lines) and reaches.get(i + 1, lines[i + 1].is_row or says(lines[i + 1].text))
        reaches[i] = says(lines[i].text) or after
    opening = next((i for i in marked if _opens_body(lines, i, reaches[i])), None)
    table = _first_table(lines)
    if opening is None:
        listed = [i for i in marked if len(lines[i].text) > mark_of(lines[i]).end]  # type: ignore[union-attr]
        opening = listed[0] if len(listed) > 1 else len(lines)
    return _with_heading(lines, min(opening, table))


def _with_heading(lines: list[Line], first: int) -> int:
    """Return where a body begins that has a heading without a number above its first number."""
    if 1 < first < len(lines) and is_whole(lines[first - 2].text) and not is_page(lines[first - 2]):
        return first - 1 if heads(lines, first - 1) and not kind_of(lines[first - 1].text) else first
    return first


def _first_table(lines: list[Line]) -> int:
    """Return where a table stands after the first prose: one above it holds the page's fields."""
    prose = next((i for i, line in enumerate(lines) if is_text(line)), len(lines))
    return next((i for i in range(prose, len(lines)) if lines[i].is_row), len(lines))


def _opens_body(lines: list[Line], i: int, reaches_prose: bool) -> bool:
    """A numbered line opens the body if prose follows it, at once or after more marks."""
    if _in_contents(lines, i):
        return False
    if any(line.is_row or says(line.text) or len(line.text) > LONG_LINE for line in lines[i : i + 4]):
        return True
    return reaches_prose


def _in_contents(lines: list[Line], i: int) -> bool:
    """A table of contents says every heading once too early."""
    entry = _CONTENTS_TAIL.sub("", lines[i].text).replace(" ", "")
    if is_prose(lines[i].text) or len(entry) > 60:
        return False
    # An entry stands among others; the heading it names comes within the text, never far on in an endless list.
    later = lines[i + 1 : i + 1 + _CONTENTS_REACH]
    return any(line.text.replace(" ", "").startswith(entry) for line in later if not line.is_row)


def preamble_start(lines: list[Line], first: int) -> int:
    """The preamble begins after the addressee, or else with the first prose before the body."""
    found = addressee(lines, first)
    if found is not None:
        return found + 1
    return next((i for i in range(first) if is_text(lines[i])), first)


def addressee(lines: list[Line], first: int) -> int | None:
    """Return the line that names whom the document is sent to, the last if several lines could be."""
    found = (i for i in range(first - 1, -1, -1) if not lines[i].is_row and not LABELLED.match(lines[i].text))
    return next((i for i in found if ADDRESSEE.match(lines[i].text)), None)
