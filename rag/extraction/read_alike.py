"""The same thing said of several subjects, where the question names none of them: 补助标准 of whom?"""

from __future__ import annotations

import re

from index.tokens import normalise
from rag.retrieval.features import Asked, answering_kinds
from rag.retrieval.rank import Ranked
from rag.retrieval.reading import Passage, Reading

UNSAID = "(问题没有写明是哪一项, 以上逐项列出。)"
_MOST = 2  # told beside the first: more would be a list that nobody asked for
_NAME = range(3, 7)  # characters of a name that may belong to many: 补助标准, 缴费基数
_HOW_MUCH = re.compile(r"(?:各自?|分别|都)*[是为有]?(?:多少|几[元个名家]|多[高大]|什么).*$")
_FILLING = re.compile(r"^[\s和与跟及同的之各]+|[\s,，。;；:：?？!！、]")


def find_alike(ranked: Ranked) -> list[tuple[Reading, Passage]]:
    """Return what other clauses of the same document say of the very name the question asks a quantity of.

    Each says name and quantity in one breath (养老金待遇标准提高到每月180元); empty if the question says whose it is.
    """
    asked, first = ranked.asked, ranked.readings[0]
    name = _bare_name(asked)
    kinds = answering_kinds(asked.query.asks) - {"date"}
    if not name or not kinds or not _says(first, name, kinds):
        return []
    others = [one for one in ranked.readings[1:] if one.clause.doc.doc_id == first.clause.doc.doc_id]
    found = [(one, passage) for one in others if (passage := _says(one, name, kinds))]
    return found[:_MOST]


def _bare_name(asked: Asked) -> str:
    """Return the one name that is all the question has beside its place, year and asking words; else nothing."""
    name = _FILLING.sub("", _HOW_MUCH.sub("", normalise(asked.query.topic or asked.query.text)))
    return name if len(name) in _NAME else ""


def _says(reading: Reading, name: str, kinds: frozenset[str] | set[str]) -> Passage | None:
    """Return the sentence that has the name and a quantity of the kind between the same commas."""
    return next(
        (
            passage
            for passage in reading.sentences
            if any(name in words and held & kinds for words, held in passage.pieces)
        ),
        None,
    )
