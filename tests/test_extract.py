"""Without a model the answer is the deciding sentences of the best clause, word for word."""

from __future__ import annotations

import re

import numpy as np
import pytest

from index.figures import find_figures
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.chain import find_part
from rag.extraction.extract import extract, quote_of
from rag.question.understand import understand
from rag.retrieval.rank import Ranker, Weights
from rag.retrieval.reading import Reading
from rag.types import Question

_TRAILING = "。；;,，、 "


@pytest.fixture(scope="module")
def ranker(index: ClauseIndex) -> Ranker:
    return Ranker(index, Weights.load())


def _claims(index: ClauseIndex, settings: Settings, ranker: Ranker, text: str):  # type: ignore[no-untyped-def]
    part = find_part(understand(Question(text), index), index, ranker, settings)
    assert part.ranked is not None
    return extract(part.ranked, index).claims


@pytest.mark.parametrize(
    "text",
    [
        "长春2012年新农合补助标准?",
        "长春药品加成怎么办",
        "内蒙古两票制是什么",
        "临沧每年引进多少高层次人才?",
        "黑龙江县域医联体怎么建",
        "呼伦贝尔临床路径的比例",
        "内蒙古医保",
        "长春一卡通",
    ],
)
def test_every_claim_is_made_of_whole_sentences_of_its_quote(
    index: ClauseIndex, settings: Settings, ranker: Ranker, text: str
) -> None:
    claims = _claims(index, settings, ranker, text)
    assert claims
    for claim in claims:
        (quote,) = claim.quotes
        held = {s.text.rstrip(_TRAILING) for s in Reading.of(quote.clause).sentences}
        said = [piece for piece in re.split("[。；]", claim.text) if piece]
        assert said
        assert all(any(piece in sentence for sentence in held) for piece in said)
        assert all(piece in quote.text for piece in said)


@pytest.mark.parametrize(
    "text", ["长春2012年新农合补助标准?", "内蒙古城乡居民医保", "黑龙江县域医联体怎么建", "呼伦贝尔公立医院改革为什么"]
)
def test_an_answer_is_short_and_of_one_clause(
    index: ClauseIndex, settings: Settings, ranker: Ranker, text: str
) -> None:
    claims = _claims(index, settings, ranker, text)
    quoted = [quote for claim in claims for quote in claim.quotes]
    assert len({quote.clause.clause_id for quote in quoted}) == 1
    sentences = sum(claim.text.count("。") for claim in claims)
    assert sentences <= 4
    assert sentences == 1 or sum(len(claim.text) for claim in claims) <= 260
    spans = [(quote.start, quote.end) for quote in quoted]
    assert spans == sorted(spans)
    assert all(left[1] <= right[0] for left, right in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("长春2012年新农合补助由哪些部门负责?", "市财政局"),
        ("内蒙古公立医院医务人员公租房保障由哪个部门牵头?", "牵头部门:自治区住房城乡建设厅"),
        ("临沧城市医疗集团建设由哪些部门负责?", "市卫生健康委"),
    ],
)
def test_a_question_of_who_is_answered_from_the_bracket_that_names_them(
    index: ClauseIndex, settings: Settings, ranker: Ranker, text: str, said: str
) -> None:
    (claim,) = _claims(index, settings, ranker, text)
    assert said in claim.text
    assert claim.quotes[0].text.startswith("(")
    assert "负责" in claim.quotes[0].text


def _reading(text: str) -> Reading:
    doc = Document("a", "某市公交管理办法", text, "s", "0", region=("吉林省", "长春市"), year=2020)
    return Reading.of(Clause(doc, "1", "一、", ("一、线网",), ((0, len(text)),), True, figures=find_figures(text)))


def test_a_near_clause_is_shown_by_its_best_sentence() -> None:
    reading = _reading("1.公交线网要优化。票价为二元。夜班车开到零点。")
    assert quote_of(reading, np.array([0.0, 2.0, 1.0])).text == "票价为二元。"


def test_a_clause_without_sentences_is_shown_whole() -> None:
    reading = _reading("公交线网")
    assert quote_of(reading, np.array([])).text == "公交线网"


def test_a_reading_keeps_the_offsets_of_its_sentences() -> None:
    reading = _reading("1.公交线网要优化。\n票价为二元;(市交通局负责)")
    assert [reading.clause.text[s.start : s.end] for s in reading.sentences] == [s.text for s in reading.sentences]
    assert "".join(s.text for s in reading.sentences) == "公交线网要优化。票价为二元;(市交通局负责)"
    assert [s.is_note for s in reading.sentences][-1]
