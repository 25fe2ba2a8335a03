"""The search finds a clause by its own words, inside the scope and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from index.store import ClauseIndex
from rag.question.eligible import eligible_rows
from rag.question.understand import understand
from rag.retrieval.rank import margin
from rag.retrieval.search import ClauseRetriever, QuestionVectors, find_pool, find_rows, fuse, search, weighted_tokens
from rag.types import Question


def _search(index: ClauseIndex, text: str, k: int = 5, **filters: Any) -> Any:
    return search(index, understand(Question(text, **filters), index), k)


@pytest.mark.parametrize(
    ("text", "clause_id"),
    [
        ("长春新农合和城镇居民医保政府补助标准每人每年多少元", "changfubanfa-2012-33.2.1.3"),
        ("长春疾病应急救助基金怎么建立", "changfubanfa-2012-33.2.1.9"),
        ("临沧高层次人才招引三年行动", "linzhengbanfa-2024-3.7.19"),
        ("呼伦贝尔按病种付费病种总量", "hulunbeier-2017-zhengcejiedu-364cd1.4.3.1"),
        ("黑龙江互联网医联体远程医疗协作网", "heizhengbangui-2017-25.2.5"),
        ("内蒙古住院医师规范化培训在培总量", "neimenggu-2016-tongzhi-80a825.6.2"),
    ],
)
def test_a_clause_is_found_by_its_words(index: ClauseIndex, text: str, clause_id: str) -> None:
    assert clause_id in [hit.clause.clause_id for hit in _search(index, text, 3).hits]


def test_every_leaf_clause_is_found_by_its_own_first_sentence(index: ClauseIndex) -> None:
    """A planted truth: the words of a clause, asked within its document, lead to it."""
    lost = []
    clauses = [index.clause(int(row)) for row in index.searchable_rows]
    for clause in clauses[::9]:
        words = clause.text.replace("\n", "")[4:64]
        found = _search(index, words, 5, regions=(clause.doc.region[-1],), years=(clause.doc.year,))
        if clause.clause_id not in [hit.clause.clause_id for hit in found.hits]:
            lost.append(clause.clause_id)
    assert len(lost) <= 1, lost


def test_nothing_outside_the_scope_is_ever_found(index: ClauseIndex) -> None:
    for text in ("长春药品加成", "临翔区的医院", "到2020年的目标", "内蒙古药品加成", "33号文药品加成"):
        query = understand(Question(text), index)
        allowed = set(eligible_rows(index, query.named).tolist())
        found = search(index, query, 200)
        assert found.eligible == len(allowed) == len(found.rows)
        assert set(found.rows) == allowed


def test_an_empty_scope_finds_nothing(index: ClauseIndex) -> None:
    found = _search(index, "沈阳药品加成")
    assert (found.hits, found.rows, found.eligible) == ([], [], 0)


def test_hits_come_best_first_and_no_more_than_asked_for(index: ClauseIndex) -> None:
    hits = _search(index, "长春药品加成", 7).hits
    scores = [hit.score for hit in hits]
    assert len(hits) == 7
    assert scores == sorted(scores, reverse=True)
    assert len({hit.clause.clause_id for hit in hits}) == 7


def test_the_pool_is_in_the_order_of_the_sum_of_two_views_as_z_scores(index: ClauseIndex) -> None:
    query = understand(Question("长春药品加成"), index)
    allowed = eligible_rows(index, query.named)
    asked = QuestionVectors.of(index, query)
    total = np.zeros(len(allowed))
    for rows, found in find_rows(index, weighted_tokens(query.topic), asked.both, allowed):
        scores = np.full(len(allowed), found.min())
        scores[np.searchsorted(allowed, rows)] = found
        total += (scores - scores.mean()) / scores.std()
    pool = find_pool(index, query, asked, allowed)
    by_row = dict(zip(allowed.tolist(), total, strict=True))
    in_order = [by_row[row] for row in pool.rows]
    assert in_order == pytest.approx(sorted(total, reverse=True), abs=1e-3)


def test_views_are_summed_as_z_scores_over_all_rows_though_only_those_found_are_laid_out() -> None:
    """By the long way: every row laid out, those not found with the lowest score of the view."""
    dice = np.random.default_rng(5)
    among = 5000
    found = [
        (dice.choice(among, n, replace=False).astype(np.int64), dice.gamma(2, size=n).astype(np.float32))
        for n in (200, 120)
    ]
    laid_out = [np.full(among, scores.min(), np.float64) for _, scores in found]
    for all_rows, (rows, scores) in zip(laid_out, found, strict=True):
        all_rows[rows] = scores
    expected = sum((scores - scores.mean()) / scores.std() for scores in laid_out)
    rows, total = fuse(found, among)
    assert rows.tolist() == sorted({*found[0][0].tolist(), *found[1][0].tolist()})
    np.testing.assert_allclose(total, expected[rows], rtol=1e-5)


def test_a_view_that_finds_nothing_or_likes_all_alike_says_nothing() -> None:
    rows = np.array([4, 2, 9])
    found = (rows, np.array([0.9, 0.8, 0.7], np.float32))
    nothing = (np.empty(0, np.int64), np.empty(0, np.float32))
    alike = (rows, np.ones(3, np.float32))
    _, alone = fuse([found], 3)
    for silent in (nothing, alike):
        np.testing.assert_allclose(fuse([found, silent], 3)[1], alone)


def test_a_search_is_the_same_twice(index: ClauseIndex) -> None:
    first, second = (_search(index, "长春药品加成", 20) for _ in range(2))
    assert (first.rows, [h.score for h in first.hits]) == (second.rows, [h.score for h in second.hits])


def test_the_words_of_a_question_count_more_than_their_synonyms() -> None:
    weights = dict(weighted_tokens("新农合补助"))
    assert weights["新农合"] == 1
    assert all(0 < weight <= 1 for weight in weights.values())


def test_the_retriever_gives_documents_with_their_clause(index: ClauseIndex) -> None:
    documents = ClauseRetriever(index=index, k=3).invoke("长春2012年新农合补助标准?")
    assert len(documents) == 3
    assert {"clause_id", "label", "doc_id", "score"} <= set(documents[0].metadata)
    assert {d.metadata["doc_id"] for d in documents} == {"changfubanfa-2012-33"}
    assert index.find(documents[0].metadata["clause_id"]).text == documents[0].page_content  # type: ignore[union-attr]


def test_the_margin_is_the_softmax_share_of_the_best() -> None:
    assert margin([0.0, 0.0]) == pytest.approx(0.5)
    assert margin([np.log(3.0), 0.0]) == pytest.approx(0.75)
    assert margin([1000.0, 0.0]) == pytest.approx(1)
