"""Conversations of five turns: what a turn leaves out is filled in, and dropped when the subject changes."""

from __future__ import annotations

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.settings import Settings
from rag.chain import build_chain
from rag.question.follow import asks_everywhere, follow
from rag.types import Answer, Question
from tests.scope_documents import plant


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Runnable[Question, Answer]:
    folder = tmp_path_factory.mktemp("turns")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    built, *_ = build_index(own, [plant(folder / "seeds")])
    return build_chain(built, own)


# each turn, and the clause that is cited first; none where it must be refused
_CONVERSATIONS: list[list[tuple[str, str]]] = [
    [
        ("襄阳2019年居民医保财政补助多少?", "xy2019.1.1"),
        ("那2020年呢?", "xy2020.1.1"),
        ("哪个部门负责?", "xy2020.1.1"),
        ("合肥护理员入职奖励多少?", "hf2022.2.1"),
        ("由谁负责?", "hf2022.2.1"),
    ],
    [
        ("普洱公租房租金多少?", "puer.1.1"),
        ("申请多久能办结?", "puer.1.2"),
        ("廉租房的租金呢?", "puer.2.1"),
        ("经济适用房满几年能上市?", "puer.3.1"),
        ("那小学每班不超过多少人?", "school.1"),
    ],
    [
        ("国务院令第809号对未备案怎么罚?", "care.4"),
        ("几日内备案?", "care.3"),
        ("该条例什么时候施行?", "care.5"),
        ("安徽护理型床位占比要达到多少?", "anhui.1.1"),
        ("国家层面呢?", "state.1"),
    ],
    [
        ("广西县级公立医院药占比控制在多少?", "guangxi.1.1"),
        ("城市公立医院呢?", "guangxi.1.2"),
        ("乡镇卫生院基本药物补助多少?", "guangxi.2"),
        ("云南中职生均拨款标准多少?", "yunnan.2.1"),
        ("高职呢?", "yunnan.2.2"),
    ],
    [
        ("合肥新建养老机构床位补助多少?", "hf2022.1.1"),
        ("安徽呢?", "anhui.2.1"),
        ("武汉呢?", ""),
        ("那巢湖的高龄津贴呢?", "chaohu.1"),
        ("大连海绵城市专项资金多少?", "dalian.2"),
    ],
    [
        ("襄阳2021年居民医保住院报销比例多少?", "xy2021.2.1"),
        ("上一年呢?", "xy2020.2.1"),
        ("职工医保单位缴费费率呢?", "xy2020.1.3"),
        ("家庭医生签约率要达到多少?", "xy2020.2.2"),
        ("普洱乡村教师每月补助多少?", "school.3"),
    ],
]


@pytest.mark.parametrize("turns", _CONVERSATIONS, ids=[turns[0][0] for turns in _CONVERSATIONS])
def test_each_turn_is_answered_by_its_own_clause(
    chain: Runnable[Question, Answer], turns: list[tuple[str, str]]
) -> None:
    asked: tuple[str, ...] = ()
    first: list[tuple[str, str]] = []
    for text, _ in turns:
        answer = chain.invoke(Question(text, asked))
        first.append((text, answer.citations[0].clause.clause_id if answer.citations else ""))
        asked = (*asked, text)
    assert first == turns


@pytest.mark.parametrize(
    ("before", "topic", "filled"),
    [
        ("公租房租金是多少", "谁负责?", "公租房租金是多少 谁负责?"),
        ("三级医院临床路径病例要占多少", "那二级医院呢?", "二级医院临床路径病例要占多少"),
        ("中职生均拨款标准多少", "高职呢", "高职生均拨款标准多少"),
        ("县级公立医院药占比控制在多少", "城市公立医院呢?", "城市公立医院药占比控制在多少"),
        ("公租房租金是多少", "廉租房的租金呢?", "廉租房的租金呢?"),
        ("对未备案的怎么罚", "几日内备案?", "几日内备案?"),
        ("居民医保补助多少", "职工医保单位缴费费率呢?", "职工医保单位缴费费率呢?"),
        ("居民医保住院报多少", "那新农合呢?", "居民医保住院报多少 新农合呢?"),
        ("三级医院电子病历有要求吗", "要达到什么水平?", "三级医院电子病历有要求 要达到什么水平?"),
    ],
)
def test_a_follow_up_takes_all_of_the_subject_or_all_but_one_word_or_nothing(
    before: str, topic: str, filled: str
) -> None:
    assert follow(before, topic).topic == filled


@pytest.mark.parametrize(
    ("text", "everywhere"),
    [
        ("全国新农合补助标准是多少?", True),
        ("各地补助标准分别是多少?", True),
        ("所有文件里药占比怎么规定?", True),
        ("哪些地区提到了分级诊疗?", True),
        ("全国文明城市奖励多少?", False),
        ("各地什么时候上报方案?", False),
        ("各地区县要做什么?", False),
        ("是否在全国推广?", False),
    ],
)
def test_what_is_asked_of_all_places_is_told_from_their_duties(text: str, everywhere: bool) -> None:
    assert asks_everywhere(text) == everywhere


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("全国居民医保财政补助是多少?", ((), ())),
        ("谁负责?", (("襄阳市",), (2019,))),
        ("普洱公租房租金多少?", (("普洱市",), ())),  # another place: not the year before
    ],
)
def test_a_question_of_all_places_or_of_another_takes_over_neither_place_nor_year(
    chain: Runnable[Question, Answer], text: str, scope: tuple[tuple[str, ...], tuple[int, ...]]
) -> None:
    found = chain.invoke(Question(text, ("襄阳2019年居民医保财政补助多少?",))).scope
    assert (found.regions, found.years) == scope
