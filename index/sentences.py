"""A clause in sentences: the smallest piece that an answer quotes."""

from __future__ import annotations

import re

from index.marks import mark_at

# A sentence ends with its mark and the closing quotes and brackets after it; the bracket that
# names the departments is a sentence of its own.
_SENTENCE = re.compile(r"[^。；;！!？?\n]*(?:[。；;！!？?]+[”’」』]*|\n|$)")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of a clause, without its number and outer spaces."""
    spans = []
    mark = mark_at(text)
    start = mark.end if mark and not mark.is_doubtful else 0
    for match in _SENTENCE.finditer(text, start):
        left, right = match.span()
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        if right > left:
            spans.append((left, right))
    return spans
