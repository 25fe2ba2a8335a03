"""A question that asks several things is cut where its parts are really apart, and each is answered in its own scope."""

from __future__ import annotations

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.question.parts import pieces_of, sides_of
from rag.question.scope import find_named
from rag.types import Answer, Question
from tests.scope_documents import plant
from tests.scope_questions import TODAY


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[ClauseIndex, Settings]:
    folder = tmp_path_factory.mktemp("parts")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    built, *_ = build_index(own, [plant(folder / "seeds")])
    return built, own


@pytest.fixture(scope="module")
def chain(planted: tuple[ClauseIndex, Settings]) -> Runnable[Question, Answer]:
    return build_chain(*planted)


# a question, and into how many it may be cut
_CUTS = [
    ("新农合补助标准是多少,由哪个部门负责?", 2),
    ("新农合补助标准是多少?由哪个部门负责?", 2),
    ("襄阳2019年居民医保补助多少,住院报销比例多少?", 2),
    ("公租房租金是多少,申请多长时间办结?", 2),
    ("第一,公租房租金多少;第二,廉租房由谁负责?", 2),
    ("公租房租金多少?廉租房租金多少?经济适用房几年能卖?", 3),
    ("请问公租房怎么申请,另外廉租房租金多少?", 2),
    ("公租房和廉租房的租金各是多少?", 2),
    ("公租房和廉租房租金分别是多少?", 2),
    ("普洱公租房、廉租房租金分别是多少?", 2),
    ("小学和幼儿园每班人数各不超过多少?", 2),
    ("职工医保和居民医保的缴费各是多少?", 2),
    ("县级公立医院与城市公立医院的药占比有什么不同?", 2),
    ("中职和高职的生均拨款标准各是多少?", 2),
    ("居民医保财政补助和个人缴费分别是多少?", 2),
    ("防汛Ⅰ级响应和Ⅱ级响应的会商分别由谁主持?", 2),
    ("防汛Ⅰ级响应和Ⅱ级响应，会商分别由谁主持?", 2),
    ("租金县里留多少，省里得多少?", 2),
    ("What is the rent of public housing and who is responsible?", 1),
    ("公租房租金是多少?", 1),
    ("我是低保户,想申请公租房,去哪里办?", 1),
    ("听说廉租房取消了,是真的吗?", 1),
    ("公租房租金和物业费一起交吗?", 1),
    ("公租房由市住房城乡建设局和财政局负责吗?", 1),
    ("监督和管理由谁负责?", 1),
    ("医疗、医保、医药怎么联动?", 1),
    ("申请公租房要哪些材料和手续?", 1),
    ("加强组织领导和监督检查的措施有哪些?", 1),
    ("每班不超过多少人,对吗?", 1),
    ("公租房租金每平方米3元,对不对?", 1),
    ("老人和残疾人能申请公租房吗?", 1),
    ("城乡居民医保住院能报多少?", 1),
    ("为什么要取消药品加成,怎么补偿?", 2),
    ("合同有效吗?/合同是否成立?", 1),
    ("能否追究医生责任?(医院是否承担责任?)", 1),
    ("不知道是谁扔的,应该找谁赔偿?", 1),
]


@pytest.mark.parametrize(("text", "count"), _CUTS, ids=[row[0] for row in _CUTS])
def test_a_question_may_be_cut_between_the_things_that_it_asks(text: str, count: int) -> None:
    assert (len(pieces_of(text, find_named(text, ()))) or 1) == count


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        (
            "襄阳的补助标准和合肥的护理员奖励分别是什么",
            ["襄阳补助标准分别是什么", "合肥护理员奖励分别是什么"],
        ),
        ("襄阳2019年补助和合肥2022年奖励各是多少", ["襄阳2019年补助各是多少", "合肥2022年奖励各是多少"]),
        ("襄阳的医联体和合肥的医院,检查互认吗?", ["襄阳医联体,检查互认吗?", "合肥医院,检查互认吗?"]),
        ("襄阳补助多少?合肥护理员由谁培训?", ["襄阳补助多少?", "合肥护理员由谁培训?"]),
        ("襄阳和合肥的补助各是多少", []),  # one subject
        ("补助标准,襄阳2019和合肥2022一样吗", []),
        ("襄阳的补助是多少", []),
    ],
)
def test_each_place_of_a_comparison_may_have_a_subject_of_its_own(text: str, sides: list[str]) -> None:
    assert sides_of(text, find_named(text, ())) == sides


# question, the clauses that are cited and no other, how it ends
_ANSWERED = [
    ("普洱公租房租金是多少,申请多长时间办结?", "puer.1.1 puer.1.2", "grounded"),
    ("普洱公租房租金是多少?申请由谁受理?", "puer.1.1 puer.1.2", "grounded"),
    ("普洱公租房和廉租房的租金各是多少?", "puer.1.1 puer.2.1", "grounded"),
    ("普洱公租房、廉租房租金分别是多少?", "puer.1.1 puer.2.1", "grounded"),
    ("普洱小学和幼儿园每班人数各不超过多少?", "school.1 school.2", "grounded"),
    ("广西县级公立医院与城市公立医院的药占比有什么不同?", "guangxi.1.1 guangxi.1.2", "grounded"),
    ("云南中职和高职的生均拨款标准各是多少?", "yunnan.2.1 yunnan.2.2", "grounded"),
    ("襄阳2021年居民医保财政补助和个人缴费分别是多少?", "xy2021.1.1 xy2021.1.2", "grounded"),
    ("襄阳2021年居民医保财政补助多少?家庭医生签约率要达到多少?", "xy2021.1.1 xy2021.2.2", "grounded"),
    ("襄阳2021年居民医保补助多少,由哪个部门负责?", "xy2021.1.1", "grounded"),
    ("襄阳2021年家庭医生签约率要达到多少?由谁牵头?", "xy2021.2.2", "grounded"),
    ("襄阳2021年的居民医保财政补助和合肥的护理员奖励分别是多少?", "xy2021.1.1 hf2022.2.1", "grounded"),
    ("襄阳2019年和2021年居民医保财政补助各是多少?", "xy2019.1.1 xy2021.1.1", "grounded"),
    ("襄阳2019年财政补助和2020年个人缴费各是多少?", "xy2019.1.1 xy2020.1.2", "grounded"),
    ("安徽和合肥新建养老机构每张床位各补助多少?", "anhui.2.1 hf2022.1.1", "grounded"),
    ("安徽与合肥,新建养老机构床位补助哪个高?", "anhui.2.1 hf2022.1.1", "grounded"),
    ("安徽和武汉新建养老机构每张床位各补助多少?", "anhui.2.1", "partial"),
    ("国家和安徽对护理型床位占比的要求分别是多少?", "state.1 anhui.1.1", "grounded"),
    ("皖政办〔2021〕5号和合政办〔2022〕14号的新建养老机构床位补助各多少?", "anhui.2.1 hf2022.1.1", "grounded"),
    ("合肥护理员入职奖励多少?巢湖高龄津贴每月多少?", "hf2022.2.1 chaohu.1", "grounded"),
    ("第一,普洱公租房租金多少;第二,廉租房租金多少", "puer.1.1 puer.2.1", "grounded"),
    ("普洱公租房租金多少?廉租房租金多少?经济适用房满几年能上市?", "puer.1.1 puer.2.1 puer.3.1", "grounded"),
    ("普洱公租房租金多少,乡村教师每月补助多少?", "puer.1.1 school.3", "grounded"),
    ("普洱公租房租金多少?殡葬补贴多少?", "puer.1.1", "partial"),
    ("普洱公租房租金是多少?", "puer.1.1", "grounded"),
    ("普洱公租房申请由街道办事处受理吗?", "puer.1.2", "grounded"),
    ("未备案的托育机构罚多少?托育机构几日内备案?", "care.4 care.3", "grounded"),
]


@pytest.mark.parametrize(("text", "clauses", "status"), _ANSWERED, ids=[row[0] for row in _ANSWERED])
def test_each_part_is_answered_in_its_own_scope(
    chain: Runnable[Question, Answer], text: str, clauses: str, status: str
) -> None:
    answer = chain.invoke(Question(text))
    assert ({c.clause.clause_id for c in answer.citations}, answer.status) == (set(clauses.split()), status), (
        answer.answer
    )


def test_a_part_is_called_by_its_own_words_where_places_do_not_differ(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("普洱公租房和廉租房的租金各是多少?")).answer
    assert "公租房" in answer.split("3元")[0]
    assert "廉租房" in answer.split("3元")[1].split("1元")[0]


def test_a_part_without_evidence_says_so_by_its_name(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("普洱公租房租金多少?殡葬补贴多少?"))
    assert answer.status == "partial"
    assert "殡葬补贴: " in answer.answer
    assert "3元" in answer.answer


def test_a_question_of_its_own_is_found_without_the_subject_before_it(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("普洱公租房租金多少?乡村教师每月补助多少?"))
    assert [c.clause.clause_id for c in answer.citations] == ["puer.1.1", "school.3"]


def test_the_scope_of_the_answer_names_every_part(chain: Runnable[Question, Answer]) -> None:
    scope = chain.invoke(Question("襄阳2021年的居民医保财政补助和合肥的护理员奖励分别是多少?")).scope
    assert scope.regions == ("襄阳市", "合肥市")
    assert scope.years == (2021,)


def test_what_was_made_of_this_year_is_said(chain: Runnable[Question, Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.question.periods.today", lambda: TODAY)
    answer = chain.invoke(Question("今年襄阳城乡居民医保财政补助多少?"))
    assert [c.clause.clause_id for c in answer.citations] == ["xy2021.1.1"]
    assert "未收录2023年的文件" in answer.answer
    assert answer.scope.years == (2021,)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("收上来的公租房租金，县里留多少，省里得多少?", ["县里留", "省里得"]),
        ("培训人员是多少人，新增床位又是多少?", ["培训人员", "新增床位"]),
        ("防汛Ⅰ级响应和Ⅱ级响应，会商分别由谁主持?", ["防汛Ⅰ级响应", "Ⅱ级响应"]),
        ("在河道里采砂，找谁批?最多多大面积?", ["找谁批", "最多多大面积"]),
    ],
)
def test_a_part_is_called_by_what_it_asks(text: str, labels: list[str]) -> None:
    assert [piece.label for piece in pieces_of(text, find_named(text, ()))] == labels
