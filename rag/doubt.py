"""What speaks against a clause as the answer, though it is the nearest: each doubt a sentence for people.

Six rules, each general to official texts, over word lists in `data/`: the scheme asked about is
not spoken of; what the question takes for granted is not what the clause says; a quantity in the
question is not the clause's; the kind of thing asked for is not stated, or only of something
else; the attribute asked for is not named.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from index.figures import find_figures
from index.tokens import cut, normalise
from rag.features import Asked, answering_kinds
from rag.reading import Passage, Reading

_DATA = Path(__file__).parent / "data"
_KIND_NAMES = {
    "amount": "金额",
    "percent": "比例",
    "date": "时间",
    "count": "数量",
    "duration": "时长",
    "department": "责任部门",
}
# What answers `when` and `how many` without a numeral.
_LOOSE_SHARE = 0.34  # of what the question and the evidence share, said away from any figure
_UNDATED = re.compile(r"每(?:年|季度|月|周|半年)|年(?:内|终|底|末|初)|当年|月底|逐年|定期|及时|按(?:时|期)")
_ORGAN = re.compile(r"(?:[\u4e00-\u9fff]{2}(?:局|厅|委|办|院|会)|部门|单位|机构|政府|领导小组|办公室|委员会)")
_STRONG = {"amount", "percent"}  # quantities that a question does not state by the way, as it does 三种 or 两个
_ASKS_WHETHER = re.compile(r"吗|是否|可否|能否|有没有|还是|(.)不\1|不[??]?$|没有?[??]?$|么[??]?$|嘛")


def doubts(asked: Asked, reading: Reading, evidence: list[Passage]) -> list[str]:
    """Return the doubts about a clause whose `evidence` sentences would be quoted, gravest first."""
    rules = (_subject_other, _premise_denied, _figure_foreign, _kind_missing, _figure_of_another, _attribute_missing)
    return [doubt for rule in rules if (doubt := rule(asked, reading, evidence))]


def _subject_other(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a clause that does not speak of the scheme asked about: 职工医保 is not 新农合."""
    text = f"{normalise(reading.clause.doc.title)}{reading.headings.plain}{reading.whole.plain}"
    for name, forms in _subjects():
        if name in normalise(asked.query.topic) and not any(form in text for form in forms):
            return f"最接近的条款没有写到“{name}”。"
    return None


def _kind_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    asks = asked.query.asks
    if asks not in _KIND_NAMES:
        return None
    if any(asked.answered(passage, reading.clause.departments) for passage in evidence):
        return None
    said = "".join(passage.plain for passage in evidence)
    if _says_otherwise(asks, normalise(asked.query.text), said):
        return None
    return f"最接近的条款没有写明所问的{_KIND_NAMES[asks]}。"


def _says_otherwise(asks: str, question: str, said: str) -> bool:
    """True if a text says without a figure what is asked: 每季度, 三级以上, 由省卫生计生委."""
    if asks == "date":
        return bool(_UNDATED.search(said))
    if asks == "department":
        return bool(_ORGAN.search(said))
    unit = re.search(r"(?:几|多少)个?([\u4e00-\u9fff])", question)
    return bool(unit and re.search(rf"[\d一二三四五六七八九十两]{unit[1]}", said))


def _figure_of_another(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a figure that stands apart from what is asked: 420元 is the subsidy, and 个人缴费 has none.

    A figure speaks of its own part of the sentence and of the parts before it, back to the
    figure before. Words of the question that are said only elsewhere are not what it counts.
    """
    kinds = answering_kinds(asked.query.asks)
    # A date governs all that follows it in its sentence, so it stands apart from nothing.
    if asked.query.asks == "date" or not any(f.kind in kinds for passage in evidence for f in passage.figures):
        return None
    bound = [reading.headings.plain]
    for passage in evidence:
        since: list[str] = []
        for part in re.split(r"[,;:]", passage.plain):
            since.append(part)
            if any(figure.kind in kinds for figure in find_figures(part)):
                bound += since
                since = []
    said = "".join(passage.plain for passage in evidence)
    matched = {word: w for word, w in asked.weights.items() if asked.says(word, said)}
    loose = sum(w for word, w in matched.items() if not any(asked.says(word, part) for part in bound))
    if not matched or loose < _LOOSE_SHARE * sum(matched.values()):
        return None
    return f"最接近的条款没有写明所问事项的{_KIND_NAMES[asked.query.asks]}。"


def _attribute_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    text = f"{reading.headings.plain}{reading.whole.plain}"
    for attribute, signs in _attributes():
        if attribute in _words_of(asked.query.topic) and not any(sign in text for sign in signs):
            return f"最接近的条款没有写明“{attribute}”。"
    return None


def _figure_foreign(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    stated = {(figure.value, figure.unit) for figure in reading.whole.figures}
    foreign = [f for f in asked.query.figures if f.kind in _STRONG and (f.value, f.unit) not in stated]
    if not foreign:
        return None
    said = "、".join(f.text for f in reading.whole.figures if f.kind == foreign[0].kind)
    return f"条款中没有“{foreign[0].text}”" + (f", 写的是{said}。" if said else "。")


def _premise_denied(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a question that takes for granted what the clause does not say, or says the reverse of."""
    if _ASKS_WHETHER.search(normalise(asked.query.topic)):
        return None
    said = "".join(passage.plain for passage in evidence)
    spoken = set(cut(said))
    for word, same, reverse in _claims():
        if word not in _words_of(asked.query.topic) or word in said:
            continue
        contrary = next((form for form in reverse if form in said), None)
        if contrary or not any(form in spoken or len(form) > 1 and form in said for form in same):
            return f"条款没有“{word}”的说法" + (f", 写的是“{contrary}”。" if contrary else "。")
    return None


@lru_cache(maxsize=256)
def _words_of(topic: str) -> frozenset[str]:
    """Return the words of a question and the runs of two: 保住 is not in 医保/住院."""
    words = cut(normalise(topic))
    return frozenset(words) | {a + b for a, b in zip(words, words[1:], strict=False)}


@cache
def _subjects() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row[0], tuple(row[1].split())) for row in _rows("subjects.tsv"))


@cache
def _attributes() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row[0], tuple(row[1].split())) for row in _rows("attributes.tsv"))


@cache
def _claims() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    rows = ((*row, "", "")[:3] for row in _rows("claims.tsv"))
    # A single character is in too many words to be a claim of its own.
    return tuple((word, tuple(same.split()), tuple(reverse.split())) for word, same, reverse in rows if len(word) > 1)


def _rows(name: str) -> list[list[str]]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return [normalise(line).split("\t") for line in lines if line.strip() and not line.startswith("#")]
