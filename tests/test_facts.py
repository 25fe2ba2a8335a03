"""What a document says of itself: since when and until when it holds, who explains it, whom it is for, what it repeals."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.runnables import Runnable

from index.build import build_index
from index.settings import Settings
from rag.chain import build_chain
from rag.types import Answer, Question

_DOCUMENTS = {
    "regulation": """青川市公共浴池管理条例

（2021年3月25日青川市第九届人民代表大会常务委员会第五次会议通过）

第一条　为了加强公共浴池管理，保障公众健康，制定本条例。

第二条　本市行政区域内公共浴池的经营和监督管理，适用本条例。

宾馆客房内的浴室不适用本条例。

第三条　市商务主管部门负责公共浴池的监督管理。

第四条　公共浴池卫生许可证有效期为四年。

第五条　本条例自2021年6月1日起施行。自2009年5月1日起施行的《青川市浴池管理暂行办法》同时废止。
""",
    "notice": """白河县民政局关于印发《白河县临时救助实施细则》的通知

白民规〔2022〕6号

各乡镇人民政府：

现将《白河县临时救助实施细则》印发给你们，请遵照执行。

白河县民政局
2022年4月8日

白河县临时救助实施细则

第一条　为规范临时救助工作，制定本细则。

第二条　临时救助标准为每人每次不超过三千元。

第三条　本细则由县民政局负责解释。

第四条　本细则自2022年5月1日起施行，有效期5年。《白河县临时救助办法》（白民发〔2015〕21号）同时废止。
""",
    "old": """白河县民政局关于印发白河县临时救助办法的通知

白民发〔2015〕21号

各乡镇人民政府：

一、临时救助标准为每人每次不超过一千元。

二、本办法自2015年3月1日起执行。

白河县民政局
2015年2月10日
""",
}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Runnable[Question, Answer]:
    folder = tmp_path_factory.mktemp("facts")
    for name, text in _DOCUMENTS.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    index, _ = build_index(own, [folder / f"{name}.txt" for name in _DOCUMENTS])
    return build_chain(index, own)


def _paths(answer: Answer) -> list[str]:
    return [citation.clause.path for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "paths", "said"),
    [
        ("青川市公共浴池管理条例什么时候开始实施？", ["5"], "自2021年6月1日起施行"),
        ("《青川市公共浴池管理条例》从哪天起执行", ["5"], "自2021年6月1日起施行"),
        ("浴池管理条例哪天生效", ["5"], "按《青川市公共浴池管理条例》作答"),
        ("青川市公共浴池管理条例的适用范围是什么", ["2", "2.2"], "不适用本条例"),
        ("青川市公共浴池管理条例是什么时候通过的", ["1"], "2021年3月25日"),
        ("青川市公共浴池管理条例还有效吗", ["5"], "收录文件中未见废止"),
        ("青川市公共浴池管理条例废止了哪个文件", ["5"], "《青川市浴池管理暂行办法》"),
        ("青川市浴池管理暂行办法现在还有效吗", ["5"], "《青川市浴池管理暂行办法》"),
        ("白民规〔2022〕6号什么时候到期？", ["4"], "有效期至2027年4月30日"),
        ("白河县临时救助实施细则归谁解释", ["3"], "由县民政局负责解释"),
        ("白河县临时救助实施细则的文号是多少", ["1"], "白民规〔2022〕6号"),
        ("白河县临时救助实施细则是哪天印发的", ["1"], "2022年4月8日"),
        ("白河县临时救助实施细则是谁发的", ["1"], "发文机关是白河县民政局"),
        ("白民发〔2015〕21号还管用吗", ["4"], "废止"),
        ("青川那个管浴池的条例从哪天起施行", ["5"], "自2021年6月1日起施行"),
        ("白河县临时救助细则，能管到什么时候为止", ["4"], "有效期至2027年4月30日"),
        ("白民规〔2022〕6号的条文拿不准，归哪个部门解释", ["3"], "由县民政局负责解释"),
    ],
)
def test_what_a_document_says_of_itself_is_told(
    chain: Runnable[Question, Answer], question: str, paths: list[str], said: str
) -> None:
    answer = chain.invoke(Question(question))
    assert answer.status != "refused", answer.answer
    assert (_paths(answer), said in answer.answer) == (paths, True), answer.answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("青川市公共浴池管理条例由谁解释", "没有写明由谁解释"),
        ("青川市公共浴池管理条例有效期几年", "没有写明有效期"),
        ("青川市公共浴池管理条例的文号是什么", "没有写明文号"),
    ],
)
def test_what_a_document_does_not_say_of_itself_is_refused(
    chain: Runnable[Question, Answer], question: str, said: str
) -> None:
    answer = chain.invoke(Question(question))
    assert (answer.status, answer.citations) == ("refused", ()) and said in answer.answer
    assert answer.nearest


def test_a_follow_up_asks_of_the_document_before(chain: Runnable[Question, Answer]) -> None:
    answer = chain.invoke(Question("那它什么时候施行？", ("青川市公共浴池归哪个部门监督管理？",)))
    assert _paths(answer) == ["5"], answer.answer


@pytest.mark.parametrize(
    ("question", "path"),
    [("青川市公共浴池卫生许可证有效期几年", "4"), ("白河县2022年临时救助标准是多少", "2")],
)
def test_what_is_asked_of_a_thing_is_not_taken_for_a_fact_of_the_document(
    chain: Runnable[Question, Answer], question: str, path: str
) -> None:
    assert _paths(chain.invoke(Question(question))) == [path]


@pytest.mark.parametrize("question", ["什么时候施行？", "几号文？", "请问由谁解释"])
def test_a_question_that_does_not_say_of_which_document_is_asked_back(
    chain: Runnable[Question, Answer], question: str
) -> None:
    answer = chain.invoke(Question(question))
    assert (answer.status, answer.reason) == ("refused", "ambiguous") and "哪一份文件" in answer.answer


_DECISION = """白河县人民政府关于废止和宣布失效一批行政规范性文件的决定

白政规〔2023〕1号

县政府决定，对下列文件予以废止或者宣布失效：

一、予以废止的文件

1.白河县殡葬管理办法（白政发〔2006〕9号）

2.白河县集贸市场收费办法（白政发〔2008〕3号）

二、宣布失效的文件

1.白河县家电下乡补贴细则（白政发〔2009〕12号）

白河县人民政府
2023年3月1日
"""


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("《白河县殡葬管理办法》还有效吗？", ["1", "1.1"]),
        ("白政发〔2009〕12号失效了没有", ["2", "2.1"]),
        ("白河县2008年的集贸市场收费办法还管用吗", ["1", "1.2"]),
    ],
)
def test_what_became_of_a_document_that_is_not_held_is_told_from_the_list_of_another(
    tmp_path: Path, settings: Settings, question: str, paths: list[str]
) -> None:
    (tmp_path / "decision.txt").write_text(_DECISION, "utf-8")
    own = settings.model_copy(update={"index_dir": tmp_path / "index", "llm_base_url": None, "llm_model": None})
    index, _ = build_index(own, [tmp_path / "decision.txt"])
    assert _paths(build_chain(index, own).invoke(Question(question))) == paths
