"""Yes or no, where the deciding words of the clause say it plainly; else nothing, and the quote speaks for itself."""

from __future__ import annotations

import re

from index.tokens import bigrams, normalise, words
from rag.retrieval.features import Asked
from rag.retrieval.reading import Passage, Reading

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
_NUMBER = re.compile(r"\d+")
_NONE_OF = re.compile(r"(?:不得|禁止)有?(?:下列|以下)")  # forbids what follows, and is no condition
_PART = re.compile(r"[^,，;；。:：]+")
_ENOUGH = 0.6  # of the words of what may or must be done, by weight, must stand in the part that decides
_REVERSED = re.compile(r"不|免|无|没|禁止|拒|取消")  # 可以不交押金吗: what forbids it allows it
_MODAL = re.compile(
    r"能不能|可不可以|可以|能否|可否|允许|能|可|要不要|需不需要|用不用|必须|应该|应当|还要|需要|需|要|应|得"
)


def verdict(asked: Asked, reading: Reading, passage: Passage, lead: str = "") -> str:
    """Return 可以。, 不可以。, 应当。 or 不需要。, or nothing where the sentence does not decide plainly what is asked.

    `lead` is what stands before an item and decides for it: 禁止下列行为:
    """
    question, before = asked.query.text, normalise(lead)
    if asked.query.asks != "yesno" or _NEGATED.search(_WHETHER.sub(r"\1", question)):
        return ""
    part = _deciding_part(asked, passage)
    if not part or _CONDITION.search(_NONE_OF.sub("", before) + passage.plain):
        return ""
    if not _is_of_subject(asked, f"{reading.headings.plain}{before}{passage.plain}", passage):
        return ""
    may = bool(_MAY.search(question) or _WHETHER.search(question))
    said = _may(before + part) if may else _must(before + part) if _MUST.search(question) else ""
    return "可以(有限定)。" if said == "可以。" and "但" in passage.plain else said


def _may(part: str) -> str:
    return "不可以。" if _FORBIDS.search(part) else "可以。" if _PERMITS.search(part) else ""


def _must(part: str) -> str:
    return "不需要。" if _FREES.search(part) else "应当。" if _OBLIGES.search(part) else ""


def _is_of_subject(asked: Asked, text: str, passage: Passage) -> bool:
    """True if the clause says all that stands before 可以 or 要 in the question, and each quantity: 外地居民可以申请吗."""
    modal = _MODAL.search(asked.query.text)
    subject = [word for word in words(asked.query.text[: modal.start()]) if word in asked.weights] if modal else []
    held = {(figure.value, figure.unit) for figure in passage.figures}
    figures = {(figure.value, figure.unit) for figure in asked.query.figures}
    numbers = set(_NUMBER.findall(normalise(asked.query.topic)))  # 5棵, a unit that is none of ours
    counted = figures <= held if figures else numbers <= set(_NUMBER.findall(text))
    return counted and all(asked.says(word, text) for word in subject)


def _deciding_part(asked: Asked, passage: Passage) -> str:
    """Return the one part between commas that says what may or must be done in the question's words."""
    modal = _MODAL.search(asked.query.text)
    wanted = asked.query.text[modal.end() :].rstrip("?？。吗么嘛呢") if modal else ""
    if _REVERSED.search(wanted):
        return ""
    parts = [part for part in _PART.findall(passage.plain) if _said_in(asked, wanted, part) >= _ENOUGH]
    return parts[0] if len(parts) == 1 else ""


def _said_in(asked: Asked, wanted: str, part: str) -> float:
    """Return the share of some words of the question that a part has, by their weight or by their character pairs."""
    weighed = [word for word in words(wanted) if word in asked.weights]
    total = sum(asked.weights[word] for word in weighed)
    found = sum(asked.weights[word] for word in weighed if asked.says(word, part))
    pairs = set(bigrams(wanted))
    return max(found / total if total else 0.0, len(pairs & set(bigrams(part))) / len(pairs) if pairs else 0.0)
