"""Yes or no, where the deciding words of the clause say it plainly; else nothing, and the quote speaks for itself."""

from __future__ import annotations

import re

from index.tokens import words
from rag.features import Asked
from rag.reading import Passage, Reading

_MAY = re.compile(r"可以|能否|能不能|可否|可不可以|允许|允不允许|准不准|能[^,，。]{1,20}吗|可[^,，。]{1,20}吗")
_MUST = re.compile(r"要不要|需不需要|用不用|必须|应不应|该不该|(?:需|要|应|得|还要|需要)[^,，。]{1,20}[吗么嘛]")
_NEGATED = re.compile(
    r"不(?:能|可以|要|用|需要?|必|得|允许|准|应)(?!不)|没有?必要|难道|是不是|为什么|怎么|多少|[几哪谁]|什么"
)
_WHETHER = re.compile(r"([能可准要需用应该])(?:以)?不(?:可以|\1)")  # 能不能: a negation that asks
_FORBIDS = re.compile(r"不得|禁止|严禁|不准|不允许|不能|不予|不可(?!或缺|分|避免|抗)")
_PERMITS = re.compile(r"(?<!不)可以|(?<!不)允许|(?<!不)准予|有权")
_OBLIGES = re.compile(r"(?<!不)应当|必须|(?<!不)须")
_FREES = re.compile(r"无需|无须|不需要?|不再|不必|免予|免于|免收|取消")
# What makes a rule hold only for some: then nothing is said before the quote.
_CONDITION = re.compile(
    r"未经|除[^,，。;；]*外|经[^,，。;；]{2,12}(?:批准|同意|审核)|原则上|以外|例外|特殊情况|有下列|情形之一|[^目标]的[,，]|确需|试点"
)
_PART = re.compile(r"[^,，;；。:：]+")
_ENOUGH = 0.6  # of the words of what may or must be done, by weight, must stand in the part that decides
_OF_SUBJECT = 0.4  # of all the question's words must stand in the sentence
_MODAL = re.compile(
    r"能不能|可不可以|可以|能否|可否|允许|能|可|要不要|需不需要|用不用|必须|应该|应当|还要|需要|需|要|应|得"
)


def verdict(asked: Asked, reading: Reading, passage: Passage) -> str:
    """Return 可以。, 不可以。, 应当。 or 不需要。, or nothing where the sentence does not decide plainly what is asked."""
    question = asked.query.text
    if (
        asked.query.asks != "yesno"
        or _NEGATED.search(_WHETHER.sub(r"\1", question))
        or _CONDITION.search(passage.plain)
    ):
        return ""
    part = _deciding_part(asked, passage)
    if not part or asked.word_share(passage.plain + reading.headings.plain) < _OF_SUBJECT:
        return ""
    may = _MAY.search(question) or _WHETHER.search(question)
    if may and _FORBIDS.search(part):
        return "不可以。"
    if may and _PERMITS.search(part):
        return "可以。" if "但" not in passage.plain else "可以(有限定)。"
    if _MUST.search(question) and not may:
        return "不需要。" if _FREES.search(part) else "应当。" if _OBLIGES.search(part) else ""
    return ""


def _deciding_part(asked: Asked, passage: Passage) -> str:
    """Return the one part between commas that says what may or must be done in the question's words."""
    modal = _MODAL.search(asked.query.text)
    wanted = [word for word in words(asked.query.text[modal.end() :]) if word in asked.weights] if modal else []
    total = sum(asked.weights[word] for word in wanted)
    if not total:
        return ""
    parts = [
        part
        for part in _PART.findall(passage.plain)
        if sum(asked.weights[word] for word in wanted if asked.says(word, part)) >= _ENOUGH * total
    ]
    return parts[0] if len(parts) == 1 else ""
