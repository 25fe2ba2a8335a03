"""An answer got again from its audit entry: the same where nothing changed, and what changed is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.build import add_documents, remove_document
from index.settings import Settings
from index.store import ClauseIndex
from rag.__main__ import main
from rag.chain import build_chain
from rag.operate.replay import Replayed, replay
from rag.page.audit.tab import _replay
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.page.visitor import Visitor
from rag.records.audit import Entry
from rag.records.keep import entry_of, keep_turn
from rag.records.records import Records
from rag.records.schema import STEPS, migrate
from rag.records.store import FILE_NAME
from rag.types import Question
from tests.endpoint import serving, states

_TEXT = """甬政办发〔2022〕{n}号
宁波市人民政府办公室关于{what}工作的通知
一、新建{what}{n}0处，每处补助{money}万元。
二、由{what}办牵头负责验收。
{more}
2022年3月1日
"""
_STATIONS, _LAMPS = Question("宁波市2022年驿站每处补助多少?"), Question("宁波市路灯每处补助多少万元?")
_CLAUSE = "yongzhengbanfa-2022-1.1"


def _file(folder: Path, n: int, what: str, money: int, more: str = "") -> Path:
    path = folder / f"{n}.txt"
    path.write_text(_TEXT.format(n=n, what=what, money=money, more=more), "utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    folder = tmp_path_factory.mktemp("made")
    place = settings.model_copy(update={"index_dir": folder / "index"})
    add_documents(place, [_file(folder, 1, "驿站", 1), _file(folder, 2, "路灯", 2)])
    return place


@pytest.fixture
def place(tmp_path: Path, made: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An index of two documents, and records of one question on each."""
    folders = {
        "index_dir": Path(shutil.copytree(made.index_dir, tmp_path / "index")),
        "records_dir": tmp_path / "records",
    }
    for name, folder in folders.items():
        monkeypatch.setenv(f"CLAUSE_{name.upper()}", str(folder))
    return made.model_copy(update=folders)


def _ask(place: Settings, question: Question) -> Entry:
    """Ask, keep it and return its entry."""
    records = Records.open(place.records_dir)
    answer = build_chain(ClauseIndex.open(place), place).invoke(question)
    assert not keep_turn(records, place, "王", "", question, answer).complaint
    return records.audit.list()[0]


def _again(place: Settings, entry: Entry) -> Replayed:
    index = ClauseIndex.open(place)
    return replay(entry, build_chain(index, place), index, place)


def test_the_same_index_gives_the_same_answer_and_keeps_nothing_of_it(
    place: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for question in (
        _STATIONS,
        Question("上海市地铁票价是多少?"),
        Question("那路灯呢?", (_STATIONS.text,), years=(2022,)),
    ):
        _ask(place, question)
    assert main(["replay", "1", "2", "3"]) == 0
    said = capsys.readouterr().out
    assert said.count("与当时相同") == 3 and "共 3 条, 相同 3 条, 不同 0 条" in said and "索引版本" not in said
    assert Records.open(place.records_dir).audit.count() == 3


def test_a_clause_that_changed_is_named(place: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ask(place, _STATIONS)
    _ask(place, _LAMPS)
    add_documents(place, [_file(tmp_path, 1, "驿站", 3)])
    assert main(["replay", "--since", "2020-01-01"]) == 1
    first, second = capsys.readouterr().out.split("\n2 ")
    assert "与当时相同" in second and "共 2 条, 相同 1 条, 不同 1 条: 1" in second
    assert f"条款已改动: 甬政办发〔2022〕1号 一、 ({_CLAUSE})" in first
    assert "回答的文字不同" in first and "索引版本: " in first
    assert main(["replay", "2", "--json"]) == 0  # another version of the index, and yet the same answer
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["differences"]) == (True, []) and "索引版本" in told["circumstances"][0]


def test_a_clause_that_went_is_named(place: Settings) -> None:
    entry = _ask(place, _STATIONS)
    remove_document(place, "甬政办发〔2022〕1号")
    found = _again(place, entry).differences
    assert any(one.startswith("条款已不在库中: ") and _CLAUSE in one for one in found)


def test_a_document_repealed_since_is_told_though_its_words_are_the_same(place: Settings, tmp_path: Path) -> None:
    entry = _ask(place, _STATIONS)
    assert all(seen.validity for seen in entry.clauses)
    repeal = "三、《宁波市人民政府办公室关于驿站工作的通知》（甬政办发〔2022〕1号）自本通知发布之日起废止。"
    add_documents(place, [_file(tmp_path, 3, "书屋", 5, repeal)])
    assert any(one.startswith(f"效力: {entry.clauses[0].validity} → 废止") for one in _again(place, entry).differences)


def test_of_a_model_only_the_result_and_the_clauses_are_compared(place: Settings) -> None:
    label = "甬政办发〔2022〕1号 一、"
    with serving() as serve:
        first = serve(states(("新建驿站10处，每处补助1万元。", label)))
        model = {"llm_base_url": first.url, "llm_model": "scripted", "llm_timeout": 3, "llm_retries": 0}
        entry = _ask(place.model_copy(update=model), _STATIONS)
        assert entry.mode == "generative"
        second = serve(states(("每处补助1万元。", label)))
        found = _again(place.model_copy(update=model | {"llm_base_url": second.url}), entry)
    assert found.differences == () and any("由模型归纳" in one for one in found.circumstances)
    without = _again(place, entry)
    assert without.differences == () and "方式: 模型归纳 → 原文摘录" in without.circumstances


def test_the_settings_that_changed_are_told(place: Settings) -> None:
    entry = _ask(place, _STATIONS)
    found = _again(place.model_copy(update={"min_confidence": 1.0}), entry)
    assert "设置 min_confidence: 0.3 → 1.0" in found.circumstances
    assert "结果: 有依据 → 未找到依据" in found.differences


def test_an_entry_is_found_by_its_number_or_its_request(place: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    audit = Records.open(place.records_dir).audit
    answer = build_chain(ClauseIndex.open(place), place).invoke(_LAMPS)
    for request in ("a1b2-c3", "7", "a1b2-c3"):
        kept = entry_of("王", Question(_LAMPS.text, id=request), answer, place)
        audit.add(replace(kept, request_id=request))
    assert [entry.id for entry in audit.find("a1b2-c3")] == [1, 3]
    assert [entry.id for entry in audit.find("7")] == [2]
    assert [entry.id for entry in audit.find("3")] == [3]
    assert audit.find("") == audit.find("nobody's") == audit.find("９") == ()
    assert main(["replay", "nobody's"]) == 2
    assert "nobody's" in capsys.readouterr().err
    assert main(["replay"]) == 2 and main(["replay", "--since", "2999-01-01"]) == 2
    with closing(sqlite3.connect(place.records_dir / FILE_NAME)) as db:
        plan = db.execute("explain query plan select id from audit where json_extract(record, '$.request_id') = 'x'")
        assert "audit_by_request" in plan.fetchone()[3]


def test_an_entry_that_got_no_answer_is_not_the_same_as_one(place: Settings) -> None:
    entry = entry_of("王", _STATIONS, None, place, "stopped")
    assert _again(place, entry).differences == ("结果: 已停止 → 有依据",)


def test_records_of_the_version_before_can_be_replayed(place: Settings) -> None:
    entry = _ask(place, _STATIONS)
    with closing(sqlite3.connect(place.records_dir / FILE_NAME)) as db:
        (at, record) = db.execute("select at, record from audit").fetchone()
    known = json.loads(record)
    for seen in known["clauses"]:
        del seen["validity"]
    old = place.records_dir / "old" / FILE_NAME
    old.parent.mkdir()
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        migrate(db, FILE_NAME, STEPS[:1])
        db.execute("insert into audit values (1, ?, '王', 'grounded', '', ?)", (at, json.dumps(known)))
    (found,) = Records.open(old.parent).audit.list()
    assert found.question == entry.question and not found.clauses[0].validity
    assert _again(place, found).differences == ()


@pytest.fixture
def desk(place: Settings) -> Desk:
    _ask(place, _STATIONS)
    index = ClauseIndex.open(place)
    library = Library(build_chain(index, place), Catalog.from_documents(index.documents), index)
    return Desk(library, place, Records.open(place.records_dir))


def test_the_button_of_the_audit_tells_the_same_to_an_administrator_alone(desk: Desk) -> None:
    assert "与当时相同" in _replay(desk)(1, Visitor("王", is_admin=True))
    assert "same as then" in _replay(desk)(1, Visitor("Wang", is_admin=True, language="en"))
    assert "没有这条记录" in _replay(desk)(9, Visitor("王", is_admin=True))
    assert "与当时相同" not in _replay(desk)(1, Visitor("李", is_admin=False))
