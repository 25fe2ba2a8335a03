"""Other systems beside ours: planted spans scored by hand, and each library really asked about two invented documents."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.baseline import compare, systems
from eval.baselines import haystack_peer, langchain_peer, llama_peer, own
from eval.baselines.chunk import Chunk, Retrieve, locate, located, spoken
from eval.baselines.package import load, titled
from eval.baselines.plot import draw
from eval.baselines.score import Shown, refusals, score, summary
from eval.baselines.table import markdown, table
from eval.golden import Golden
from index.build import build_index
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.explanation.show import columns
from rag.types import Question

_DOC = Document("jinan-2020-5", "通知", "甲" * 100 + "乙" * 50 + "丙" * 50, "s", "0", adcode="370100", year=2020)
_OTHER = replace(_DOC, doc_id="qingdao-2021-1", adcode="370200", year=2021)


def _clause(path: str, start: int, end: int, doc: Document = _DOC) -> Clause:
    return Clause(doc, path, path, (), ((start, end),), True)


_CLAUSES = {c.clause_id: c for c in (_clause("1", 0, 100), _clause("2", 100, 150), _clause("3", 150, 200))}


def _golden(*gold: str, also: tuple[str, ...] = (), kind: str = "amount", text: str = "每户补贴多少?") -> Golden:
    names = tuple(f"jinan-2020-5.{path}" for path in gold)
    return Golden("q", text, kind, names, (), also=tuple(f"jinan-2020-5.{path}" for path in also))


def _shown(golden: Golden, *spans: tuple[int, int], doc: Document = _DOC) -> Shown:
    return score(golden, [Chunk(doc, (span,), rank) for rank, span in enumerate(spans)], _CLAUSES)


@pytest.mark.parametrize(
    ("gold", "also", "spans", "recall", "characters", "precision", "drag"),
    [
        (("1",), (), [(0, 100)], 1, 1, 1, 1),
        (("1",), (), [(0, 200)], 1, 1, 0.5, 2),
        (("1",), (), [(0, 90)], 1, 0.9, 1, 0.9),
        (("1",), (), [(0, 89)], 0, 0.89, 1, 0.89),
        (("1",), (), [(0, 60), (40, 100)], 0, 1, 100 / 120, 1.2),
        (("1",), (), [(150, 200)], 0, 0, 0, 0.5),
        (("1",), (), [], 0, 0, 0, 0),
        (("1", "2"), (), [(100, 200)], 0.5, 1 / 3, 0.5, 100 / 150),
        (("2",), ("3",), [(150, 200)], 1, 1, 1, 1),
        (("2", "1"), ("3",), [(150, 200)], 0, 0, 1, 1 / 3),
    ],
)
def test_what_the_gold_clauses_get_of_planted_spans(
    gold: tuple[str, ...],
    also: tuple[str, ...],
    spans: list[tuple[int, int]],
    recall: float,
    characters: float,
    precision: float,
    drag: float,
) -> None:
    shown = _shown(_golden(*gold, also=also), *spans)
    found = (shown.recall, shown.characters, shown.precision, shown.drag)
    assert found == pytest.approx((recall, characters, precision, drag))
    assert shown.evidence is None


def test_the_same_characters_of_another_document_are_not_the_clause() -> None:
    assert _shown(_golden("1"), (0, 100), doc=_OTHER).recall == 0


def test_wrong_places_and_years_are_a_share_of_what_is_shown_where_the_question_names_one() -> None:
    named = _golden("1", text="济南市2020年每户补贴多少?")
    chunks = [Chunk(_DOC, ((0, 9),)), Chunk(_OTHER, ((0, 9),)), Chunk(_OTHER, ((9, 18),)), Chunk(_DOC, ((9, 18),))]
    shown = score(named, chunks, _CLAUSES)
    assert (shown.wrong_region, shown.wrong_year) == (0.5, 0.5)
    unnamed = score(_golden("1"), chunks, _CLAUSES)
    assert (unnamed.wrong_region, unnamed.wrong_year) == (None, None)


@pytest.mark.parametrize(
    ("kind", "region", "year"), [("wrong_place", 1, None), ("wrong_year", None, 1), ("absent_topic", None, None)]
)
def test_whatever_is_shown_for_what_is_not_held_is_wrong(kind: str, region: float | None, year: float | None) -> None:
    shown = _shown(_golden(kind=kind), (0, 100))
    assert (shown.wrong_region, shown.wrong_year, shown.evidence, shown.recall) == (region, year, 1, None)
    nothing = _shown(_golden(kind=kind))
    assert nothing.evidence == 0
    assert not nothing.wrong_region and not nothing.wrong_year


def test_the_summary_is_over_the_questions_a_measure_is_of() -> None:
    shown = [_shown(_golden("1"), (0, 100)), _shown(_golden("1")), _shown(_golden(kind="absent_topic"), (0, 9))]
    means = summary(shown)
    assert (means["clause_recall"][0], means["clause_recall"][3]) == (0.5, 2)
    assert (means["unanswerable_shown"][0], means["unanswerable_shown"][3]) == (1, 1)
    assert "wrong_region" not in means
    assert summary(shown) == means, "the bootstrap is the same each time"
    low, high = means["clause_recall"][1:3]
    assert low <= 0.5 <= high


def test_a_bar_on_the_score_refuses_what_lies_below_all_but_the_allowed_share() -> None:
    answerable, absent = _golden("1"), _golden(kind="absent_topic")

    def found(score: float | None) -> list[Chunk]:
        return [Chunk(_DOC, ((0, 9),), 0, score)]

    questions = [answerable] * 4 + [absent] * 4
    shown = [found(s) for s in (0.2, 0.5, 0.6, 0.7, 0.1, 0.2, 0.4, 0.9)]
    assert refusals(questions, shown, allowed=0) == 0.25
    assert refusals(questions, shown, allowed=0.25) == 0.75
    assert refusals(questions, [*shown[:6], [], []], allowed=0) == 0.75, "nothing found is below every bar"
    assert refusals(questions, [found(None)] * 8) is None


def test_a_chunk_is_found_where_it_was_cut_from() -> None:
    doc = replace(_DOC, text="一、略。\n二、略。\n一、略。\n")
    assert located(doc, ["一、略。", "二、略。", "一、略。"]) == [(0, 4), (5, 9), (10, 14)]
    assert located(doc, ["一、略。"], 1) == [(10, 14)]
    for text in ("三、略。", ""):
        with pytest.raises(UserError, match="requirements-eval"):
            locate(text, doc.text)


def test_a_question_is_asked_of_a_library_with_the_turns_before_it() -> None:
    assert spoken(Question("那青岛呢?", ("济南补贴多少?", "谁负责?"))) == "济南补贴多少?\n谁负责?\n那青岛呢?"


def test_a_missing_package_is_one_line_with_its_remedy() -> None:
    with pytest.raises(UserError, match="缺少对照库 nothing-here: 请运行 pip install -r requirements-eval.txt"):
        load("nothing_here", "nothing-here")
    assert titled("nothing-here") == "nothing-here"
    assert re.fullmatch(r"pytest \d+[\d.]*", titled("pytest"))


@pytest.mark.parametrize("package", [langchain_peer.PACKAGE, llama_peer.PACKAGE, haystack_peer.PACKAGE])
def test_each_package_is_pinned(package: str) -> None:
    pins = (Path(__file__).parent.parent / "requirements-eval.txt").read_text("utf-8")
    assert re.search(rf"(?m)^{re.escape(package)}==\d+(\.\d+)+$", pins)


# --- two invented documents, each with a clause on bees and one on boats

_FILLER = [
    "推进农村公路养护市场化改革,县道、乡道列养率达到百分之百,建立以县为主的养护资金投入机制,每年安排专项资金用于桥梁安全检测和危桥改造。",
    "完善社区养老服务设施,新建住宅小区按照标准配套建设养老服务用房,老旧小区通过购置、置换、租赁等方式补足,做到同步规划、同步验收。",
    "加强农贸市场食品安全快速检测,检测结果当日公示,对不合格产品立即下架并追溯来源,由市场监督管理部门会同农业农村部门组织实施。",
    "开展城市内涝积水点整治,汛期前完成雨水管网清淤,低洼路段设置警示标志和移动泵站,落实二十四小时值守制度并及时发布预警信息。",
    "支持职业院校与企业共建实训基地,企业接收学生实习的按照人数给予奖励,奖励资金由教育部门审核、财政部门拨付,接受审计监督。",
]
_BEES = (
    "发展养蜂产业。对新建标准化养蜂场的,按每箱{}元给予一次性补贴,由市畜牧局负责,申请材料报县级畜牧部门审核后公示七日。"
)
_BOATS = "规范渔船管理。渔船每两年检验一次,检验费用由财政承担{}%,由市海洋渔业局负责,逾期未检验的渔船不得出海作业。"


def _document(city: str, year: int, amount: int, percent: int) -> str:
    items = [*_FILLER[:3], _BEES.format(amount), *_FILLER[3:], _BOATS.format(percent)]
    sections = ["一、总体要求", *(f"({'一二三四五六七'[i]}){text}" for i, text in enumerate(items))]
    pairs = [first[30:] + second[:30] for first, second in zip(_FILLER, _FILLER[1:] + _FILLER[:1], strict=True)] * 2
    more = ["二、保障措施", *(f"({'一二三四五六七八九十'[i]}){text}" for i, text in enumerate(pairs))]
    head = f"{city}人民政府关于印发{year}年农业农村重点工作安排的通知\n{city[0]}政发〔{year}〕7号"
    return "\n".join(
        [head, "各县(市、区)人民政府,市政府各部门:", *sections, *more, f"{city}人民政府", f"{year}年3月1日"]
    )


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    folder = tmp_path_factory.mktemp("baseline")
    seeds = folder / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text(_document("济南市", 2020, 60, 80), "utf-8")
    (seeds / "b.txt").write_text(_document("青岛市", 2021, 90, 40), "utf-8")
    own_settings = settings.model_copy(update={"index_dir": folder / "index", "seeds_dir": seeds})
    build_index(own_settings)
    return own_settings


@pytest.fixture(scope="module")
def planted(own_settings: Settings) -> ClauseIndex:
    return ClauseIndex.open(own_settings)


@pytest.fixture(scope="module")
def clauses(planted: ClauseIndex) -> dict[str, Clause]:
    return {clause.clause_id: clause for _, held in planted.corpus() for clause in held}


def _bees(clauses: dict[str, Clause], year: int) -> Clause:
    (found,) = (c for c in clauses.values() if "养蜂产业" in c.text and c.doc.year == year)
    return found


_SPLIT: dict[str, tuple[str, Callable[..., list[Chunk]], int]] = {
    "langchain": (langchain_peer.PACKAGE, lambda docs: langchain_peer.split(docs, langchain_peer.DEFAULT), 1000),
    "chinese": (langchain_peer.PACKAGE, lambda docs: langchain_peer.split(docs, langchain_peer.CHINESE), 250),
    "llama": (llama_peer.PACKAGE, llama_peer.split, 1024),
    "haystack": (haystack_peer.PACKAGE, haystack_peer.split, 100),
}
_MODULES = {
    langchain_peer.PACKAGE: "langchain_text_splitters",
    llama_peer.PACKAGE: "llama_index.core",
    haystack_peer.PACKAGE: "haystack",
}


def _need(package: str) -> None:
    pytest.importorskip(_MODULES[package], reason=f"pip install -r requirements-eval.txt ({package})")


@pytest.mark.parametrize("name", _SPLIT)
def test_a_library_cuts_the_same_text_that_our_clauses_are_of(name: str, planted: ClauseIndex) -> None:
    package, split, longest = _SPLIT[name]
    _need(package)
    chunks = split(planted.documents)
    for doc in planted.documents:
        seen = {at for chunk in chunks if chunk.doc is doc for start, end in chunk.spans for at in range(start, end)}
        assert {at for at, char in enumerate(doc.text) if char.strip()} <= seen, "no character of the text is lost"
        assert sum(chunk.doc is doc for chunk in chunks) > 1
    assert max(len(chunk.text) for chunk in chunks) <= longest


def test_the_chinese_separators_end_chunks_at_a_sentence(planted: ClauseIndex) -> None:
    _need(langchain_peer.PACKAGE)
    chunks = langchain_peer.split(planted.documents, replace(langchain_peer.CHINESE, size=60, overlap=0))
    ends = [chunk.text[-1] for chunk in chunks]
    assert (
        sum(end in "。,;:" or chunk.text[-4:].isdigit() for end, chunk in zip(ends, chunks, strict=True))
        > len(ends) / 2
    )


_OPEN: dict[str, tuple[str, Callable[[ClauseIndex], Retrieve]]] = {
    "langchain": (langchain_peer.PACKAGE, lambda i: langchain_peer.open_langchain(i.documents, i.encoder, 3)),
    "llama": (llama_peer.PACKAGE, lambda i: llama_peer.open_llama(i.documents, i.encoder, 3)),
    "haystack": (haystack_peer.PACKAGE, lambda i: haystack_peer.open_haystack(i.documents, i.encoder, 3)),
}


@pytest.mark.parametrize("name", _OPEN)
def test_a_library_finds_the_planted_clause_and_answers_for_a_place_that_is_not_held(
    name: str, planted: ClauseIndex, clauses: dict[str, Clause]
) -> None:
    package, open_peer = _OPEN[name]
    _need(package)
    retrieve = open_peer(planted)
    chunks = retrieve(Question("新建标准化养蜂场每箱补贴多少元,由畜牧局负责吗?"))
    assert {chunk.rank for chunk in chunks} == {0, 1, 2}
    assert chunks[0].score is not None and chunks[0].score >= (chunks[-1].score or 0)
    found = max(score(_bees_golden(clauses, year), chunks, clauses).recall or 0 for year in (2020, 2021))
    assert found == 1
    assert retrieve(Question("沈阳2019年养蜂场每箱补贴多少?"))


def _bees_golden(clauses: dict[str, Clause], year: int) -> Golden:
    return Golden("q", "养蜂场每箱补贴多少?", "amount", (_bees(clauses, year).clause_id,), ())


def test_the_sources_are_those_that_the_citation_engine_gives_its_model(planted: ClauseIndex) -> None:
    _need(llama_peer.PACKAGE)
    from llama_index.core import QueryBundle

    asked = "渔船每几年检验一次?"
    engine = llama_peer.open_engine(llama_peer.split(planted.documents), planted.encoder, 2)
    answer = engine.query(QueryBundle(asked, embedding=planted.encoder.embed_query(asked)))
    given = [re.sub(r"\ASource \d+:\n|\n\Z", "", node.node.get_content()) for node in answer.source_nodes]
    ours = llama_peer.open_llama(planted.documents, planted.encoder, 2)(Question(asked))
    assert [chunk.text for chunk in ours] == given
    assert len(given) > 2, "a node is more than one source"


def test_one_view_alone_finds_the_clause_and_knows_no_place(planted: ClauseIndex, clauses: dict[str, Clause]) -> None:
    for retrieve in (own.open_words(planted, 2), own.open_vectors(planted, 2)):
        chunks = retrieve(Question("新建标准化养蜂场每箱补贴多少元?"))
        assert {chunk.text for chunk in chunks} == {_bees(clauses, year).text for year in (2020, 2021)}
        assert [chunk.rank for chunk in chunks] == [0, 1]
        assert (chunks[0].score or 0) >= (chunks[1].score or 0) > 0


def test_ours_stays_in_the_place_and_year_and_shows_nothing_for_another(
    planted: ClauseIndex, own_settings: Settings, clauses: dict[str, Clause]
) -> None:
    search, cited = own.open_search(planted, own_settings, 4), own.open_citations(planted, own_settings)
    question = Question("青岛市2021年新建标准化养蜂场每箱补贴多少元?")
    assert search(question)[0].text == cited(question)[0].text == _bees(clauses, 2021).text
    assert {chunk.doc.year for chunk in search(question)} == {2021}
    assert len(search(question)) == 4
    other = Question("沈阳市2019年新建标准化养蜂场每箱补贴多少元?")
    assert (search(other), cited(other)) == ([], [])
    both = search(Question("济南市2020年和青岛市2021年新建标准化养蜂场每箱各补贴多少元?"))
    assert {chunk.text for chunk in both[:2]} == {_bees(clauses, year).text for year in (2020, 2021)}


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory, clauses: dict[str, Clause]) -> Path:
    path = tmp_path_factory.mktemp("golden") / "tiny.jsonl"
    rows = [
        {"id": "1", "question": "济南市2020年养蜂场每箱补贴多少元?", "kind": "amount",
         "gold": [_bees(clauses, 2020).clause_id], "answer": ["60元"]},
        {"id": "2", "question": "青岛市2021年养蜂场每箱补贴多少元?", "kind": "amount",
         "gold": [_bees(clauses, 2021).clause_id], "answer": ["90元"]},
        {"id": "3", "question": "沈阳市2019年养蜂场每箱补贴多少元?", "kind": "wrong_place", "gold": [], "answer": []},
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def report(own_settings: Settings, questions: Path) -> dict[str, Any]:
    for package in _MODULES:
        _need(package)
    return compare(own_settings, str(questions))


def test_all_systems_are_asked_the_same(report: dict[str, Any]) -> None:
    by_name = {system["name"]: system for system in report["systems"]}
    assert len(by_name) == 8
    assert by_name["citations"]["at_1"]["clause_recall"][0] == 1
    assert by_name["citations"]["at_4"]["unanswerable_shown"][0] == 0
    for name in ("langchain", "langchain-chinese", "llama-citation", "haystack"):
        measured = by_name[name]["at_4"]
        assert measured["unanswerable_shown"][0] == 1
        assert measured["wrong_region"][0] > 0, "two cities in two documents: four results are of both"
        assert measured["clause_recall"][0] >= by_name[name]["at_1"]["clause_recall"][0]
        assert measured["drag"][0] > by_name["citations"]["at_4"]["drag"][0] == pytest.approx(1, abs=0.01)


def test_a_report_is_a_table_in_columns_and_one_for_the_readme(report: dict[str, Any]) -> None:
    lines = table(report).splitlines()
    rows = [line for line in lines if line.startswith("  ")]
    assert len(rows) == 2 * 9
    assert len({columns(row) for row in rows[:9]}) == 1, "the columns stand under one another"
    cells = [line.count("|") for line in markdown(report).splitlines()]
    assert len(cells) == 10
    assert len(set(cells)) == 1


def test_the_bars_are_as_long_as_what_they_show(report: dict[str, Any]) -> None:
    root = ElementTree.fromstring(draw(report))
    space = "{http://www.w3.org/2000/svg}"
    bars = {
        key: [float(r.get("width", 0)) for r in root.iter(f"{space}rect") if r.get("class") == key]
        for key in ("first", "drag")
    }
    bars = {
        key: [width for width in widths if width != 10] for key, widths in bars.items()
    }  # 10: the key beside its name
    recalls = [system["at_1"]["clause_recall"][0] for system in report["systems"]]
    assert bars["first"] == pytest.approx([320 * recall for recall in recalls])
    drags = [min(system["at_4"]["drag"][0], 24) for system in report["systems"]]
    assert bars["drag"] == pytest.approx([320 * drag / 24 for drag in drags], abs=0.1)
    said = {"".join(text.itertext()) for text in root.iter(f"{space}text")}
    assert {system["title"] for system in report["systems"]} <= said
    assert not re.search(r"(?:href|src|url\()", draw(report)), "nothing beside the file is needed"


def test_a_library_that_is_not_there_is_told_before_anything_is_asked(
    planted: ClauseIndex, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "haystack", None)
    (system,) = (one for one in systems(planted, own_settings) if one.name == "haystack")
    with pytest.raises(UserError, match="haystack-ai"):
        system.open()


def test_a_set_that_does_not_exist_is_one_line(index: ClauseIndex, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "--set", "no-such-set"]) == 2
    assert "没有评测集 no-such-set" in capsys.readouterr().err
