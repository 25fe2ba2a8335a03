"""From a sentence that holds several quantities, the part about the one subject that is asked about, where it is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.figures import find_figures
from index.tokens import normalise
from rag.retrieval.features import Asked, answering_kinds
from rag.retrieval.reading import Passage

_PART = re.compile(r"(?:(?<=\d)[,，](?=\d{3})|[^,，、;；:：。])+")
_AND = re.compile(r"以及|[、和与及]")
_TO = re.compile(r"^(?:对|将|把|使|按照?|其中)")
# No subject, though a part may begin so: 每人每年缴费150元.
_NO_SUBJECT = re.compile(r"[每不按达要共约其全各并均由至到从在以和与及将应须]|\d(?![a-z])|人均|所需|原则|年")
_LEAVES_OUT = re.compile(r"除了?|以外|之外|不含|不算|扣除")
_ASKS_SEVERAL = re.compile(r"各(?!级|类|地|区|市)|分别|又是|又要|相差|差多少|之和|一共|总共|合计")
# Said once before several: 不少于2个市级场馆、8个县级场馆.
_BOUND = re.compile(r"不少于|不低于|至少|不超过|不高于|不得|控制在|以内|以上|以下|左右|达到|提高到")
_NAME = 3  # characters: what a subject is called by at least
_ANY = {"amount", "percent", "count", "multiple", "duration"}


def own_part(asked: Asked, passage: Passage) -> str | None:
    """Return the words of a sentence that give the quantity asked for, if they do not come first and are certain.

    社区公园50个以上 of 综合公园每公顷配置座椅30个左右、社区公园50个以上: the one part that begins with words of
    the question. Words that only stand somewhere in a part are not enough: they put one figure where its neighbour was asked for.
    """
    kinds = _kinds(asked)
    if not kinds or _LEAVES_OUT.search(asked.query.text) or _ASKS_SEVERAL.search(asked.query.text):
        return None
    return _paired(asked, passage.text, kinds) or _begun(asked, passage.text, kinds)


def _kinds(asked: Asked) -> set[str]:
    """Return the kinds of quantities asked for; any kind where it only says 多少 of something."""
    kinds = answering_kinds(asked.query.asks) - {"date"}  # a date governs what follows it: no part is its own
    return kinds or (_ANY if "多少" in asked.query.text else set())


def _begun(asked: Asked, text: str, kinds: set[str]) -> str | None:
    """Return the one part with a quantity that begins with words of the question: 次干道不少于5处."""
    parts = [part[0].strip() for part in _PART.finditer(text) if any(f.kind in kinds for f in find_figures(part[0]))]
    names = [_TO.sub("", normalise(part)) for part in parts]
    question = normalise(asked.query.text)
    begun = [i for i, name in enumerate(names) if len(name) > _NAME and name[:_NAME] in question]
    if len(begun) != 1 or begun[0] == 0 or _NO_SUBJECT.match(names[begun[0]]):
        return None
    part = parts[begun[0]]
    return None if _shares_bound(text, parts, part) else part.removeprefix("其中")


def _shares_bound(text: str, parts: Sequence[str], part: str) -> bool:
    """True if a part of a list does not itself say the bound that one before it says for both."""
    before = text[: text.index(part)]
    return before.endswith("、") and bool(_BOUND.search(before)) and not _BOUND.search(part)


def _paired(asked: Asked, text: str, kinds: set[str]) -> str | None:
    """Return `B: 70%` of A、B和C的比例分别达到75%、70%和60%, if B is named by the question and the others are not.

    The first may begin with what is said of all of them (新评定的五星级、四星级), the last run on into it (新农合的支付比例).
    """
    question = normalise(asked.query.text)
    pieces = text.split("分别")
    for left, right in zip(pieces, pieces[1:], strict=False):
        subjects = _TO.sub("", re.split(r"[,，;；:：。]", left)[-1].strip())
        names = [name.strip() for name in _AND.split(subjects) if name.strip()]
        names = [name.split("的")[-1] for name in names[:-1]] + [name.split("的")[0] for name in names[-1:]]
        figures = [figure for figure in find_figures(re.split(r"[;；。]", right)[0]) if figure.kind in kinds]
        said = [(_said_of(name, question), figure) for name, figure in zip(names, figures, strict=False)]
        named = [(name, figure) for name, figure in said if name]
        if len(names) == len(figures) > 1 and len(named) == 1:
            return f"{named[0][0]}: {named[0][1].text}"
    return None


def _said_of(name: str, question: str) -> str:
    """Return as much of a name as the question says, from its start; empty if that is too little to be sure."""
    ends = range(len(name), min(_NAME, len(name)) - 1, -1)
    return next((name[:end] for end in ends if normalise(name[:end]) in question), "")
