"""Which sentences of a clause are the answer: the best, those nearly as good, and what they cannot be read without."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from index.tokens import bigrams
from rag.extraction.read_chain import find_chain
from rag.retrieval.features import Asked, Matrix, answering_kinds
from rag.retrieval.read_text import is_introduction, is_question
from rag.retrieval.reading import HEADING_CHARS, Passage, Reading

# A further sentence needs this share of the best one's softmax weight. Of 472 questions of dev with the right clause,
# read with weights learnt on other folds, 0.969 had the words required at 0.35 and 170 characters, 0.996 at 0.1 and 240.
# For a figure, or a yes or no, none more than at 0.35: there what decides is one sentence.
_NEXT_BEST = {"yesno": 0.25} | dict.fromkeys(("amount", "percent", "date", "count", "duration"), 0.35)
_NEXT_BEST_ELSE = 0.1
_NEXT_BEST_BRIEF = 0.35  # on one side of a comparison
_MAX_SENTENCES = 4  # of which two are often parts of one, set apart by a semicolon
_MAX_CHARS = 240
_MAX_COMPLETE = 300  # with what the sentences need around them
_ROW = re.compile(r"(?:^|\.)t\d+\.\d+$")
# Said of what stands before: 其中, 该资金由市财政统筹; but not 其他, 其余.
_POINTS_BACK = re.compile(
    r"其中|该[^类]|其(?![他它余次实])|上述|前款|前项|以上(?!\d)|这[些一类项]|所需(?:资金|经费|费用)|但|否则|逾期|即"
)
# Said of what stands before as well: an exception, which a yes or no may not go without.
_EXCEPTS = re.compile(
    r"但|除|确需|确有|特殊情况|有特殊|因特殊|经[^,，]{2,12}(?:批准|同意)"
    r"|[^,，]{2,30}的[,，](?:经[^,，]{1,14}(?:批准|同意|核准)后?[,，]?)?(?:可以?(?!申请)|不受|不再|免|无需)"
)
_ASKS_YEAR = re.compile(r"哪(?:一)?年|年份|年度|何时|时候|期限|截止|\byear\b|\bwhen\b")
_STARTS_WITH_DATE = re.compile(r"(?:到|至|自|从|在|截至)?\s*(?:19|20)\d\d年")
# A short first sentence that lays something down is no heading: 禁止在设施内吸烟。
_RULES = re.compile(r"不得|禁止|严禁|可以|应当|必须|不再|是指|免费")
_LED_BY = 0.34  # of the question's words by weight must stand in a sentence that leads to a list
_SAID_BY = 0.5  # or this share of its own character pairs in the question
_WANTS_ITEMS = re.compile(
    r"哪些|哪几|哪[一二三四五六七八九十两]|包括|分别是|都有|什么(?:条件|要求|内容|材料|情形|措施|任务)"
)
_PAIRS = {"《": "》", "（": "）", "(": ")"}
_ASKS_BODY = re.compile(r"部门|[哪几什].{0,2}单位|牵头|负责|由谁|谁.{0,2}[管责]|编办|\bwho\b")


def is_row(reading: Reading) -> bool:
    """True for a row of a table: 项目：游泳馆；平日：25元, which is one thing said."""
    return bool(_ROW.search(reading.clause.path))


def wants_items(asked: Asked) -> bool:
    """True if a question asks for the items of a list."""
    return asked.query.asks == "list" or bool(_WANTS_ITEMS.search(asked.query.text))


def choose_answer(asked: Asked, reading: Reading, scores: Matrix, brief: bool = False) -> list[int]:
    """Return the sentences to quote, in document order; `brief` for one side of a comparison."""
    sentences = reading.sentences
    if is_row(reading):
        return list(range(len(sentences)))
    share = _NEXT_BEST_BRIEF if brief else _NEXT_BEST.get(asked.query.asks, _NEXT_BEST_ELSE)
    chosen = _likeliest(asked, sentences, scores, share)
    for needed in (_after_heading, _introductions, _before, _after, _exceptions, _governing_date, _body, _between):
        for i in needed(asked, sentences, chosen):
            if i not in chosen and _length(sentences, [*chosen, i]) <= _MAX_COMPLETE:
                chosen.append(i)
    return sorted(chosen)


def _likeliest(asked: Asked, sentences: Sequence[Passage], scores: Matrix, share: float) -> list[int]:
    """Return the best sentence, and after it those nearly as good that fit."""
    weights = np.exp(scores - scores.max(initial=-np.inf))
    asks_body = asked.query.asks == "department" or bool(_ASKS_BODY.search(asked.query.text.lower()))
    order = [int(i) for i in np.argsort(-scores, kind="stable") if asks_body or not sentences[i].is_note]
    order = [i for i in order if not is_question(sentences[i].text)] or order
    chosen = (order or [int(np.argmax(scores))])[:1]
    for i in order[1:_MAX_SENTENCES]:
        if (
            weights[i] < share * weights[chosen[0]]
            or sentences[i].is_note
            or _length(sentences, [*chosen, i]) > _MAX_CHARS
        ):
            continue
        if not _is_of_another(asked, sentences[chosen[0]], sentences[i]):
            chosen.append(i)
    return chosen


def _is_of_another(asked: Asked, best: Passage, other: Passage) -> bool:
    """True if both hold a quantity of the kind asked for, and the other says less of the question: 转租罚五千元, 吸烟罚五十元."""
    kinds = answering_kinds(asked.query.asks) - {"date"}
    if not all(any(figure.kind in kinds for figure in passage.figures) for passage in (best, other)):
        return False
    return {w for w in asked.weights if asked.says(w, other.plain)} < {
        w for w in asked.weights if asked.says(w, best.plain)
    }


def _after_heading(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the sentence after the clause's own heading, where that is all there is: 设立专项资金。"""
    heading = sentences[0]
    is_heading = len(heading.text) <= HEADING_CHARS and not heading.figures and not _RULES.search(heading.plain)
    return [1] if list(chosen) == [0] and len(sentences) > 1 and is_heading else []


def _introductions(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the sentence that leads to a list, if items are asked for in its words: 具体标准如下:"""
    if not wants_items(asked):
        return []
    leads = [i for i, sentence in enumerate(sentences) if is_introduction(sentence.text)]
    spoken = frozenset(bigrams(asked.query.text))
    return [
        i
        for i in leads
        if asked.word_share(sentences[i].plain) >= _LED_BY
        or len(spoken & sentences[i].pairs) >= _SAID_BY * len(sentences[i].pairs)
    ]


def _before(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the sentences that the chosen ones speak of: 该资金由市财政统筹 needs to be told which."""
    return [i - 1 for i in chosen if i and _POINTS_BACK.match(sentences[i].plain) and not sentences[i - 1].is_note]


def _after(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return what the chosen sentences lead to, and the rest of a name or bracket that one of them breaks off."""
    following: list[int] = []
    for i in chosen:
        if is_introduction(sentences[i].text):
            following += _led_to(sentences, i)
        elif i + 1 < len(sentences) and _is_open(sentences[i].text):
            following.append(i + 1)
    return following


def _led_to(sentences: Sequence[Passage], lead: int) -> list[int]:
    """Return the sentences that a colon leads to: a list, or the parts of one sentence up to its full stop."""
    chain = find_chain(sentences[lead + 1 :])
    if chain and chain.items[0] == 0:
        return [lead + 1 + i for i in range(chain.items[-1] + 1)]
    end = lead + 1
    while end + 1 < len(sentences) and sentences[end].text.rstrip().endswith(("；", ";")):
        end += 1
    return [i for i in range(lead + 1, end + 1) if i < len(sentences) and not sentences[i].is_note]


def _exceptions(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the exceptions after the chosen sentences: to a yes or no all (不得转租；确需调整用途的,…), to a figure those with another."""
    kinds = answering_kinds(asked.query.asks) - {"date"}
    if asked.query.asks != "yesno" and not kinds:
        return []
    after = [i + 1 for i in chosen if i + 1 < len(sentences) and _EXCEPTS.match(sentences[i + 1].plain)]
    return [i for i in after if not kinds or any(figure.kind in kinds for figure in sentences[i].figures)]


def _governing_date(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the sentence whose date holds for the best one, if a time is asked for: 到2020年,… 所有…全部参与。"""
    asks_when = asked.query.asks == "date" or _ASKS_YEAR.search(asked.query.text.lower())
    best = chosen[0]
    if not asks_when or any(figure.kind in ("date", "duration") for figure in sentences[best].figures):
        return []
    return next(([i] for i in range(best - 1, -1, -1) if _STARTS_WITH_DATE.match(sentences[i].plain)), [])


def _body(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the bracket that names the departments after the best sentence, if a question has a word of them."""
    if asked.query.asks == "department" or not _ASKS_BODY.search(asked.query.text.lower()):
        return []
    return next(([i] for i in range(chosen[0] + 1, len(sentences)) if sentences[i].is_note), [])


def _between(asked: Asked, sentences: Sequence[Passage], chosen: Sequence[int]) -> list[int]:
    """Return the one sentence left out between two: a paragraph is not quoted with a hole."""
    gaps = [i + 1 for i in chosen if i + 2 in chosen and i + 1 not in chosen]
    near = [i for i in gaps if sentences[i + 1].start - sentences[i - 1].end <= len(sentences[i].text) + 1]
    return [
        i for i in near if not sentences[i].is_note and not _is_of_another(asked, sentences[chosen[0]], sentences[i])
    ]


def _is_open(text: str) -> bool:
    """True if a name or bracket goes on in the next sentence: 《关于…；…》."""
    return any(text.count(opening) > text.count(closing) for opening, closing in _PAIRS.items())


def _length(sentences: Sequence[Passage], chosen: Sequence[int]) -> int:
    return sum(len(sentences[i].text) for i in chosen)
