"""A list inside one clause: 一是…；二是…, or (1)…(2)…, told with what leads to it, complete and in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.marks import mark_at
from rag.retrieval.read_text import TRAILING, stem
from rag.retrieval.reading import Passage

_STYLES = {"spoken", "ordinal", "arabic", "bracketed_arabic", "bracketed_han", "half_bracketed", "circled"}
# 重点抓好三个方面：一是…: the first item stands in the sentence that leads to it.
_INLINE = re.compile(
    r"[:：]\s*(?=一是|一要|第一(?:步|阶段|[类种档批])?[,，、:：是为]|[1１][.．、]|[（(][一1１][）)]|①)"
)
_STEP = re.compile(r"第([一二三四五六七八九十])(步|阶段|[类种档批])(?=[,，、:：是为])")  # 第一步，…；第二步，…
_NUMERALS = "一二三四五六七八九十"
_WHOLE = 260  # characters of a list that is told whole
_ITEMS_ALONE = 170  # beyond that the sentences between the items are left out


@dataclass(frozen=True, slots=True)
class Chain:
    """The sentences that begin with 一是, 二是 …; `lead` is the one before them that leads to them, if there is one."""

    items: tuple[int, ...]
    lead: int | None
    inline: int = 0  # where the first item starts in the sentence that leads to it

    def covers(self, i: int) -> bool:
        first = self.items[0] if self.lead is None else self.lead
        return first <= i <= self.items[-1]


def find_chain(sentences: Sequence[Passage]) -> Chain | None:
    """Return the first list of two items or more among the sentences of a clause."""
    for start, sentence in enumerate(sentences):
        opening = _INLINE.search(sentence.text)
        style, number = _numbered(sentence.text, opening.end() if opening else 0)
        if number != 1:
            continue
        items = [start]
        for i in range(start + 1, len(sentences)):
            if _numbered(sentences[i].text) == (style, len(items) + 1):
                items.append(i)
        if len(items) > 1:
            return Chain(tuple(items), _lead(sentences, start, bool(opening)), opening.end() if opening else 0)
    return None


def _numbered(text: str, start: int = 0) -> tuple[str, int]:
    """Return the style and the value of the number that an item begins with; 0 if it has none."""
    step = _STEP.match(text, start)
    if step:
        return step[2], _NUMERALS.index(step[1]) + 1
    mark = mark_at(text, start)
    return (mark.style, mark.number) if mark and mark.style in _STYLES else ("", 0)


def _lead(sentences: Sequence[Passage], first: int, inline: bool) -> int | None:
    if inline:
        return first
    return first - 1 if first and sentences[first - 1].text.rstrip().endswith((":", "：")) else None


def tell_chain(sentences: Sequence[Passage], chain: Chain) -> tuple[list[int], str | None]:
    """Return the sentences of a list, and its text where it is too long to be quoted whole: each item by its first words."""
    first = chain.items[0] if chain.lead is None else chain.lead
    every = list(range(first, chain.items[-1] + 1))
    if _length(sentences, every) <= _ITEMS_ALONE:
        return every, None
    alone = sorted({first, *chain.items})
    if _length(sentences, alone) <= _WHOLE:
        return alone, None
    lead = sentences[chain.lead].text if chain.lead is not None else ""
    lead = lead[: chain.inline] if chain.inline else lead
    heads = [stem(sentences[chain.items[0]].text[chain.inline :]), *(stem(sentences[i].text) for i in chain.items[1:])]
    return alone, f"{lead}{'；'.join(head.rstrip(TRAILING) for head in heads)}。"


def _length(sentences: Sequence[Passage], chosen: Sequence[int]) -> int:
    return sum(len(sentences[i].text) for i in chosen)
