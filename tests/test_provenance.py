"""An answer says whose words it gives where the question did not, and says nothing more where it did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.figures import find_figures
from index.regions import COUNTRY_CODE
from index.settings import load_settings
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.answer.provenance import leaves_open, render_whose, undated, whose
from rag.chain import build_chain
from rag.question.scope import Named, find_named
from rag.types import Citation, Question, Statement

_CITY = Document("city", "某办法", "每人补助10元。", "", "", region=("安徽省", "合肥市"), adcode="340100", year=2021)
_LAW = Document("law", "某法", "由县级政府负责。", "", "", adcode=COUNTRY_CODE, year=2014)
_NOWHERE = Document("note", "某说明", "另行通知。", "", "", year=2014)


def _citation(n: int, doc: Document) -> Citation:
    figures = tuple(find_figures(doc.text))
    return Citation(n, Clause(doc, "1", "一、", (), ((0, len(doc.text)),), True, figures=figures), 0, len(doc.text))


@pytest.mark.parametrize(
    ("doc", "said"),
    [(_CITY, "合肥市2021年"), (replace(_CITY, year=None), "合肥市"), (_LAW, "国家2014年"), (_NOWHERE, "《某说明》")],
)
def test_a_document_is_called_by_its_place_and_year(doc: Document, said: str) -> None:
    assert whose(doc) == said


@pytest.mark.parametrize(
    ("text", "documents", "is_open"),
    [
        ("补助多少?", (_CITY, _LAW), True),
        ("2021年补助多少?", (_CITY, _LAW), True),  # a year is no place
        ("合肥补助多少?", (_CITY, _LAW), False),
        ("《某办法》里补助多少?", (_CITY, _LAW), False),
        ("补助多少?", (_CITY, replace(_CITY, doc_id="city-2")), False),  # all that is held is of one place
        ("补助多少?", (_CITY, _NOWHERE), True),
    ],
)
def test_a_question_leaves_open_whose(text: str, documents: tuple[Document, ...], is_open: bool) -> None:
    assert leaves_open(find_named(text, documents), documents) is is_open


def test_statements_stand_under_the_name_of_their_place() -> None:
    citations = (_citation(1, _CITY), _citation(2, _LAW), _citation(3, _NOWHERE))
    said = tuple(Statement(c.clause.text, (c.n,)) for c in (citations[0], *citations))
    assert render_whose(said, citations) == (
        "合肥市2021年:\n每人补助10元。〔1〕\n每人补助10元。〔1〕\n"
        "国家2014年:\n由县级政府负责。〔2〕\n《某说明》:\n另行通知。〔3〕"
    )


_UNDATED = replace(_CITY, year=None)


@pytest.mark.parametrize(
    ("text", "doc", "note"),
    [
        ("合肥2015年补助多少?", _UNDATED, "(《某办法》没有写明年份, 请核对是否适用于2015年。)"),
        ("合肥补助多少?", _UNDATED, ""),  # no year was asked
        ("合肥2021年补助多少?", _CITY, ""),
        ("合肥2015年补助多少?", replace(_UNDATED, date_issued="2015-03-01"), ""),
        ("合肥2015年补助多少?", replace(_UNDATED, text="2015年每人补助10元。"), ""),  # the clause says the year itself
    ],
)
def test_a_document_without_a_year_is_said_to_have_none(text: str, doc: Document, note: str) -> None:
    assert undated(find_named(text, (doc,)), [_citation(1, doc)]) == note


def test_a_table_is_kept_only_where_all_of_it_is_of_one_place() -> None:
    citations = (_citation(1, _CITY), _citation(2, _LAW))
    both = (Statement("甲: 每人补助10元。", (1,)), Statement("乙: 由县级政府负责。", (2,)))
    one = (both[0], Statement("乙: 每人补助10元。", (1,)))
    assert render_whose(one, citations, "| 表 |") == "合肥市2021年:\n| 表 |"
    assert render_whose(both, citations, "| 表 |").startswith("合肥市2021年:\n甲: ")


_OPEN = "政府对新农合和城镇居民医保每人每年补助多少?"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question(_OPEN), True),
        (Question(_OPEN.replace("政府", "2012年政府")), True),
        (Question(f"长春{_OPEN}"), False),
        (Question(_OPEN, regions=("长春市",)), False),
        (Question("补助标准是多少?", ("长春2012年新农合的政策有哪些?",)), False),
        (Question(f"长府办发〔2012〕33号里{_OPEN}"), False),
    ],
)
def test_an_answer_says_whose_it_is_where_the_question_did_not(
    index: ClauseIndex, question: Question, says: bool
) -> None:
    answer = build_chain(index, load_settings()).invoke(question)
    doc = answer.citations[0].clause.doc
    assert answer.answer.startswith(f"{doc.region[-1]}{doc.year}年:\n") is says
    assert all(statement.text in answer.answer for statement in answer.statements)


def test_named_nothing_is_the_default() -> None:
    assert leaves_open(Named(), (_CITY, _LAW))
