"""Where lines end, however that is written."""

from __future__ import annotations

import re

# Word has \x0b for a soft break, \x0c for a page. \x85 ends a line too, but not inside the bytes of a
# character: 全 in UTF-8 read as Latin-1 is å\x85¨.
BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\u2028\u2029]|(?<![\xc2-\xf4])(?<![\xe0-\xf4][\x80-\xbf])\x85")


_OTHERS = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")


def unify_breaks(text: str) -> str:
    """Return the text with every line end as a newline."""
    return BREAKS.sub("\n", text) if _OTHERS.search(text) else text


def line_spans(text: str) -> list[tuple[int, int]]:
    """Return where the lines of a text stand before it is cleaned; no step adds or drops a line."""
    ends = [match.span() for match in BREAKS.finditer(text)]
    return list(zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), len(text)], strict=True))
