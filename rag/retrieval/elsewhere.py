"""What a clause leaves to another of its document: the words that lead to it as an item, and what breaking it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.store import ClauseIndex
from index.tokens import normalise
from index.types import Clause
from rag.retrieval.features import Asked
from rag.retrieval.read_text import is_introduction
from rag.retrieval.reading import Passage, Reading

_ASKS_PENALTY = re.compile(
    r"罚(?!款收入)|处分|扣(?:减|除|回|掉)?(?:多少|几|什么)|(?:什么|啥|哪些)(?:样的)?(?:后果|责任)|追责"
)
# 违反本办法第十一条规定的,扣减补贴: whatever follows is what it costs
_PENALTY = re.compile(
    r"罚款|处罚|罚金|警告|没收|吊销|拘留|处分|追究|责令|违反[^。；;\n]{0,20}第[^。；;\n]{0,20}[条款项]"
)
_OF_ANY = re.compile(  # said of any conduct
    r"罚|违反|规定|处分|后果|最[高低多少]|责任|部门|单位|个人|依据|根据|按照|金额|数额|标准|第.+[条款项]"
)
# 单位怎么罚, but not 哪个单位来罚
_LIABLE = re.compile(r"(?<!哪个)(?<!什么)(单位|个人)(?:要|会|会被|被|应|怎么|怎样|如何|最高|最低){0,4}罚")
# 违反本条例规定的: of all that the document forbids
_OF_ALL = re.compile(r"违反(?:本|以上|上述)[\u4e00-\u9fff]{1,8}?(?:[的,，]|有关规定|规定)")


def lead_of(index: ClauseIndex, clause: Clause) -> Clause | None:
    """Return the clause that leads to a list of which this one is an item: 有下列行为之一的,处五百元罚款:"""
    steps = clause.path.split(".")
    above = (index.clause_at(clause.doc.doc_id, ".".join(steps[:n])) for n in range(len(steps) - 1, 0, -1))
    lead = next(filter(None, above), None)
    return lead if lead and is_introduction(lead.text.rstrip().split("\n")[-1]) else None


@dataclass(frozen=True, slots=True)
class Penalty:
    """The clause that says what breaking another, `broken`, costs; `at` is where in its text it refers to that one.

    `depth` is how exactly it does: 第六条 is 1, 第六条第(三)项 more.
    """

    clause: Clause
    broken: Clause
    at: int | None = None
    depth: int = 0


def asks_penalty(question: str) -> bool:
    return bool(_ASKS_PENALTY.search(normalise(question)))


def says_penalty(text: str) -> bool:
    return bool(_PENALTY.search(text))


def penalty_of(asked: Asked, reading: Reading, index: ClauseIndex) -> Penalty | None:
    """Return, where it is asked, the penalty of a clause that another states, or what the penalty that it states is for.

    Of several that refer to one (违反本条例第十二条规定的) it is that with most of the question's words; a clause that
    none refers to may be under the only one that speaks of the whole document. None where a clause, or what leads to
    it, says all itself.
    """
    if not asks_penalty(asked.query.text):
        return None
    clause = reading.clause
    within = index.clauses_of(clause.doc.doc_id)
    if says_penalty(f"{reading.headings.text}{clause.text}"):
        return max(
            (pair for broken in within if (pair := refers(clause, broken))),
            key=lambda pair: asked.word_share(normalise(pair.broken.text)),
            default=None,
        )
    stated = [one for one in within if one.leaf and says_penalty(one.text)]
    pairs = [pair for one in stated if (pair := refers(one, clause))]
    if pairs:
        return max(pairs, key=lambda pair: (pair.depth, asked.word_share(normalise(pair.clause.text))))
    of_all = [one for one in stated if _OF_ALL.search(one.text) and not is_introduction(one.text)]
    return Penalty(of_all[0], clause) if len(of_all) == 1 else None


def about(penalty: Penalty, sentences: Sequence[Passage]) -> list[bool]:
    """Tell which sentences of a penalty are about what it is for: from where it is named to where another is."""
    if penalty.at is None:
        return [False] * len(sentences)
    found: list[bool] = []
    for one in sentences:
        here = one.start <= penalty.at < one.end
        found.append(here or bool(found) and found[-1] and "违反" not in one.text)
    return found


def refers(penalty: Clause, broken: Clause) -> Penalty | None:
    """Return a clause, which states a penalty, as the penalty of another, if it refers to that by number, or to what is above it."""
    start, end = penalty.spans[0]
    links = [
        link
        for link in penalty.doc.links
        if link.kind == "clause" and start <= link.start < end and f"{broken.path}.".startswith(f"{link.target}.")
    ]
    if not links or broken.path == penalty.path:
        return None
    closest = max(links, key=lambda link: len(link.target))
    return Penalty(penalty, broken, closest.start - start, closest.target.count(".") + 1)


def liable_unsaid(asked: Asked, reading: Reading) -> str:
    """Return 单位 or 个人 where its penalty is asked for, and only that of the other is said; else nothing."""
    found = _LIABLE.search(normalise(asked.query.question.text))
    if not found:
        return ""
    other = "个人" if found[1] == "单位" else "单位"
    said = reading.whole.plain
    return found[1] if other in said and found[1] not in said else ""


def conduct_unsaid(asked: Asked, reading: Reading) -> str:
    """Return the weightiest word of what is done where a penalty says nothing of it: it may be that of another act."""
    if asked.query.inherited:
        return ""
    title = normalise(reading.clause.doc.title)
    said = f"{reading.headings.plain}{reading.whole.plain}"
    done = [word for word in asked.weights if not _OF_ANY.search(word) and not asked.says(word, title)]
    return "" if any(asked.says(word, said) for word in done) else max(done, key=lambda w: asked.weights[w], default="")
