"""What may be asked next: questions of a clause's own words, each shown only if the chain answers it from that clause."""

from __future__ import annotations

import pytest

from index.figures import find_figures
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.chain import build_chain
from rag.suggest.questions import lead_of, questions_of
from rag.suggest.suggest import Suggester
from rag.types import Answer, Question


def _clause(text: str, departments: tuple[str, ...] = (), region: tuple[str, ...] = ("某省", "甲市")) -> Clause:
    doc = Document("jia-2021-1", "甲市试行办法", text, "x", "0", region=region, year=2021)
    return Clause(doc, "1.1", "一、(一)", (), ((0, len(text)),), True, departments, None, find_figures(text))


# a clause, who is responsible, and the questions that it can be asked
_ASKED: list[tuple[str, tuple[str, ...], list[str]]] = [
    (
        "3.提高补助标准。每位老人每月补助提高到60元。(市民政局负责)",
        ("市民政局",),
        ["每位老人每月补助提高到多少元?", "提高补助标准由哪个部门负责?", "对提高补助标准有哪些要求?"],
    ),
    (
        "（二）管护费用。每公里补助不低于1,200元，其中村级道路减半。",
        (),
        ["每公里补助不低于多少元?", "对管护费用有哪些要求?"],
    ),
    ("第五条 全市社区食堂覆盖率达到85%以上。", (), ["全市社区食堂覆盖率达到多少?"]),
    ("2.各县区于2022年6月底前完成清产核资工作。", (), ["各县区什么时候完成清产核资工作?"]),
    ("(四)工作目标。到2025年，全面建成。", (), ["的工作目标是什么?"]),
    ("2.4 应急监测组。负责现场监测。", (), ["应急监测组的职责有哪些?"]),
    ("三、我市改革的总体目标是什么？\n破除逐利机制。", (), ["改革的总体目标是什么?"]),
    ("5.开展按人头付费改革，逐步扩大。", ("市医保局", "市财政局"), ["开展按人头付费改革由哪些部门负责?"]),
    # what says too little of what it is said of, or of two things at once
    ("(一)每户200元；", (), []),
    ("第九条 违反第五条规定的，处500元罚款。", (), []),
    ("第八条 前款所称期限为30日。", (), []),
    ("(二)城区和乡镇的标准分别为30元和20元。", (), []),
    ("(三)240元的补助由市里承担。", (), []),
]


@pytest.mark.parametrize(("text", "departments", "asked"), _ASKED, ids=[row[0][:10] for row in _ASKED])
def test_a_clause_is_asked_about_in_its_own_words(text: str, departments: tuple[str, ...], asked: list[str]) -> None:
    found = [candidate.text for candidate in questions_of(_clause(text, departments))]
    assert found == [f"甲市2021年{question}" for question in asked]


def test_a_document_of_no_place_is_named_by_its_title_if_that_is_short() -> None:
    text = "第五条 社区食堂覆盖率达到85%以上。"
    assert [c.text for c in questions_of(_clause(text, region=()))] == ["《甲市试行办法》规定的社区食堂覆盖率达到多少?"]
    named = _clause(text, region=())
    long = Document("x", "很" * 40, text, "x", "0")
    assert list(questions_of(Clause(long, named.path, "", (), named.spans, True))) == []


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("(一)加强组织领导。各县区要落实责任。", "加强组织领导"),
        ("(一)加强组织领导。", ""),  # nothing follows it
        ("第三条 主管部门应当公开办理程序。逾期的,责令改正。", ""),  # it says something itself
        ("1.完善甲,健全乙。落实丙。", ""),
    ],
)
def test_a_title_of_what_follows_is_a_lead(text: str, lead: str) -> None:
    assert lead_of(_clause(text)) == lead


def test_each_question_is_answered_from_the_clause_or_one_beside_it(index: ClauseIndex, settings: Settings) -> None:
    chain, suggester = build_chain(index, settings), Suggester(settings)
    first = chain.invoke(Question("长春2012年新农合补助标准?"))
    suggester.suggest(index, first, [])  # the first question of a process waits for word lists
    found = suggester.suggest(index, first, ["长春2012年新农合补助标准?"])
    doc = first.citations[0].clause.doc
    order = [clause.clause_id for clause in index.clauses_of(doc.doc_id)]
    home = order.index(first.citations[0].clause.clause_id)
    assert 1 <= len(found) <= 3 and len(set(found)) == len(found)
    for question in found:
        answer = chain.invoke(Question(question))
        places = [order.index(c.clause.clause_id) for c in answer.citations if c.clause.clause_id in order]
        assert answer.status == "grounded" and any(abs(place - home) <= 5 for place in places), question


def test_what_was_asked_or_told_is_not_suggested(index: ClauseIndex, settings: Settings) -> None:
    chain, suggester = build_chain(index, settings), Suggester(settings)
    first = chain.invoke(Question("长春2012年新农合补助标准?"))
    suggester.suggest(index, first, [])
    found = suggester.suggest(index, first, [])
    told = {chain.invoke(Question(found[0])).answer}
    assert found[0] not in suggester.suggest(index, first, [found[0]])
    assert found[0] not in suggester.suggest(index, first, [], told)


def test_a_refusal_suggests_nothing(index: ClauseIndex, settings: Settings) -> None:
    assert Suggester(settings).suggest(index, Answer("refused", "没有。"), []) == ()


def test_no_model_is_asked_for_a_suggestion(index: ClauseIndex, settings: Settings) -> None:
    with_model = settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9", "llm_model": "none"})
    first = build_chain(index, settings).invoke(Question("长春2012年新农合补助标准?"))
    chain = Suggester(with_model)._chain(index)
    assert chain.invoke(Question("长春2012年新农合补助标准?")).mode == first.mode == "extractive"
