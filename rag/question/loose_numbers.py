"""文号 as people type them in a question: 国办发2016年91号 without brackets, 809号国务院令 the other way round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.catalog import Mention
from index.named import find_documents
from index.types import Document

_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_NO_BRACKETS = re.compile(
    r"(?P<agency>[\u4e00-\u9fff]{1,8}(?:发|办|函|字|规|政|通))\s*(?P<year>(?:19|20)\d{2})\s*+年?[-—\s]*+第?\s*+0*(?P<serial>\d{1,4})\s*号"
)
_ORDER_LAST = re.compile(
    r"第?\s*0*(?P<serial>\d{1,4})\s*号\s*(?P<order>(?:国务院|主席|[\u4e00-\u9fff]{2,10}?(?:部|委|局|署|政府|银行))令)"
)


def with_loose_numbers(text: str, found: Sequence[Mention], documents: Sequence[Document]) -> list[Mention]:
    """Return the mentions of a text with those of numbers written loosely, each in place of a part of it read alone."""
    plain = text.translate(_WIDE)
    loose = [
        *((m, f"{m['agency']}〔{m['year']}〕{m['serial']}号") for m in _NO_BRACKETS.finditer(plain)),
        *((m, f"{m['order']}第{m['serial']}号") for m in _ORDER_LAST.finditer(plain)),
    ]
    mentions = list(found)
    for match, number in loose:
        read = find_documents(number, documents)
        if len(read) == 1 and not any(_is_wider(mention, match) for mention in mentions):
            mentions = [m for m in mentions if m.end <= match.start() or match.end() <= m.start]
            mentions.append(replace(read[0], start=match.start(), end=match.end()))
    return sorted(mentions, key=lambda mention: mention.start)


def _is_wider(mention: Mention, match: re.Match[str]) -> bool:
    """True if a document is named by more than the number: what a question of its own title says holds."""
    return mention.start < match.end() and match.start() < mention.end and mention.end - mention.start > len(match[0])
