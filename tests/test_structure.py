"""A question that names a place in a document is answered by the clause at that place, or refused: never by likeness."""

from __future__ import annotations

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.place_words import read_places
from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Answer, Question
from tests.structure_documents import plant

_WHOLE_12 = "law.12 law.12.2 law.12.2.1 law.12.2.2 law.12.2.3 law.12.2.3.1 law.12.2.3.2 law.12.3"
_PART_3 = "runon.3 runon.3.1 runon.3.2 runon.3.3"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[ClauseIndex, Settings]:
    folder = tmp_path_factory.mktemp("structure")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    built, *_ = build_index(own, [plant(folder / "seeds")])
    return built, own


@pytest.fixture(scope="module")
def chain(planted: tuple[ClauseIndex, Settings]) -> Runnable[Question, Answer]:
    return build_chain(*planted)


def _cited(answer: Answer) -> list[str]:
    return [citation.clause.clause_id for citation in answer.citations]


# question, the clauses that must be cited, in this order; `...` for more of the same kind
_PLACES = [
    # --- articles, paragraphs, items
    ("《中华人民共和国社区食堂法》第十二条的内容是什么", _WHOLE_12),
    ("《中华人民共和国社区食堂法》第12条", _WHOLE_12),
    ("社区食堂法第十二条规定了什么", _WHOLE_12),
    ("社区食堂法第１２条", _WHOLE_12),
    ("社区食堂法12条", _WHOLE_12),
    ("社區食堂法第十二條規定了什麼", _WHOLE_12),
    ("请问社区食堂法的第一章第三条是什么内容？", "law.3"),
    ("国家社区食堂法第三条", "law.3"),
    ("社区食堂法第十三条第一款", "law.13 law.13.1.1 law.13.1.2 law.13.1.3"),
    ("社区食堂法第十二条第一款", "law.12"),
    ("社区食堂法第十二条第三款", "law.12.3"),
    ("社区食堂法第十二条第二款第(三)项", "law.12.2.3 law.12.2.3.1 law.12.2.3.2"),
    ("《社区食堂法》第十二条第二款第（三]项", "law.12.2.3 law.12.2.3.1 law.12.2.3.2"),
    ("社区食堂法第十二条第二款第【2】项", "law.12.2.2"),
    ("社区食堂法第十二条第(三)项", "law.12.2.3 law.12.2.3.1 law.12.2.3.2"),
    ("社区食堂法中第十三条的第（二）项是怎么规定的？", "law.13.1.2"),
    ("社区食堂法第十二条第二款第三项第2目", "law.12.2.3.2"),
    ("社区食堂法第十三条第（一）、（三）项", "law.13.1.1 law.13.1.3"),
    (
        "社区食堂法第十二条第二款和第三款",
        "law.12.2 law.12.2.1 law.12.2.2 law.12.2.3 law.12.2.3.1 law.12.2.3.2 law.12.3",
    ),
    ("2015年的社区食堂法第三条", "law.3"),
    ("clause 3 of the 社区食堂法", "law.3"),
    ("Article 13(1) of 《社区食堂法》", "law.13 law.13.1.1 law.13.1.2 law.13.1.3"),
    # --- several, ranges, from the end
    ("社区食堂法第三条和第七条分别是什么", "law.3 law.7"),
    ("社区食堂法第55条和56条", "law.55 law.56"),
    ("社区食堂法第3、5、7条", "law.3 law.5 law.7"),
    ("社区食堂法第八条到第十条", "law.8 law.9 law.10"),
    ("《社区食堂法》第一条至第三条", "law.1 law.2 law.3"),
    ("社区食堂法第8-10条", "law.8 law.9 law.10"),
    ("社区食堂法前三条", "law.1 law.2 law.3"),
    ("社区食堂法最后一条", "law.70"),
    ("社区食堂法最后两条", "law.69 law.70"),
    ("社区食堂法倒数第二条", "law.69"),
    # --- chapters
    ("《社区食堂法》第四章有哪些条款", "law.c4 law.50 law.51 law.52 ..."),
    ("社区食堂法第三章讲什么", "law.c3 law.c3.s1 law.25 law.26 ..."),
    ("社区食堂法第三章第二节", "law.c3.s2 law.35 law.36 ..."),
    ("社区食堂法第一节", "law.c3.s1 law.25 ..."),
    ("社区食堂法法律责任一章有哪些条款", "law.c4 law.50 ..."),
    ("社区食堂法附则", "law.c5 law.61 ..."),
    ("社区食堂法目录", "law.c1 law.c2 law.c3 law.c4 law.c5 ..."),
    ("社区食堂法分为哪几章", "law.c1 law.c2 law.c3 law.c4 law.c5"),
    # --- notices
    ("33号文第3条", "runon.2.1.3"),  # its items run on from 1 to 12
    ("杭政办发〔2021〕33号第12条", "runon.2.3.12"),
    ("33号文第三部分", _PART_3),
    ("33号文第三部分保障措施", _PART_3),
    ("33号文“三、保障措施”讲什么", _PART_3),
    ("33号文保障措施部分讲什么", _PART_3),
    ("杭政办发〔2021〕33号第二部分第(一)项第3点", "runon.2.1.3"),
    ("杭政办发[2021]33号 二、(一)3", "runon.2.1.3"),
    ("杭政办发（２０２１）33号二（一）3", "runon.2.1.3"),
    ("33号文二、（一）", "runon.2.1 runon.2.1.1 runon.2.1.2 runon.2.1.3 runon.2.1.4"),
    ("33号文件第二部分重点任务第（二）项第6条", "runon.2.2.6"),
    ("33号文第三大点第二小点", "runon.3.2"),
    ("33号文最后一条", "runon.2.3.12"),
    ("33号文附件1第三条", "runon.a1.3"),
    ("33号文附件一第二条至第四条", "runon.a1.2 runon.a1.3 runon.a1.4"),
    ("33号文附件2第5项", "runon.a2.5"),
    ("12号文第三条", "plain.3 plain.3.1 plain.3.2"),  # its numbers begin anew in each section
    ("苏政发〔2020〕12号第二条第(二)项", "plain.2.2"),
    ("苏政发〔2020〕12号第二部分第一项第2点", "plain.2.1.2"),
    ("关于加强困难群众临时救助工作的通知第三条", "plain.3 plain.3.1 plain.3.2"),
    ("临时救助通知第四部分", "plain.4"),
    ("苏州市2020年临时救助通知二(一)2", "plain.2.1.2"),
    ("托育工作安排第三部分讲什么", _PART_3),
    # --- a notice and what it sends
    ("8号文第3条", "send-fu1.3"),
    ("甬政发〔2019〕8号第八条", "send-fu1.8 send-fu1.8.2"),
    ("《宁波市公共停车场管理办法》第八条第二款", "send-fu1.8.2"),
    ("宁波市人民政府关于印发《宁波市公共停车场管理办法》的通知第八条", "send-fu1.8 send-fu1.8.2"),
    ("甬政发〔2019〕8号附件第八条", "send-fu1.8 send-fu1.8.2"),
    ("公共停车场管理办法第二章", "send-fu1.c2 send-fu1.6 ..."),
    # --- namesakes and versions
    ("杭州市养犬管理条例第七条", "hz-2018.7 hz-2018.7.2"),
    ("《杭州市养犬管理条例(2018年修订)》第七条", "hz-2018.7 hz-2018.7.2"),
    ("2010年的《杭州市养犬管理条例》第七条", "hz-2010.7 hz-2010.7.2"),
    ("杭州市养犬管理条例实施细则第三条", "hz-rules.3"),
    ("苏州养犬管理条例第七条", "sz.7 sz.7.2"),
    ("苏州市的《养犬管理条例》第七条", "sz.7 sz.7.2"),
    ("温州市电动自行车管理办法第三条", "trial.3"),
    ("《温州市电动自行车管理办法（试行）》第三条", "trial.3"),
    ("浙江省人民政府令第233号第五条", "order.5"),
    ("省政府令第233号第五条", "order.5"),
    ("233号令第五条", "order.5"),
    ("浙江省水上交通安全管理规定第三条之一", "order.3_1"),
    ("《浙江省水上交通安全管理规定》第三条", "order.3"),
    # --- IDs and labels
    ("runon.2.1.3 是什么", "runon.2.1.3"),
    ("请解释 law.12.3", "law.12.3"),
    ("runon.a1.3", "runon.a1.3"),
    ("hz-2018第7条", "hz-2018.7 hz-2018.7.2"),
    # --- no document named, and only one has such a place
    ("第十二条第二款第(三)项", "law.12.2.3 law.12.2.3.1 law.12.2.3.2"),
    ("宁波市第八条", "send-fu1.8 send-fu1.8.2"),
    # --- two documents
    ("《社区食堂法》第三条和《苏州市养犬管理条例》第七条分别是什么", "law.3 sz.7 sz.7.2"),
    # --- what is asked of a place is answered from it alone
    ("《社区食堂法》第五十五条规定的罚款是多少", "law.55"),
    ("依据社区食堂法第56条，罚款金额是多少", "law.56"),
    ("社区食堂法第四章里拒绝监督检查的罚多少", "law.56"),
    ("社区食堂法第五十五、五十六条的罚款分别是多少", "law.55 law.56"),
    ("根据杭政办发〔2021〕33号第六条，谁负责？", "runon.2.2.6"),
    ("33号文第6条新建托位多少个", "runon.2.2.6"),
]


@pytest.mark.parametrize(("question", "clauses"), _PLACES, ids=[row[0] for row in _PLACES])
def test_a_place_is_answered_by_its_clause(chain: Runnable[Question, Answer], question: str, clauses: str) -> None:
    answer = chain.invoke(Question(question))
    assert answer.status == "grounded", answer.answer
    wanted = clauses.split()
    if wanted[-1] == "...":
        assert _cited(answer)[: len(wanted) - 1] == wanted[:-1]
    else:
        assert _cited(answer) == wanted
    for citation in answer.citations:
        assert citation.cited_text in citation.clause.text


_FOLLOW_UPS = [
    (("《社区食堂法》第十二条讲什么",), "第五条呢", "law.5"),
    (("《社区食堂法》第十二条讲什么",), "第三款呢", "law.12.3"),
    (("《社区食堂法》第十二条讲什么", "第二款呢"), "第三款呢", "law.12.3"),
    (("《社区食堂法》第十二条讲什么",), "那第二款第(二)项呢", "law.12.2.2"),
    (("《社区食堂法》第五十四条讲什么",), "下一条呢", "law.55"),
    (("《社区食堂法》第五十六条讲什么",), "上一条是什么", "law.55"),
    (("《社区食堂法》第五十六条讲什么",), "该条的罚款是多少", "law.56"),
    (("《社区食堂法》第五十六条讲什么",), "罚款是多少?", "law.56"),
    (("《社区食堂法》第三条讲什么", "苏州市养犬管理条例第三条呢"), "第七条呢", "sz.7 sz.7.2"),
    (("社区食堂开办要备案吗",), "上述文件第五条", "law.5"),
    (("社区食堂开办要备案吗",), "该法第五十五条规定的罚款是多少", "law.55"),
    (("甬政发〔2019〕8号的停车收费标准是多少",), "上述文件第五条", "send-fu1.5"),
    (("杭政办发〔2021〕33号讲什么",), "该通知第三部分", _PART_3),
    (("杭政办发〔2021〕33号讲什么",), "附件1第三条", "runon.a1.3"),
    (("杭政办发〔2021〕33号附件1第三条",), "第五条呢", "runon.a1.5"),
    (("杭政办发〔2021〕33号第三部分讲什么",), "第(一)项呢", "runon.3.1"),
    (("杭政办发〔2021〕33号第二部分第(一)项讲什么",), "第2点呢", "runon.2.1.2"),
    (("杭政办发〔2021〕33号第二部分第(一)项讲什么",), "第三部分呢", _PART_3),
    (("杭政办发〔2021〕33号 三、(一)",), "(二)呢", "runon.3.2"),
]


@pytest.mark.parametrize(
    ("history", "question", "clauses"), _FOLLOW_UPS, ids=[f"{h[-1]}|{q}" for h, q, _ in _FOLLOW_UPS]
)
def test_a_follow_up_is_about_the_document_and_the_place_before(
    chain: Runnable[Question, Answer], history: tuple[str, ...], question: str, clauses: str
) -> None:
    answer = chain.invoke(Question(question, history))
    assert (answer.status, _cited(answer)) == ("grounded", clauses.split()), answer.answer


_COUNTS = [
    ((), "社区食堂法共有多少条", "共70条(第一条至第七十条)"),
    ((), "社区食堂法有几章", "共5章"),
    ((), "《社区食堂法》第四章有几条", "共11条(第五十条至第六十条)"),
    ((), "社区食堂法总则有几条", "共10条"),
    ((), "社区食堂法第十二条有几款", "共3款"),
    ((), "社区食堂法第十三条有几项", "共3项"),
    ((), "33号文共有多少条", "共12项"),
    ((), "33号文第二部分有几条", "共12项"),
    ((), "33号文有几个附件", "共2个附件"),
    ((), "33号文附件2有几项", "共6项"),
    ((), "苏政发〔2020〕12号分为几个部分", "共4部分"),
    ((), "《温州市电动自行车管理办法》共有多少条", "共8条"),
    ((), "甬政发〔2019〕8号有多少条", "共11条"),  # those of what the notice sends
    (("《社区食堂法》第四章有哪些条款",), "这一章有几条", "共11条"),
    (("《社区食堂法》第十二条讲什么",), "有几款?", "共3款"),
    (("《社区食堂法》第五十六条讲什么",), "共有几条?", "共70条"),
    (("开办社区食堂要备案吗",), "一共有多少条?", "共70条"),
]


@pytest.mark.parametrize(("history", "question", "said"), _COUNTS, ids=[row[1] for row in _COUNTS])
def test_clauses_are_counted(
    chain: Runnable[Question, Answer], history: tuple[str, ...], question: str, said: str
) -> None:
    answer = chain.invoke(Question(question, history))
    assert answer.status == "grounded"
    assert said in answer.answer
    assert answer.citations


# question, the reason, what the refusal says, what is shown as nearest
_REFUSED = [
    ("社区食堂法第九十九条", "no_match", "共70条", "law.70"),
    ("社区食堂法第十二条第四款", "no_match", "第十二条共3款", "law.12.3"),
    ("社区食堂法第二章第三条", "no_match", "第二章共14条", "law.11"),
    ("社区食堂法第九章讲什么", "no_match", "共5章", "law.c5"),
    ("33号文第13条", "no_match", "共12项", "runon.2.3.12"),
    ("33号文附件3", "no_match", "共2个附件", "runon.a2"),
    ("33号文第三章", "no_match", "没有第三章", None),
    ("33号文第二部分第(二)项第3点", "no_match", "编号5至8", "runon.2.2.5"),
    ("苏政发〔2020〕12号第五条", "no_match", "共4部分", "plain.4"),
    ("《宁波市公共停车场管理办法》第二十条", "no_match", "共11条", "send-fu1.11"),
    ("law.99", "no_match", "共70条", "law.70"),
    ("苏政发〔2020〕12号(二)", "ambiguous", "不止一处", "plain.1.2"),
    ("《养犬管理条例》第七条", "ambiguous", "《苏州市养犬管理条例》", "sz.7"),
    ("第五条呢", "ambiguous", "请写明是哪一份文件", None),
    ("劳动合同法第三条", "out_of_scope", "未收录《劳动合同法》", None),
    ("《海洋环境保护法》第三条", "out_of_scope", "未收录《海洋环境保护法》", None),
    ("《海洋环境保护法》共有多少条", "out_of_scope", "未收录《海洋环境保护法》", None),
    ("社区食堂法实施条例第三条", "out_of_scope", "未收录《社区食堂法实施条例》", None),
    ("苏州市养犬管理条例实施细则第三条", "out_of_scope", "未收录《苏州市养犬管理条例实施细则》", None),
    ("宁波市养犬管理条例第三条", "out_of_scope", "未收录《宁波市养犬管理条例》", None),
    ("宁波市《养犬管理条例》第三条", "out_of_scope", "未收录宁波市的《养犬管理条例》", None),
    ("《杭州市养犬管理条例(2012年修订)》第七条", "out_of_scope", "2012年修订", None),
    ("2018年的社区食堂法第十二条", "out_of_scope", "不是2018年的", None),
    ("无锡市关于加强困难群众临时救助工作的通知第三条", "out_of_scope", "未收录", None),
    ("浙江省人民政府令第999号第三条", "out_of_scope", "令第999号", None),
    ("《青海省水上交通安全管理规定》第三条", "out_of_scope", "未收录", None),
    ("《浙江省水上交通安全管理规定实施细则》第三条", "out_of_scope", "未收录", None),
    ("杭政办发〔2021〕34号第三条", "out_of_scope", "未收录杭政办发〔2021〕34号", None),
    ("停车场办法第三条", "out_of_scope", "《宁波市公共停车场管理办法》", "send-fu1.3"),
    ("社区食堂法第三条规定的罚款是多少", "unsupported", "罚款", "law.3"),
    ("社区食堂法第五十五条奖励多少元", "unsupported", "奖励", "law.55"),
    ("社区食堂法第五十五条罚三万元对吗", "unsupported", "三万元", "law.55"),
    ("为什么社区食堂法第五十五条取消了备案", "unsupported", "取消", "law.55"),
]


@pytest.mark.parametrize(("question", "reason", "said", "nearest"), _REFUSED, ids=[row[0] for row in _REFUSED])
def test_a_place_or_document_that_is_not_there_is_refused_by_name(
    chain: Runnable[Question, Answer], question: str, reason: str, said: str, nearest: str | None
) -> None:
    answer = chain.invoke(Question(question))
    assert (answer.status, answer.reason, answer.citations) == ("refused", reason, ()), answer.answer
    assert said in answer.answer
    if nearest:
        assert nearest in [citation.clause.clause_id for citation in answer.nearest]


def test_a_range_that_goes_beyond_the_end_says_so(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("社区食堂法第六十八条至第七十二条"))
    assert (answer.status, _cited(answer)) == ("partial", ["law.68", "law.69", "law.70"])
    assert "共70条" in answer.answer


def test_one_of_two_places_that_is_not_there_is_said_beside_the_other(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("社区食堂法第三条和第九十九条"))
    assert (answer.status, _cited(answer)) == ("partial", ["law.3"])
    assert "没有第99条" in answer.answer
    answer = chain.invoke(Question("社区食堂法第三条和海洋环境保护法第五条"))
    assert (answer.status, _cited(answer)) == ("partial", ["law.3"])
    assert answer.answer.count("未收录《海洋环境保护法》") == 1


def test_the_version_taken_is_said(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("《杭州市养犬管理条例》第七条"))
    assert _cited(answer)[0] == "hz-2018.7"
    assert "现行有效" in answer.answer
    assert "2010" in answer.answer


def test_a_number_read_loosely_is_said_and_its_other_readings_are_near(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("33号文第3条"))
    assert "按编号读作二、(一)3" in answer.answer
    assert [citation.clause.clause_id for citation in answer.nearest][:1] == ["runon.3"]


def test_words_that_only_look_like_places_change_nothing(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("按照第二条的要求,停车场收费标准是多少"))
    assert _cited(answer) == ["send-fu1.8"]
    for text in (
        "第三方评估",
        "第一时间上报",
        "第二条例外",
        "满足什么条件",
        "二、三级医院",
        "第三产业",
        "第一目标是什么",
    ):
        assert read_places(text) == []


def test_labels_and_ids_in_any_form_name_one_clause(planted: tuple[ClauseIndex, Settings]) -> None:
    index, _ = planted
    for _, clauses in index.corpus():
        for clause in clauses:
            assert index.find(clause.clause_id) == clause
            if clause.path_text:
                for name in (
                    clause.label,
                    clause.label.replace(" ", ""),
                    clause.label.replace("(", "（").replace(")", "）"),
                ):
                    assert index.find(name) == clause, name


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("杭政办发[2021]33号 二、（一）３", "runon.2.1.3"),
        ("杭政办发〔2021〕33号第2部分第(1)项第三点", "runon.2.1.3"),
        ("《社区食堂法》第 12 条第2款第（三）项", "law.12.2.3"),
        ("社区食堂法 第十二条第二款第（三）项", "law.12.2.3"),
        ("中华人民共和国社区食堂法第七十条", "law.70"),
        ("甬政发〔2019〕8号 第八条", "send-fu1.8"),
        ("社区食堂法第九十九条", None),
        ("社区食堂法第三条和第七条", None),
        ("《养犬管理条例》第七条", None),
        ("劳动法第三条", None),
        ("第三条", None),
        ("law.99", None),
        ("", None),
    ],
)
def test_show_takes_a_label_as_people_write_it(
    planted: tuple[ClauseIndex, Settings], name: str, clause: str | None
) -> None:
    found = planted[0].find(name)
    assert getattr(found, "clause_id", None) == clause


def test_a_whole_document_is_found_by_any_of_its_names(planted: tuple[ClauseIndex, Settings]) -> None:
    index, _ = planted
    for name in ("law", "社区食堂法", "《中华人民共和国社区食堂法》"):
        assert index.find(name) == index.document("law")
    assert index.find("杭政办发【2021】33 号") == index.document("runon")


def test_a_long_place_is_told_by_its_beginnings_and_says_so(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("社区食堂法第三章的全文"))
    assert answer.status == "grounded"
    assert len(answer.answer) < 4000
    everything = chain.invoke(Question("社区食堂法第一条到第七十条"))
    assert everything.citations[0].clause.clause_id == "law.1"
    assert "原文较长" in everything.answer
