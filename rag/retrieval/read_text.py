"""Quoted sentences into the words of an answer: no stray number before them, no half sentence after."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.marks import mark_at, may_be_amount
from rag.retrieval.reading import Passage

TRAILING = "。；;,，、 "
_COLON = (":", "：")
_ASKED = ("?", "？", "!", "！")
# 一是 and 第一 belong to the words; 11. before 2019年 and (3) before a sentence are numbers of its place.
_NUMBERED = {"arabic", "bracketed_arabic", "bracketed_han", "half_bracketed", "circled", "decimal"}


def tell(passages: Sequence[Passage]) -> str:
    """Return neighbouring sentences of a clause as text that ends with a full stop; parts of one sentence keep their 。；"""
    last = len(passages) - 1
    pieces = [p.text if p.is_note and last else _ended(p.text, is_last=i == last) for i, p in enumerate(passages)]
    if passages and (last == 0 or not _number_of(passages[-1].text)):  # (1)…;(2)…: the numbers of a list stay
        pieces[0] = without_number(pieces[0])
    return "".join(pieces)


def without_number(text: str) -> str:
    """Return a sentence without the number that stands before it: 11.2019年9月底前 is 2019年9月底前."""
    return text[_number_of(text) :]


def stem(text: str) -> str:
    """Return the first part of an item, up to its first comma or stop: what a long list says of it."""
    return re.split(r"[,，;；。:：]", text.strip(), maxsplit=1)[0]


def is_introduction(text: str) -> bool:
    """True for a sentence that only leads to what follows: 应当具备下列条件:"""
    return text.rstrip().endswith(_COLON) or bool(_REFERS_ON.search(text.rstrip().rstrip(TRAILING)))


def names_bodies(passage: Passage) -> bool:
    """True for a sentence that only names who is responsible: (市教育局负责), 责任单位：市税务局."""
    return passage.is_note and bool(_ROLES.search(passage.plain)) or bool(_BODIES.match(passage.plain))


_ROLES = re.compile(r"负责|牵头|配合|参与|落实")
_BODIES = re.compile(r"(?:责任|牵头|配合|主管|承办|主办|协办|负责|实施)(?:单位|部门|机构|处室|科室):")
_REFERS_ON = re.compile(
    r"(?:如下|(?:下列|以下|下述)(?:[一二三四五六七八九十几]?[个项条种类]?)"
    r"(?:条件|要求|内容|情形|方面|标准|材料|任务|措施|规定|职责|程序|事项|原则|方式|行为|工作|办法|义务|权利)[^,，;；。]{0,8})$"
)


def is_question(text: str) -> bool:
    """True for the question that heads an interpretation's answer: 补贴的范围是什么?"""
    return text.rstrip().endswith(("?", "？"))


def _number_of(text: str) -> int:
    """Return where the number before a sentence ends; 0 if it has none."""
    mark = mark_at(text)
    return mark.end if mark and mark.style in _NUMBERED and not may_be_amount(text, mark) else 0


def _ended(text: str, is_last: bool) -> str:
    bare = text.rstrip(TRAILING)
    if bare.endswith(_ASKED):
        return bare
    if is_last:
        return f"{bare.rstrip(''.join(_COLON))}。"
    if bare.endswith(_COLON):
        return bare
    return f"{bare}；" if text.rstrip().endswith(("；", ";")) else f"{bare}。"
