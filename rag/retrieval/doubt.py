"""What speaks against a clause as the answer, though it is the nearest: each doubt a sentence for people.

The rules are general to official texts, over word lists in `data/`. How much each counts is learnt
(`confidence.py`); what it says is shown when the answer is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from index.figures import find_figures
from index.regions import find_regions
from index.tokens import cut, normalise
from rag.checking.sense import pieces
from rag.question.english import is_english
from rag.question.subjects import subjects_in
from rag.retrieval.contrast import other_of_series
from rag.retrieval.elsewhere import asks_penalty, conduct_unsaid, liable_unsaid, says_penalty
from rag.retrieval.features import Asked, answering_kinds
from rag.retrieval.read_text import names_bodies
from rag.retrieval.reading import Passage, Reading

Rule = Callable[[Asked, Reading, list[Passage]], str | None]

_DATA = Path(__file__).parent.parent / "data"
_KIND_NAMES = {
    "amount": "金额",
    "percent": "比例",
    "date": "时间",
    "count": "数量",
    "duration": "时长",
    "department": "责任部门",
}
# What answers `when` and `how many` without a numeral.
_OWN_SUBJECT = 3  # content words
_DIRECTION = re.compile(
    r"(?:相应|进一步|逐步|适当|稳步|不断)(?:提高|增加|降低|提升|扩大|缩小|拉开|减少|调整|完善)(?![到至为])"
)
_LOOSE_SHARE = 0.34  # of what the question and the evidence share, said away from any figure
_ORGAN = re.compile(
    r"(?:[\u4e00-\u9fff]{2}(?:局|厅|署|委(?!托)|办(?![法理公学医事])|院|会(?![议计同保]))|部门|单位|机构"
    r"|政府|领导小组|办公室|委员会|[\u4e00-\u9fff](?:部(?![分位署队件])|社(?![会区保])|公司|企业|银行))"
)
_NAMED_ORGAN = re.compile(r"[\u4e00-\u9fff]{2,6}(?:局|厅|委员会|计生委|改革委|卫计委|部门|银行|公司|学校|大学)")
_STRONG = {"amount", "percent"}  # quantities that a question does not state by the way, as it does 三种 or 两个
_ASKS_WHETHER = re.compile(r"吗|是否|可否|能否|有没有|还是|(.)不\1|不[?]?$|没有?[?]?$|(?<![什怎])么[?]?$|嘛|吧[?]?$")
_ONLY_WHETHER = re.compile(
    r"是否|可否|能否|可以[^,。]*吗|允许[^,。]*吗|(?:需|应|必)要?[^,。多几谁哪何]*吗"
)  # 允许拆成几块分包吗
_ROW_PATH = re.compile(r"(?:^|\.)t\d+\.\d+$")
_WISHED = re.compile(r"(?:想要?|希望|为了?|打算|准备|怎[样么]才?能?)$")  # 想降低房租: a wish, and no claim
_QUOTED = re.compile(r"《[^《》]*》")
_PLANNED = re.compile(r"(?:制定|研究|出台|编制|公布|拟定)[^。;]{0,24}?(目录|清单|名单|标准|办法|细则|方案)")
_WHICH_PLACE = re.compile(r"哪(?:个|几个|些|两个)(?:乡镇|社区|县|区|市|旗|村|街道|城市|地方)")
_WANTS_ITEMS = re.compile(r"哪些|哪几|名单|名字|包括|都有|哪[一二三四五六七八九十两]")
_OWNED = re.compile(r"[\s和与]*(.{2,12})的[^的]*$")  # what stands before the last 的: whose figure is asked
_NAMED_THING = 4  # characters of the unknown words together
_COUNTED = re.compile(r"(?:多少|几)([个家所名位])[\u4e00-\u9fff]{2}")
_MEASURE = re.compile(
    r"(.*(?:[率比线额费]|幅度|比例|比重|上限|标准))(?:应当?|必?须|需要?|要|得)?(?:是|为|控制[在到]|达到|降[到至])?多少"
)
_NAMED_MEASURE = 3  # characters: 绿地率 is told from 停车位的比例 by its name
_LEADS = re.compile(r"下列|如下|以下[^0-9]{0,12}[::]|[::]$")
_ITEMS = re.compile(r"、|和|及|与|;|《")
_ROSTER = re.compile(r"(?:名单|名录|名册|清单|目录|名称)|哪几[种家个所]|具体(?:是|有|在)?哪")
_MANY = 3  # names that make a roster
_SERIAL = re.compile(r"(?:序号|编号|编码)[::]\s*[\w.-]+")
_DENIES = re.compile(
    r"不|没|未|无|禁|除|例外|拒|免|难道|取消"
)  # a question that denies something itself takes nothing for granted
_EXCEPTED = re.compile(r"[((]([^()()]{2,40})除外[))]|除([^,。;]{2,30}?)(?:以外|之外|外)")
_DENIED_SHARE = 0.25  # of what a question says, by weight, that the clause denies


def doubts(asked: Asked, reading: Reading, evidence: list[Passage]) -> dict[str, str]:
    """Return what each rule has against a clause whose `evidence` sentences would be quoted, gravest first."""
    found = ((name, rule(asked, reading, evidence)) for name, rule in RULES.items())
    return {name: doubt for name, doubt in found if doubt}


def _subject_other(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a clause that does not speak of the scheme asked about: 职工医保 is not 新农合."""
    text = f"{normalise(reading.clause.doc.title)}{reading.headings.plain}{reading.whole.plain}"
    # A follow-up that says enough of its own may have left the scheme of the turn before.
    own = len(asked.own_words) >= _OWN_SUBJECT
    for subject in subjects_in(_chinese(asked.query.own_topic if own else asked.query.topic)):
        if subject.is_absent(text):
            return f"最接近的条款没有写到“{subject.name}”。"
    return None


def _premise_denied(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a question that takes for granted what the clause does not say, or says the reverse of."""
    # 《探矿权采矿权转让管理办法》对…怎么处理: the name of a document claims nothing.
    question = _chinese(_QUOTED.sub("", asked.query.question.text))
    if _ASKS_WHETHER.search(question):
        return None
    asks_for_words = asked.query.asks != "department"
    # Who is responsible stands in a bracket of its own, what for in the rest of the clause.
    texts = [reading.whole] if asked.query.asks == "department" else evidence
    said = f"{normalise(reading.clause.doc.title)}{reading.headings.plain}{_joined(texts)}"
    for word, same, reverse in _claims_in(question):
        if word in said or _WISHED.search(question[: question.find(word)]):
            continue
        spoken = reading.whole.words.union(*(passage.words for passage in texts))
        contrary = asks_for_words and next((form for form in reverse if form in said), None)
        if contrary or not any(form in spoken or len(form) > 1 and form in said for form in same):
            return f"条款没有“{word}”的说法" + (f", 写的是“{contrary}”。" if contrary else "。")
    return None


def _organ_foreign(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a question of why or how that names a body which the clause does not."""
    if asked.query.asks not in ("why", "how", "other"):
        return None
    for organ in _NAMED_ORGAN.findall(_chinese(asked.query.question.text)):
        if not any(organ[start:] in reading.whole.plain for start in range(len(organ) - 2)):
            return f"最接近的条款没有写到“{organ}”。"
    return None


def _figure_foreign(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    stated = {(figure.value, figure.unit) for figure in reading.whole.figures}
    asked_of = find_figures(asked.query.question.text)
    foreign = [f for f in asked_of if f.kind in _STRONG and (f.value, f.unit) not in stated]
    if not foreign:
        return None
    said = "、".join(f.text for f in reading.whole.figures if f.kind == foreign[0].kind)
    return f"条款中没有“{foreign[0].text}”" + (f", 写的是{said}。" if said else "。")


def _kind_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    asks = asked.query.asks
    if asks not in _KIND_NAMES or _ONLY_WHETHER.search(_chinese(asked.query.question.text)):
        return None
    bodies = [line for line in reading.sentences if names_bodies(line)]  # 责任单位：市税务局
    if any(asked.answered(passage, reading.clause.departments) for passage in (*evidence, reading.headings, *bodies)):
        return None  # the figure may stand in the lead of an item: 有下列行为之一的, 处五百元罚款
    if _is_row(reading):
        return None
    said = _joined(evidence)
    if asks == "department" and _ORGAN.search(said):
        return None
    unit = re.search(r"(?:几|多少)个?([\u4e00-\u9fff])", normalise(asked.query.text))
    if unit and re.search(rf"[\d一二三四五六七八九十两]{unit[1]}", said):  # 几级: 三级以上
        return None
    return f"最接近的条款没有写明所问的{_KIND_NAMES[asks]}。"


def _row_blank(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a row of a table without a numeral, its own number apart, where a figure is asked for."""
    if not _is_row(reading) or asked.query.asks not in ("amount", "percent", "count", "duration"):
        return None
    cells = _SERIAL.sub("", reading.whole.plain)
    return (
        None
        if re.search(r"\d|[一二三四五六七八九十百]", cells)
        else f"表中没有写明所问的{_KIND_NAMES[asked.query.asks]}。"
    )


def _series_other(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt what is said of another of the same series: the grant of 专科 where that of 本科 is asked."""
    question = _chinese(asked.query.own_topic if len(asked.own_words) >= _OWN_SUBJECT else asked.query.topic)
    said = f"{reading.headings.plain}{_joined(evidence)}"
    other = other_of_series(question, said) if question else None
    return f"条款写的是“{other[1]}”, 没有写到“{other[0]}”。" if other else None


def _premise_negated(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a question that takes for granted what the clause forbids, frees from, or excepts."""
    question = _chinese(_QUOTED.sub("", asked.query.question.text))
    if not question or _ASKS_WHETHER.search(question) or _DENIES.search(question):
        return None
    for passage in evidence:
        denied = {word for piece in pieces(passage.plain) for word in piece.reach}
        excepted = "".join(one or other for one, other in _EXCEPTED.findall(passage.plain))
        words = [word for word in asked.weights if word in denied or len(word) > 1 and word in excepted]
        if len(words) > 1 and sum(asked.weights[word] for word in words) >= _DENIED_SHARE * asked.total:
            return f"条款的规定与问题的说法相反: “{passage.text.strip()}”"
    return None


def _roster_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a clause that names no three things where a roster is asked for: 示范村名单."""
    if not _ROSTER.search(_chinese(asked.query.question.text)) or _is_row(reading):
        return None
    said = _joined(evidence)
    if len(re.findall(r"、|和|;|《", said)) >= _MANY - 1 or _LEADS.search(said) or _LEADS.search(reading.whole.plain):
        return None
    return "最接近的条款没有列出名单。"


def _is_row(reading: Reading) -> bool:
    """True for a row of a table: what its cells are, and their units, is said in the head of the column."""
    return bool(_ROW_PATH.search(reading.clause.path))


def _figure_of_another(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a figure that stands apart from what is asked: 800元 is the subsidy, and the rent has none.

    A figure speaks of its own part of the sentence and of the parts before it, back to the
    figure before, but not of one that only gives a direction (收费水平相应提高). Words of the
    question that are said only elsewhere are not what it counts.
    """
    if liable := liable_unsaid(asked, reading):
        return f"最接近的罚则没有写到“{liable}”。"
    kinds = answering_kinds(asked.query.asks)
    if _ASKS_WHETHER.search(_chinese(asked.query.question.text)):
        return None
    if _is_row(reading):
        return None
    # A date governs all that follows it in its sentence, so it stands apart from nothing.
    if asked.query.asks == "date" or not any(f.kind in kinds for passage in evidence for f in passage.figures):
        return None
    bound = [reading.headings.plain]
    for passage in evidence:
        since: list[str] = []
        for part in re.split(r"[,;:]", passage.plain):
            if _DIRECTION.search(part) and not any(figure.kind in kinds for figure in find_figures(part)):
                continue
            since.append(part)
            if any(figure.kind in kinds for figure in find_figures(part)):
                bound += since
                since = []
    said = _joined(evidence)
    matched = {word: w for word, w in asked.weights.items() if asked.says(word, said)}
    loose = sum(w for word, w in matched.items() if not any(asked.says(word, part) for part in bound))
    if not matched or loose < _LOOSE_SHARE * sum(matched.values()):
        return None
    return f"最接近的条款没有写明所问事项的{_KIND_NAMES[asked.query.asks]}。"


def _items_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a sentence that names no items where items are asked for."""
    if not _WANTS_ITEMS.search(_chinese(asked.query.question.text)) or asked.query.asks not in ("list", "other"):
        return None
    said = _joined(evidence)
    # 下列人员可以申请: its items are clauses of their own, and are told with it.
    return None if _ITEMS.search(said) or _LEADS.search(said) else "最接近的条款没有逐项列出所问的内容。"


def _only_planned(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a sentence that only says that a list or standard will be made, where its content is asked for."""
    planned = _PLANNED.search(_joined(evidence))
    if not planned or not re.search(r"哪些|哪几|多少|几|名单|什么", _chinese(asked.query.question.text)):
        return None
    if not any(noun in _chinese(asked.query.topic) or asked.query.asks == "list" for noun in (planned[1],)):
        return None
    return f"条款只规定“{planned[0]}”, 没有写出具体内容。"


def _place_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a sentence that names no place where it is asked which town, county or village."""
    if not _WHICH_PLACE.search(_chinese(asked.query.question.text)):
        return None
    return None if find_regions("".join(p.text for p in evidence)) else "最接近的条款没有写明具体地点。"


def _attribute_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    text = f"{reading.headings.plain}{reading.whole.plain}"
    for attribute, signs in _attributes_in(_chinese(asked.query.question.text)):
        if not any(sign in text for sign in signs):
            return f"最接近的条款没有写明“{attribute}”。"
    if not asks_penalty(_chinese(asked.query.question.text)):
        return None
    if not says_penalty(text):
        return "最接近的条款没有写明怎么处罚。"
    conduct = "" if _is_row(reading) else conduct_unsaid(asked, reading)
    return f"最接近的罚则没有写到“{conduct}”。" if conduct else None


def _turn_ignored(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt an answer to the turn before: a follow-up whose own words the clause does not have at all."""
    if not asked.query.inherited or not asked.own_words:
        return None
    text = f"{reading.headings.plain}{reading.whole.plain}"
    if any(asked.says(word, text) for word in asked.own_words):
        return None
    return f"条款没有写到“{asked.own_words[0]}”。"


def _owner_unknown(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt any figure where nothing held knows whose it is: the 补贴 of 深海采矿 is not that of whoever has one.

    Every word of the owner must be unknown in all its forms, and they must be a thing with a name, not one loose word.
    """
    owned = _OWNED.match(normalise(asked.query.own_topic or asked.query.topic))
    if not owned or asked.query.inherited or not answering_kinds(asked.query.asks) - {"date"}:
        return None
    words = [word for word in asked.weights if word in owned[1]]
    if not asked.unknown.issuperset(words) or sum(map(len, words)) < _NAMED_THING:
        return None
    return f"收录的文件都没有写到“{owned[1].strip()}”。"


def _count_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a sentence with only money or shares where a number of things is asked: 每个城市2000万元 is not how many."""
    counted = _COUNTED.search(_chinese(asked.query.question.text))
    kinds = {figure.kind for passage in evidence for figure in passage.figures}
    if not counted or asked.query.asks != "count" or _is_row(reading) or not kinds or kinds - {"amount", "percent"}:
        return None
    if re.search(rf"(?<!每)[\d一二两三四五六七八九十百千万余多]{counted[1]}", _joined(evidence)):
        return None
    return "最接近的条款没有写明所问的数量。"


def _measure_missing(asked: Asked, reading: Reading, evidence: list[Passage]) -> str | None:
    """Doubt a figure of a clause that has nothing of the measure asked for: 10% of 特需服务 is no 药占比."""
    found = _MEASURE.match(_chinese(asked.query.question.text))
    if not found or asked.query.inherited or _is_row(reading):
        return None
    left, words = found[1], list[str]()
    while sum(map(len, words)) < _NAMED_MEASURE and (word := _ends_with(left, asked)):
        words.insert(0, word)
        left = left.removesuffix(word)
    measure = "".join(words)
    text = f"{normalise(reading.clause.doc.title)}{reading.headings.plain}{reading.whole.plain}"
    pairs = [a + b for a, b in zip(measure, measure[1:], strict=False)]
    near = sum(pair in text for pair in pairs) * 3 > len(pairs)  # 水位达到42.50米(警戒): 警戒水位
    # 经费 is said of anything: of 航标维护经费 it is the first words that count.
    if len(measure) < _NAMED_MEASURE or near or any(asked.says(word, text) for word in words[:-1] or words):
        return None
    return f"最接近的条款没有写到“{measure}”。"


def _ends_with(text: str, asked: Asked) -> str:
    """Return the word of a question that a text ends with; empty if there is none."""
    return next((word for word in asked.weights if text.endswith(word)), "")


RULES: dict[str, Rule] = {
    "turn ignored": _turn_ignored,
    "owner unknown": _owner_unknown,
    "count missing": _count_missing,
    "measure missing": _measure_missing,
    "subject other": _subject_other,
    "premise denied": _premise_denied,
    "organ foreign": _organ_foreign,
    "figure foreign": _figure_foreign,
    "kind missing": _kind_missing,
    "figure of another": _figure_of_another,
    "items missing": _items_missing,
    "only planned": _only_planned,
    "place missing": _place_missing,
    "attribute missing": _attribute_missing,
    "row blank": _row_blank,
    "series other": _series_other,
    "premise negated": _premise_negated,
    "roster missing": _roster_missing,
}


def _joined(evidence: list[Passage]) -> str:
    return "".join(passage.plain for passage in evidence)


@lru_cache(maxsize=256)
def _chinese(text: str) -> str:
    """Return a question's words in normal form; none of an English one, whose terms come from a glossary."""
    return "" if is_english(text) else normalise(text)


def _words_of(question: str) -> frozenset[str]:
    """Return the words of a question and the runs of two: 保住 is not in 医保/住院."""
    words = cut(question)
    return frozenset(words) | {a + b for a, b in zip(words, words[1:], strict=False)}


@lru_cache(maxsize=256)
def _attributes_in(question: str) -> list[tuple[str, tuple[str, ...]]]:
    spoken = _words_of(question)
    return [(attribute, signs) for attribute, signs in _attributes() if attribute in spoken]


@lru_cache(maxsize=256)
def _claims_in(question: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    spoken = _words_of(question)
    return [claim for claim in _claims() if claim[0] in spoken]


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
