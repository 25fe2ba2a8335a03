"""What a page has besides its text: running heads, running feet and page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from index.readers.pdf_layout import rows_of
from index.readers.pdf_types import Line, Page

_EDGE = 0.15  # of the page's height, where a running line may stand; GB/T 9704 gives 37 mm of 297 to the upper margin
_EDGE_OF_TWO = 0.1  # two pages prove less than three
_SAME_HEIGHT = 4.0  # points
_MIN_PAGES = 3
_MIN_SHARE = 0.35  # of the pages: left and right pages may have heads of their own
_MAX_ROWS = 5  # that a head may have
_DASH = "[-‐-―−─－~·•・.|｜]*"
_NUMBER = r"(?:\d{1,4}|[０-９]{1,4}|[ivxlIVXL]{1,6})"
_PAGE_NUMBER = re.compile(
    rf"{_DASH}{_NUMBER}{_DASH}"
    rf"|{_DASH}第?{_NUMBER}页?[/／|,，()（]*共?{_NUMBER}?页?[)）]?{_DASH}"
    rf"|第[一二三四五六七八九十百]+页(?:[,，]?共[一二三四五六七八九十百]+页)?"
    rf"|{_DASH}(?:[Pp]age|PAGE|[Pp]\.)?{_NUMBER}(?:of|OF|/){_NUMBER}{_DASH}|(?:[Pp]age|PAGE|[Pp]\.){_NUMBER}"
)


def drop_running(pages: list[Page]) -> None:
    """Take running lines and page numbers off the upper and lower edge of every page."""
    edges = [(page, *_edges(page)) for page in pages]
    heights: dict[str, list[float]] = defaultdict(list)
    for page, upper, lower in edges:
        for text, y in {
            (_key(row), round(row[0].y)) for row in (*upper, *lower) if len(pages) > 2 or _is_outer(page, row)
        }:
            heights[text].append(y)
    needed = max(min(len(pages), _MIN_PAGES), 2, _MIN_SHARE * len(pages))
    for page, upper, lower in edges:
        dropped = {id(line) for edge in (upper, lower) for row in _running(edge, heights, needed) for line in row}
        page.lines = [line for line in page.lines if id(line) not in dropped]


def _edges(page: Page) -> tuple[list[list[Line]], list[list[Line]]]:
    """Return the rows near the upper edge from the top down, and those near the lower from the bottom up."""
    rows = rows_of(page.lines)
    upper = [row for row in rows[:_MAX_ROWS] if row[0].y < _EDGE * page.height]
    lower = [row for row in rows[: -_MAX_ROWS - 1 : -1] if row[0].y > (1 - _EDGE) * page.height]
    return upper, lower


def _is_outer(page: Page, row: list[Line]) -> bool:
    return not _EDGE_OF_TWO * page.height < row[0].y < (1 - _EDGE_OF_TWO) * page.height


def _running(edge: list[list[Line]], heights: dict[str, list[float]], needed: float) -> Iterator[list[Line]]:
    """Yield rows from the edge inwards up to the first that is text of this page."""
    for row in edge:
        repeated = sum(abs(y - row[0].y) <= _SAME_HEIGHT for y in heights[_key(row)])
        if repeated < needed and not _PAGE_NUMBER.fullmatch(_text(row)):
            return
        yield row


def _text(row: list[Line]) -> str:
    return re.sub(r"\s", "", "".join(line.text for line in sorted(row, key=lambda line: line.x0)))


def _key(row: list[Line]) -> str:
    """The row without its page number: 第3页 and 第4页 are one."""
    return re.sub(r"[0-9０-９]+", "#", _text(row))
