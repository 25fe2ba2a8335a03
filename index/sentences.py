"""A clause in sentences: the smallest piece that an answer quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.marks import mark_at
from index.open_lines import goes_on

# A sentence ends with its mark and the closing quotes and brackets after it; the bracket that
# names the departments is a sentence of its own.
_SENTENCE = re.compile(r"[^。；;！!？?\n]*(?:[。；;！!？?]+[”’」』]*|\n|$)")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of a clause, without its number and outer spaces."""
    spans = []
    mark = mark_at(text)
    start = mark.end if mark and not mark.is_doubtful else 0
    for left, right in _sentences(text, start):
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if right > left:
            spans.append((left, right))
    return spans


def _sentences(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of sentences, spaces and all; an end of line inside a sentence does not end it."""
    left = start
    for match in _SENTENCE.finditer(text, start):
        if match[0].endswith("\n") and _is_cut(text, match.start(), match.end()):
            continue
        yield left, match.end()
        left = match.end()


def _is_cut(text: str, start: int, end: int) -> bool:
    """True for an end of line that cuts a sentence: 期限不超过⏎3年, not the one below a heading or a table's row."""
    line = text[start : end - 1].rstrip()
    after = text[end:].split("\n", 1)[0].lstrip()
    if not after or "|" in line or "|" in after:
        return False
    mark = mark_at(after)
    is_item = mark is not None and not mark.is_doubtful
    return goes_on(line, after) or (line.endswith(("，", ",", "、")) and not is_item)
