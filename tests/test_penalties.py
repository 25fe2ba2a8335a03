"""What breaking a clause costs is told from the clause that says so, with the clause it is for; a list's figure from its lead."""

from __future__ import annotations

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.settings import Settings
from rag.chain import build_chain
from rag.types import Answer, Question

_REGULATION = """青川市公园管理办法

（2020年3月1日青川市人民政府令第12号公布 自2020年5月1日起施行）

第一章　总则

第一条　为了加强公园管理，保护公园环境，根据有关法律、法规，结合本市实际，制定本办法。

第二条　市园林主管部门负责全市公园的监督管理工作。

第二章　管理

第三条　公园每日开放时间不得少于十二小时。

第四条　游客应当爱护公园设施，不得在公园内露天烧烤、生火取暖。

第五条　公园内禁止下列行为：

（一）攀折花木、采摘果实；

（二）在湖泊、水池内游泳、垂钓；

（三）携带犬只进入禁止区域。

第六条　公园经营者应当公示停车收费标准。

第七条　公园内的亭、廊不得改作经营场所。

第三章　法律责任

第八条　违反本办法第四条规定的，由园林主管部门责令改正，处二百元以上一千元以下罚款。

第九条　违反本办法第五条第（一）项规定的，处五十元罚款；违反第五条第（二）项规定的，处八十元罚款；违反第五条第（三）项规定的，处三百元罚款。

第十条　违反本办法第六条规定的，由价格主管部门责令限期改正；逾期不改正的，处三千元以下罚款。

第十一条　有下列行为之一的，由园林主管部门责令恢复原状，处五千元以上二万元以下罚款：

（一）擅自砍伐古树名木的；

（二）擅自填埋湖泊、水池的。

第十二条　园林主管部门工作人员玩忽职守、滥用职权的，依法给予处分。

第四章　附则

第十三条　本办法自2020年5月1日起施行。
"""
_NOTICE = """白河县人民政府关于禁止焚烧秸秆的通告

白政通〔2021〕3号

为了改善空气质量，现将有关事项通告如下：

一、全县范围内禁止露天焚烧秸秆。

二、各乡镇人民政府负责本辖区内秸秆禁烧的巡查。

三、违反本通告规定的，由生态环境部门处五百元以上二千元以下罚款。

四、个人在河道内倾倒生活垃圾的，由水行政主管部门处一百元罚款。

五、本通告自2021年6月1日起施行。

白河县人民政府
2021年5月20日
"""
_RULES = """青川市集贸市场管理规定

第一条　为了加强集贸市场管理，制定本规定。

第二条　经营者应当在划定的摊位内经营，不得占用通道。

第三条　经营者应当使用经检定合格的衡器，不得缺斤短两。

第四条　经营者应当保持摊位整洁。

第五条　有下列情形之一的，由市场监督管理部门处三百元罚款：

（一）违反本规定第二条规定，占用通道的；

（二）违反本规定第三条规定，缺斤短两的。

第六条　经营者违反本规定第四条规定的，扣减当季度保证金的百分之十。

第七条　本规定自2019年1月1日起施行。
"""
_PLAN = """青川市校园午餐工作方案

一、工作目标

到2024年，全市学校食堂实现明厨亮灶。

二、重点任务

（一）完善食堂设施。各县（区）要更新炊具。

（二）规范采购。学校要集中采购大宗食材。

（三）严肃工作纪律。对挪用经费的，依法追究责任。
"""
_DOCUMENTS = {"plan": _PLAN, "regulation": _REGULATION, "notice": _NOTICE, "rules": _RULES}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Runnable[Question, Answer]:
    folder = tmp_path_factory.mktemp("penalties")
    for name, text in _DOCUMENTS.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    index, _ = build_index(own, [folder / f"{name}.txt" for name in _DOCUMENTS])
    return build_chain(index, own)


def _ask(chain: Runnable[Question, Answer], question: str) -> Answer:
    return chain.invoke(Question(question))


def _paths(answer: Answer) -> list[str]:
    return [citation.clause.path for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "paths", "said", "unsaid"),
    [
        ("在公园里露天烧烤罚多少钱", ["8", "4"], "二百元以上一千元以下", "五十元"),
        ("公园里烧烤怎么罚？", ["8", "4"], "二百元以上一千元以下", "五十元"),
        ("公园里游泳会被处罚吗", ["9", "5.1.2", "5"], "八十元", "三百元"),
        ("带犬只进公园禁止区域罚多少", ["9", "5.1.3", "5"], "三百元", "八十元"),
        ("公园经营者不公示停车收费标准有什么后果", ["10", "6"], "逾期不改正的，处三千元以下罚款", "五十元"),
        ("擅自填埋公园湖泊要罚多少钱", ["11", "11.1.2"], "五千元以上二万元以下", "古树"),
        ("园林主管部门工作人员玩忽职守给什么处分", ["12"], "依法给予处分", "罚款"),
        ("白河县露天焚烧秸秆罚款多少", ["3"], "五百元以上二千元以下", "巡查"),
    ],
)
def test_a_penalty_is_told_with_what_it_is_for(
    chain: Runnable[Question, Answer], question: str, paths: list[str], said: str, unsaid: str
) -> None:
    answer = _ask(chain, question)
    assert _paths(answer) == paths, answer.answer
    assert said in answer.answer and unsaid not in answer.answer


def test_what_is_forbidden_stays_the_answer_where_no_penalty_is_asked_for(chain: Runnable[Question, Answer]) -> None:
    assert _paths(_ask(chain, "公园里可以露天烧烤吗")) == ["4"]
    assert "8" not in _paths(_ask(chain, "公园里禁止哪些行为"))


@pytest.mark.parametrize("question", ["在公园里放风筝罚多少钱", "公园里打太极拳会被处罚吗"])
def test_conduct_that_nothing_speaks_of_is_not_given_the_penalty_of_another(
    chain: Runnable[Question, Answer], question: str
) -> None:
    answer = _ask(chain, question)
    assert answer.status == "refused" and answer.nearest, answer.answer


def test_the_penalty_of_individuals_is_not_that_of_companies(chain: Runnable[Question, Answer]) -> None:
    assert "一百元" in _ask(chain, "白河县在河道内倾倒生活垃圾的个人罚多少").answer
    answer = _ask(chain, "白河县在河道内倾倒生活垃圾的单位罚多少")
    assert answer.status == "refused" and "单位" in answer.answer, answer.answer


def test_what_no_clause_punishes_is_not_given_the_penalty_of_another(chain: Runnable[Question, Answer]) -> None:
    answer = _ask(chain, "把公园的亭、廊改作经营场所罚多少钱")
    assert answer.status == "refused" and not answer.citations, answer.answer
    assert answer.nearest and answer.nearest[0].clause.path == "7"


@pytest.mark.parametrize(
    ("question", "paths", "said"),
    [
        ("《青川市公园管理办法》第四条的罚则是什么", ["8", "4"], "二百元以上一千元以下"),
        ("违反青川市公园管理办法第六条会怎么处罚？", ["10", "6"], "逾期不改正的，处三千元以下罚款"),
        ("违反《青川市公园管理办法》第五条第（二）项的法律责任", ["9", "5.1.2"], "八十元"),
        ("《青川市公园管理办法》第八条规定了什么处罚", ["8"], "二百元以上一千元以下"),
        ("《青川市集贸市场管理规定》第三条违反了有什么后果", ["5", "5.1.2", "3"], "三百元"),
        ("违反《青川市集贸市场管理规定》第四条怎么处罚", ["6", "4"], "扣减当季度保证金的百分之十"),
        ("《青川市公园管理办法》第四条最高罚多少钱", ["8", "4"], "一千元以下"),
    ],
)
def test_what_breaking_a_named_clause_costs_is_told_from_the_clauses_that_refer_to_it(
    chain: Runnable[Question, Answer], question: str, paths: list[str], said: str
) -> None:
    answer = _ask(chain, question)
    assert (answer.status, _paths(answer)) == ("grounded", paths), answer.answer
    assert said in answer.answer.replace(",", "，").replace(";", "；")


def test_a_follow_up_asks_what_breaking_the_clause_before_costs(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("那违反了怎么罚？", ("《青川市公园管理办法》第四条规定了什么？",)))
    assert _paths(answer) == ["8", "4"], answer.answer


def test_a_named_clause_that_nothing_punishes_is_shown_and_said_so(chain: Runnable[Question, Answer]) -> None:
    answer = _ask(chain, "违反《青川市公园管理办法》第七条怎么处罚")
    assert (answer.status, answer.citations) == ("refused", ())
    assert answer.nearest[0].clause.path == "7"
    assert "没有写明违反第七条的罚款、处分等后果" in answer.answer


def test_a_part_of_which_one_clause_speaks_of_punishing_is_not_told_as_a_penalty(
    chain: Runnable[Question, Answer],
) -> None:
    answer = _ask(chain, "违反《青川市校园午餐工作方案》第二部分会受什么处分")
    assert (answer.status, answer.citations) == ("refused", ()), answer.answer


def test_a_chapter_called_penalties_is_still_a_place(chain: Runnable[Question, Answer]) -> None:
    assert "共5条" in _ask(chain, "《青川市公园管理办法》法律责任一章有几条").answer
