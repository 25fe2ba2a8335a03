"""A direction where a figure was asked for: 进一步提高, and no word of how much."""

from __future__ import annotations

import re

import numpy as np

from index.tokens import normalise
from rag.retrieval.features import Asked, answering_kinds
from rag.retrieval.rank import Ranked
from rag.retrieval.reading import Passage

_HOW = "相应|进一步|逐步|适当|稳步|不断|逐年|合理"
_WHICH_WAY = "提高|增加|降低|提升|扩大|缩小|拉开|减少|调整|完善|确定|控制|加大"
_DIRECTION = re.compile(rf"(?:{_HOW})(?:{_WHICH_WAY})(?![到至为])")
# Not what is asked about: the word before them is.
_NO_MATTER = re.compile(
    rf"(?:{_WHICH_WAY}|{_HOW}|一共|总共|大概|大约|具体|最高|最低|至少|现在|目前|多少|每[人年月天次户个生])[到至了为]?"
)
_SUM = re.compile(r"总共|一共|合计|算上|加起来|加在一起")  # a direction of one of its parts says nothing of a sum
_PART = re.compile(r"[^,，;；。:：]+")


def only_direction(ranked: Ranked) -> str:
    """Return a sentence that quotes the direction given, where an amount, share or number is asked for and none is there."""
    asked = ranked.asked
    matter = _matter(asked)
    if asked.query.asks not in ("amount", "percent", "count") or _SUM.search(asked.query.text):
        return ""
    if not matter or not ranked.sentence_scores:
        return ""
    sentences, scores = ranked.readings[0].sentences, ranked.sentence_scores[0]
    parts = (part for i in np.argsort(-scores, kind="stable") for part in _directions(sentences[i], asked.query.asks))
    said = next((part for part in parts if asked.says(matter, normalise(part))), None)
    return f"文件只提出方向, 没有写明数额: “{said}”。" if said else ""


def _matter(asked: Asked) -> str:
    """Return the last word of a question that names a thing: 封顶线 of 封顶线具体提高到多少元."""
    named = [word for word in asked.weights if not _NO_MATTER.fullmatch(word)]
    return max(named, key=asked.query.text.rfind, default="")


def _directions(passage: Passage, asks: str) -> list[str]:
    """Return the parts of a sentence that give a direction and no figure of the kind asked for."""
    kinds = answering_kinds(asks)
    parts = [part.strip() for part in _PART.findall(passage.text)]
    return [p for p in parts if _DIRECTION.search(p) and not any(f.kind in kinds for f in Passage(p).figures)]
