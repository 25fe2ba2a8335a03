"""What the user puts right in the scope decides over his words, over the turns before and over the filters."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.errors import UserError
from index.settings import Settings
from rag.chain import build_chain
from rag.types import Answer, Correction, Question, Scope
from tests.scope_documents import plant


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Runnable[Question, Answer]:
    folder = tmp_path_factory.mktemp("correct")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    built, *_ = build_index(own, [plant(folder / "seeds")])
    return build_chain(built, own)


_SUBSIDY = "襄阳2019年居民医保财政补助多少?"

# the words, what is put right, then places, years and documents as understood, and the clause cited first
_CORRECTED: list[tuple[str, Correction, tuple[str, ...], tuple[int, ...], tuple[str, ...], str]] = [
    (_SUBSIDY, Correction(years=(2020,)), ("襄阳市",), (2020,), (), "xy2020.1.1"),
    (_SUBSIDY, Correction(without_regions=("襄阳市",)), (), (2019,), (), "xy2019.1.1"),
    (_SUBSIDY, Correction(without_years=(2019,)), ("襄阳市",), (), (), "xy2021.1.1"),
    (_SUBSIDY, Correction(regions=("普洱市",)), ("普洱市",), (2019,), (), ""),
    (_SUBSIDY, Correction(doc_ids=("xy2020",)), ("襄阳市",), (2019,), ("xy2020",), ""),
    (_SUBSIDY, Correction(doc_ids=("xy2020",), without_years=(2019,)), ("襄阳市",), (), ("xy2020",), "xy2020.1.1"),
    ("武汉2019年居民医保财政补助多少?", Correction(regions=("襄阳市",)), ("襄阳市",), (2019,), (), "xy2019.1.1"),
    ("国务院令第809号几日内备案?", Correction(without_documents=("care",)), (), (), (), "care.3"),
    ("国发〔1999〕7号里普洱公租房租金多少?", Correction(without_documents=("国发〔1999〕7号",)), ("普洱市",), (), (), "puer.1.1"),
]  # fmt: skip


@pytest.mark.parametrize("row", _CORRECTED, ids=[f"{row[0][:8]} {n}" for n, row in enumerate(_CORRECTED)])
def test_what_is_put_right_decides(
    chain: Runnable[Question, Answer], row: tuple[str, Correction, *tuple[object, ...]]
) -> None:
    text, correction, *expected = row
    answer = chain.invoke(Question(text, correction=correction))
    scope, cited = answer.scope, [citation.clause.clause_id for citation in answer.citations]
    assert [scope.regions, scope.years, scope.doc_ids, cited[0] if cited else ""] == expected


def test_a_comparison_less_one_place_loses_the_year_of_that_place(chain: Runnable[Question, Answer]) -> None:
    question = Question("合肥2022年和襄阳2019年的补助各是多少?")
    both = chain.invoke(question).scope
    one = chain.invoke(replace(question, correction=Correction(without_regions=("合肥市",)))).scope
    assert (both.regions, both.years) == (("合肥市", "襄阳市"), (2022, 2019))
    assert (one.regions, one.years) == (("襄阳市",), (2019,))


def test_a_correction_holds_for_the_turns_that_follow(chain: Runnable[Question, Answer]) -> None:
    history = (_SUBSIDY,)
    as_said = chain.invoke(Question("哪个部门负责?", history))
    put_right = chain.invoke(Question("哪个部门负责?", history, corrections=(Correction(years=(2020,)),)))
    assert [a.citations[0].clause.doc.doc_id for a in (as_said, put_right)] == ["xy2019", "xy2020"]


@pytest.mark.parametrize(
    ("history", "text", "inherited"),
    [
        ((), "襄阳2019年居民医保财政补助多少?", ()),
        ((_SUBSIDY,), "哪个部门负责?", ("regions", "years", "topic")),
        ((_SUBSIDY,), "那2020年呢?", ("regions", "topic")),
        ((_SUBSIDY,), "普洱公租房租金多少?", ()),
        (("普洱公租房租金多少?",), "廉租房的租金呢?", ("regions",)),
        (("国务院令第809号对未备案怎么罚?",), "几日内备案?", ("doc_ids",)),
    ],
)
def test_a_follow_up_says_what_it_takes_of_the_turn_before(
    chain: Runnable[Question, Answer], history: tuple[str, ...], text: str, inherited: tuple[str, ...]
) -> None:
    answer = chain.invoke(Question(text, history))
    assert answer.scope.inherited == inherited
    assert answer.to_json()["scope"].get("inherited", []) == list(inherited)


def test_what_is_taken_out_is_not_inherited_and_does_not_come_back(chain: Runnable[Question, Answer]) -> None:
    out = Correction(without_years=(2019,))
    answer = chain.invoke(Question("哪个部门负责?", (_SUBSIDY,), correction=out))
    assert (answer.scope.years, answer.scope.inherited) == ((), ("regions", "topic"))
    filtered = chain.invoke(Question(_SUBSIDY, years=(2019,), correction=out))
    assert filtered.scope.years == ()


def test_a_name_that_is_not_held_is_told_as_missing(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("国发〔1999〕7号里补助多少?"))
    assert (answer.scope.missing, answer.status) == (("国发〔1999〕7号",), "refused")


def test_a_place_that_there_is_not_is_told(chain: Runnable[Question, Answer]) -> None:
    with pytest.raises(UserError, match="没有叫“乌有市”的地区"):
        chain.invoke(Question("补助多少?", correction=Correction(regions=("乌有市",))))


def test_a_question_survives_being_kept() -> None:
    fix = Correction(regions=("襄阳市",), without_years=(2019,))
    question = Question("谁负责?", ("一", "二"), ("普洱市",), (2020,), None, fix, (None, fix))
    record = json.loads(json.dumps(asdict(question)))
    assert Question.from_record({**record, "unknown": 1}) == question
    assert Question.from_record({"text": "问"}) == Question("问")
    assert not Correction() and fix


def test_the_question_before_keeps_its_own_correction() -> None:
    fix = Correction(years=(2020,))
    question = Question("三", ("一", "二"), corrections=(fix, None))
    assert question.before(4) == Question("二", ("一",), corrections=(fix,))
    assert question.before(4).before(4) == Question("一", correction=fix)


def test_a_scope_that_is_plain_has_the_three_keys_of_the_contract() -> None:
    assert Scope(("甲市",), (2012,)).to_json() == {"regions": ["甲市"], "years": [2012], "doc_ids": []}
