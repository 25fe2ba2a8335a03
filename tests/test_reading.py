"""What is read out of a clause without a model: asked of invented documents, clause by clause, nothing refused."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from rag.answer.compose import Composer
from rag.answer.turn import Part, Turn
from rag.chain import build_chain
from rag.extraction.read_direction import only_direction
from rag.extraction.read_table import as_table
from rag.page.ask.text import _body
from rag.question.understand import understand
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranked, Ranker, Weights
from rag.retrieval.search import search
from rag.types import Answer, Question, Statement
from tests.reading_documents import CASES, Case, plant

_MARKS = re.compile(r"〔\d+〕")


class Reader:
    """Answers a question from some clauses of a document, whatever a refusal would say."""

    def __init__(self, index: ClauseIndex, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self.ranker = Ranker(index, Weights.load())
        self.composer = Composer(index, self.ranker, None)
        self.documents = {doc.source.rsplit("/", 1)[-1].split(".")[0]: doc for doc in index.documents}

    def ranked(self, case: Case) -> Ranked:
        query = understand(Question(case.question), self.index)
        doc = self.documents[case.doc]
        clauses = next(clauses for held, clauses in self.index.corpus() if held.doc_id == doc.doc_id)
        below = [clause for clause in clauses if f"{clause.path}.".startswith(f"{case.within}.".lstrip("."))]
        within = frozenset(clause.clause_id for clause in below)
        query = query.narrowed(replace(query.named, documents=(doc,), within=within, compared=False))
        return self.ranker.rank(Asked.of(query, self.index), search(self.index, query, 8))

    def answer(self, case: Case) -> Answer:
        ranked = self.ranked(case)
        query = ranked.asked.query
        *_, answer = self.composer.compose(
            Turn(query.question, time.perf_counter(), query, (Part(query, ranked, None),))
        )
        return answer


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Reader:
    folder = tmp_path_factory.mktemp("reading")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    index, _ = build_index(own, [plant(folder / "seeds")])
    return Reader(index, own)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text.translate(str.maketrans("，：；（）", ",:;()")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.doc} {case.within} {case.question}")
def test_what_is_asked_is_read_out_of_its_clause(reader: Reader, case: Case) -> None:
    answer = reader.answer(case)
    said = _plain(_MARKS.sub("", answer.answer))
    assert all(_plain(held) in said for held in case.holds), said
    assert not any(_plain(lacked) in said for lacked in case.lacks), said
    assert said.startswith(case.starts), said
    if case.cited:
        paths = [citation.clause.path for citation in answer.citations]
        assert paths == case.cited.split(), paths


# A question of whether, and a clause that does not decide it plainly: only the quote is given.
_UNDECIDED = [
    ("care", "12", "可以不交设施使用押金吗？"),
    ("care", "7", "企业可以接受外国政府的捐赠吗？"),
    ("care", "6", "设施要不要对外开放？"),
    ("parks", "2.7", "外地企业可以认养树木吗？"),
    ("parks", "2.7", "个人可以认养5棵树木吗？"),
    ("care", "9", "转租设施的可以从轻处罚吗？"),
    ("meals", "1.3", "结余的伙食费不能发教职工福利吗？"),
]


@pytest.mark.parametrize(("doc", "within", "question"), _UNDECIDED)
def test_no_yes_or_no_is_guessed(reader: Reader, doc: str, within: str, question: str) -> None:
    said = reader.answer(Case(doc, within, question)).answer
    assert not re.match(r"不?可以|应当|不需要", said), said


def test_a_figure_of_several_subjects_is_given_to_none_that_is_not_named(reader: Reader) -> None:
    for question in ("公园每天开放多少小时？", "综合公园和社区公园各开放多少小时？", "除社区公园外开放多少小时？"):
        assert reader.answer(Case("parks", "2.1", question)).answer.startswith("综合公园每日开放不少于16小时、社区公园")


def test_a_comparison_is_a_table_with_a_statement_a_side(reader: Reader) -> None:
    answer = build_chain(reader.index, reader.settings).invoke(
        Question("铜陵2019年和2021年的大雪停止后多少小时内清扫完毕？")
    )
    assert [s.text.split(": ")[0] for s in answer.statements] == ["铜陵市2019年", "铜陵市2021年"]
    head, rule, *rows = answer.answer.split("\n")
    assert head.count("|") == rule.count("|") == 3
    assert [row.split(" | ")[0] for row in rows] == ["| 铜陵市2019年", "| 铜陵市2021年"]
    assert "12小时" in rows[0]
    assert "10小时" in rows[1]
    assert [row[-5:] for row in rows] == ["〔1〕 |", "〔2〕 |"]


def test_a_table_is_shown_by_the_page_as_a_table(reader: Reader) -> None:
    answer = build_chain(reader.index, reader.settings).invoke(
        Question("铜陵2019年和2021年的大雪停止后多少小时内清扫完毕？")
    )
    shown = _body(answer, 1)
    assert "\n| 比较对象 | 条款写的是 |\n| --- | --- |\n| 铜陵市2019年 |" in shown
    assert "\\|" not in shown


def test_cells_hold_no_bars_and_no_line_breaks() -> None:
    statements = (Statement("甲: 一|二\n三", (1,)), Statement("乙: 四", (2, 3)))
    assert as_table(statements, ["甲", "乙"]).split("\n")[2:] == [
        "| 甲 | 一｜二 三〔1〕 |",
        "| 乙 | 四〔2〕〔3〕 |",
    ]
    assert as_table(statements[:1], ["甲", "乙"]) == ""
    assert as_table((*statements, Statement("丙: 五", (4,))), ["甲", "乙"]) == ""


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "家庭经济困难学生的补助标准提高到每天多少元？",
            "文件只提出方向, 没有写明数额: “家庭经济困难学生的补助标准相应提高”。",
        ),
        ("绿地养护经费标准提高到多少元？", "文件只提出方向, 没有写明数额: “逐步提高绿地养护经费标准”。"),
        ("公园商铺的租金是多少元？", ""),
        ("家庭经济困难学生总共补助多少元？", ""),
    ],
)
def test_a_direction_is_told_as_one_where_a_figure_is_asked_for(reader: Reader, question: str, said: str) -> None:
    case = Case("meals", "1.1", question) if "学生" in question else Case("parks", "3.2", question)
    assert only_direction(reader.ranked(case)) == said
