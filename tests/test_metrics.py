"""The measures, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.golden import Golden
from eval.metrics import Scored, holds, score, summary
from index.figures import find_figures
from index.types import Clause, Document
from rag.types import Answer, Citation, Statement

_JINAN = Document("jinan-2020-5", "通知", "", "s", "0", region=("山东省", "济南市"), adcode="370100", year=2020)
_QINGDAO = replace(_JINAN, doc_id="qingdao-2021-1", region=("山东省", "青岛市"), adcode="370200", year=2021)
_PLACES = {doc.doc_id: (doc.adcode, doc.year) for doc in (_JINAN, _QINGDAO)}


def _clause(path: str, doc: Document = _JINAN, text: str = "每户补贴420元。") -> Clause:
    return Clause(replace(doc, text=text), path, path, (), ((0, len(text)),), True, figures=find_figures(text))


def _golden(
    *gold: str, answer: tuple[str, ...] = ("420元",), kind: str = "amount", also: tuple[str, ...] = ()
) -> Golden:
    return Golden(
        "q",
        "济南市2020年公租房每户补贴多少?",
        kind,
        tuple(f"jinan-2020-5.{path}" for path in gold),
        answer,
        also=tuple(f"jinan-2020-5.{path}" for path in also),
    )


def _answer(*clauses: Clause, text: str = "每户补贴420元。", status: str = "grounded") -> Answer:
    citations = tuple(Citation(n, clause, 0, 2) for n, clause in enumerate(clauses, 1))
    statements = (Statement(text, tuple(c.n for c in citations)),) if citations else ()
    return Answer(status, text, statements, citations)


def _score(golden: Golden, answer: Answer) -> Scored:
    return score(golden, answer, _PLACES)


def test_one_right_and_one_wrong_clause_of_two_gold_ones() -> None:
    scored = _score(_golden("1", "2"), _answer(_clause("1"), _clause("9")))
    assert (scored.precision, scored.recall, scored.first) == (0.5, 0.5, 1.0)
    assert scored.f1 == pytest.approx(0.5)


def test_f1_is_the_harmonic_mean() -> None:
    scored = _score(_golden("1", "2", "3"), _answer(_clause("1"), _clause("2")))
    assert (scored.precision, scored.recall) == (1.0, pytest.approx(2 / 3))
    assert scored.f1 == pytest.approx(0.8)


def test_the_first_citation_counts_by_itself() -> None:
    scored = _score(_golden("1"), _answer(_clause("9"), _clause("1")))
    assert (scored.first, scored.precision, scored.recall) == (0.0, 0.5, 1.0)


def test_a_clause_that_says_the_same_is_as_good_for_one_fact_and_no_second_fact() -> None:
    assert _score(_golden("1", also=("5",)), _answer(_clause("5"))).recall == 1.0
    assert _score(_golden("1", also=("5",)), _answer(_clause("5"))).first == 1.0
    assert _score(_golden("1", "2", also=("5",)), _answer(_clause("5"))).recall == 0.0


def test_a_false_refusal_scores_nothing_and_a_right_one_is_not_scored_for_citations() -> None:
    refused = Answer("refused", "没有。420元")
    scored = _score(_golden("1"), refused)
    assert (scored.precision, scored.recall, scored.first, scored.answered, scored.refused) == (0, 0, 0, 0, 1)
    assert scored.f1 == 0
    right = _score(_golden(kind="absent_topic", answer=()), refused)
    assert (right.precision, right.recall, right.first, right.answered, right.f1, right.refused) == (
        None,
        None,
        None,
        None,
        None,
        1,
    )


@pytest.mark.parametrize(
    ("text", "string", "held"),
    [
        ("每户补贴420元", "420元", True),
        ("每户补贴420元", "20元", False),
        ("每户补贴420元", "42", False),
        ("首付1.75%", "75%", False),
        ("首付75%左右", "75%", True),
        ("首付75%", "70%", False),
        ("每户补贴４２０元", "420元", True),
        ("市住建局负责", "住建局", True),
        ("市住建局负责", "教育局|住建局", True),
        ("市住建局负责", "教育局|财政局", False),
        ("培训不少于两次", "两次|2次", True),
        ("建1200套", "200套|300套", False),
        ("2021年6月底前", "2021年6月", True),
    ],
)
def test_an_answer_holds_whole_quantities(text: str, string: str, held: bool) -> None:
    assert holds(text, string) is held


def test_every_string_must_be_in_the_answer() -> None:
    golden = _golden("1", answer=("420元", "住建局"))
    assert _score(golden, _answer(_clause("1"))).answered == 0
    assert _score(golden, _answer(_clause("1"), text="住建局补贴420元。")).answered == 1


def test_another_place_or_year_among_the_citations_is_counted() -> None:
    scored = _score(_golden("1"), _answer(_clause("1"), _clause("1", _QINGDAO)))
    assert (scored.wrong_region, scored.wrong_year) == (1, 1)
    scored = _score(_golden("1"), _answer(_clause("1")))
    assert (scored.wrong_region, scored.wrong_year) == (0, 0)
    assert _score(_golden(kind="wrong_place", answer=()), _answer(_clause("1"))).wrong_region == 1
    assert _score(_golden(kind="wrong_year", answer=()), _answer(_clause("1"))).wrong_year == 1


def test_a_figure_that_no_cited_clause_states_is_an_error() -> None:
    assert _score(_golden("1"), _answer(_clause("1"), text="补贴20元")).figure_error == 1
    assert _score(_golden("1"), _answer(_clause("1"), text="2020年补贴420元")).figure_error == 0


def test_the_summary_is_of_the_questions_a_measure_applies_to() -> None:
    scored = [
        _score(_golden("1"), _answer(_clause("1"))),
        _score(_golden("1"), _answer(_clause("9"))),
        _score(_golden("1"), Answer("refused", "没有")),
        _score(_golden(kind="absent_topic", answer=()), Answer("refused", "没有")),
        _score(_golden(kind="absent_topic", answer=()), _answer(_clause("1"))),
    ]
    means = {name: (values[0], values[3]) for name, values in summary(scored).items()}
    assert means["first_citation"] == (pytest.approx(1 / 3), 3)
    assert means["false_refusal"] == (pytest.approx(1 / 3), 3)
    assert means["refusal_recall"] == (0.5, 2)
    for mean, low, high, _ in summary(scored).values():
        assert low <= mean <= high
    assert summary(scored) == summary(scored), "the bootstrap is the same each time"
    assert summary([]) == {}
