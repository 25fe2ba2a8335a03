"""When not to answer, decided before any sentence is written, and what to say instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.catalog import catalog_of
from index.tokens import normalise
from index.types import Document
from rag.question.periods import say_years
from rag.question.scope import Named
from rag.question.understand import Query
from rag.retrieval.rank import Ranked

_DATA = Path(__file__).parent.parent / "data"
# A wrong figure is worse than no answer, however sure we are.
_DECISIVE = {"figure foreign", "figure of another", "owner unknown", "count missing", "measure missing"}
MAX_QUESTION = 2000  # characters; beyond that it is a document and not a question


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a reason for programs and a sentence for people."""

    reason: str  # empty | too_long | instruction | out_of_domain | out_of_scope | ambiguous | no_match | unsupported
    message: str


def refuse_words(text: str) -> Refusal | None:
    """Refuse what is no question of policy: nothing, too much, instructions to the program, small talk."""
    if not re.search(r"\w", text):
        return Refusal("empty", "请输入要查询的政策问题, 例如: 某地某年的补助标准是多少?")
    if len(text) > MAX_QUESTION:
        return Refusal("too_long", f"问题过长 ({len(text)} 字), 请缩短到 {MAX_QUESTION} 字以内。")
    if any(pattern.search(normalise(text)) for pattern in _patterns("instructions.tsv")):
        return Refusal("instruction", "这里只依据已收录的政策条款回答问题, 不执行其他指令。")
    if any(pattern.search(normalise(text).strip()) for pattern in _patterns("smalltalk.tsv")):
        return Refusal("out_of_domain", "这里只回答已收录政策文件里的问题, 请直接提问, 例如: 某地某年的补助标准是多少?")
    return None


def refuse_scope(query: Query, eligible: int, documents: Sequence[Document]) -> Refusal | None:
    """Refuse a place, year or document that is not held, and say what is."""
    named = query.named
    if named.missing and not named.documents:
        return Refusal("out_of_scope", f"未收录{'、'.join(named.missing)}。{held(documents)}")
    if eligible or not named:
        return None
    return Refusal(
        "out_of_scope", f"现有文件不包含{_scope_text(named)}的内容。{_above(named, documents)}{held(documents)}"
    )


def refuse_weak(ranked: Ranked, min_confidence: float) -> Refusal | None:
    """Refuse where the best clause does not bear the question out, with the gravest doubt as the reason."""
    if ranked.confidence >= min_confidence and _DECISIVE.isdisjoint(ranked.doubts):
        return None
    if ranked.doubts:
        return Refusal("unsupported", next(iter(ranked.doubts.values())))
    return Refusal("no_match", "现有文件中没有找到能回答这一问题的条款。")


def held(documents: Sequence[Document]) -> str:
    """Say which places and years are held."""
    names = catalog_of(documents).places_and_years
    shown = names[:8]
    more = f"等{len(names)}项" if len(names) > len(shown) else ""
    return f"现有: {'、'.join(shown)}{more}。"


def _above(named: Named, documents: Sequence[Document]) -> str:
    """Say which held documents are of a place above the one asked about: they are not its own, but may bind it."""
    parents = {name for region in named.regions for name in region.path[:-1]}
    names = [doc.name for doc in documents if doc.region and doc.region[-1] in parents]
    return f"其上级地区的{'、'.join(names[:3])}可供参考, 但不作为依据。" if names else ""


def _scope_text(named: Named) -> str:
    places = "、".join(dict.fromkeys(region.name for region in named.regions))
    years = say_years(named.years)
    documents = "、".join(doc.name for doc in named.documents)
    return places + documents + years


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return tuple(re.compile(line, re.IGNORECASE) for line in lines if line and not line.startswith("# "))
