"""What is kept: it comes back as it was, is its user's own, is really deleted, and survives what happens to files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from langchain_core.runnables import Runnable

from eval.add import add_candidates, read_reports
from eval.golden import load_golden
from index.build import add_documents
from index.errors import UserError
from index.settings import Settings, load_settings
from index.store import ClauseIndex
from rag.__main__ import main
from rag.chain import build_chain
from rag.records.audit import Entry, Seen, Sought
from rag.records.audit_csv import audit_csv
from rag.records.keep import answer_record, entry_of, keep_turn, program_hash
from rag.records.records import Records
from rag.records.restore import CHANGED, GONE, restore_answer, warning_of
from rag.records.schema import STEPS, migrate
from rag.records.store import FILE_NAME
from rag.records.times import start_of
from rag.records.titles import title_of
from rag.types import Answer, Question

_HOSTILE = (
    '<script>alert(1)</script> {{7*7}} ${7*7} [a](javascript:alert(1)) =HYPERLINK("x") \\n \'or 1=1-- %_ \0 \ud800'
)
_NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


class _Clock:
    """A clock that goes on by a second at each look."""

    def __init__(self) -> None:
        self.time = _NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def records(tmp_path: Path, clock: _Clock) -> Records:
    return Records.open(tmp_path / "data", clock)


@pytest.fixture(scope="module")
def chain(index: ClauseIndex, settings: Settings) -> Runnable[Question, Answer]:
    index.warm()
    return build_chain(index, settings)


def _ask(records: Records, user: str, *questions: str, answer: str = "答") -> str:
    id = records.conversations.start(user)
    for question in questions:
        records.conversations.add_turn(id, user, {"text": question}, {"answer": answer})
    return id


def _files(records: Records) -> bytes:
    folder = records.store.path.parent
    return b"".join(path.read_bytes() for path in folder.iterdir())


# --- conversations ---


def test_a_conversation_comes_back_as_it_was(records: Records) -> None:
    id = records.conversations.start("王")
    question = {"text": "某市2021年补助多少?", "history": ["前问"], "regions": ["某市"], "years": [2021]}
    answer = {"answer": "240元。〔1〕", "citations": [{"n": 1, "cited_text": "每人240元"}]}
    assert records.conversations.add_turn(id, "王", question, answer) == 1
    assert records.conversations.add_turn(id, "王", {"text": "那2022年呢"}, {"answer": "没有。"}) == 2
    kept = records.conversations.get(id, "王")
    assert (kept.title, len(kept.turns), kept.turns[0].number) == ("某市2021年补助多少", 2, 1)
    assert (kept.turns[0].question, kept.turns[0].answer) == (question, answer)
    assert kept.updated == kept.turns[1].at > kept.turns[0].at > _NOON


def test_a_turn_has_the_number_that_the_page_gave_it_unless_that_is_taken(records: Records) -> None:
    id = records.conversations.start("王")
    numbers = [records.conversations.add_turn(id, "王", {"text": f"问{n}"}, {}, n) for n in (2, 2, 0, 9, 1)]
    assert numbers == [2, 3, 4, 9, 10]
    assert records.conversations.get(id, "王").title == "问2"


def test_hostile_words_come_back_letter_by_letter(records: Records) -> None:
    id = _ask(records, _HOSTILE, _HOSTILE, answer=_HOSTILE)
    kept = records.conversations.get(id, _HOSTILE)
    shown = _HOSTILE.replace("\ud800", "?")  # which no file can hold
    assert kept.turns[0].question == {"text": shown} and kept.turns[0].answer == {"answer": shown}
    for words in ("{{7*7}}", "%_", "'or 1=1--", "\\n", "javascript:alert(1)"):
        assert [found.id for found in records.conversations.list(_HOSTILE, words)] == [id]
    assert not records.conversations.list(_HOSTILE, "%x%")


def test_nobody_else_can_open_rename_delete_or_add_to_it(records: Records) -> None:
    id = _ask(records, "王", "第一问")
    mine = records.conversations
    attempts: list[Callable[[str, str], object]] = [
        mine.get,
        mine.delete,
        lambda id, user: mine.rename(id, user, "改"),
        lambda id, user: mine.add_turn(id, user, {"text": "问"}, {}),
    ]
    for attempt in attempts:
        for name, user in ((id, "李"), (id, ""), ("x' or '1'='1", "王"), ("", "王")):
            with pytest.raises(UserError, match="没有这段对话"):
                attempt(name, user)
    assert mine.list("李") == ()
    assert [(found.id, found.title, found.turns) for found in mine.list("王")] == [(id, "第一问", 1)]


def test_the_list_is_newest_first_in_pages_and_leaves_out_what_has_no_turn(records: Records) -> None:
    ids = [_ask(records, "王", f"第{n}问") for n in range(5)]
    records.conversations.start("王")
    records.conversations.add_turn(ids[1], "王", {"text": "又一问"}, {})
    assert [found.id for found in records.conversations.list("王")] == [ids[1], ids[4], ids[3], ids[2], ids[0]]
    assert [found.id for found in records.conversations.list("王", limit=2, offset=1)] == [ids[4], ids[3]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("补", "ab"),
        ("补助", "ab"),
        ("助标准", "a"),
        ("二百四", "a"),
        ("补助 起付线", "b"),
        ("起付线　补助", "b"),
        ("２０２１", "a"),
        ("ＤＲＧ", "b"),
        ("旧改", "c"),
        ("补助 旧改", ""),
        ("没有的词", ""),
        ("  ", "abc"),
    ],
)
def test_every_word_is_found_in_question_answer_or_title(records: Records, words: str, found: str) -> None:
    ids = {
        "a": _ask(records, "王", "甲市2021年补助标准?", answer="二百四十元。"),
        "b": _ask(records, "王", "补助谁出?", "起付线按drg付费吗"),
        "c": _ask(records, "王", "棚户区?"),
    }
    records.conversations.rename(ids["c"], "王", "旧改材料")
    assert {one.title: one.found for one in records.conversations.list("王", "补助 按")} == {
        "补助谁出": "起付线按drg付费吗 答"
    }
    assert {one.found for one in records.conversations.list("王", "补助")} == {""}
    _ask(records, "李", "补助标准 旧改 二百四 起付线")
    assert {found.id for found in records.conversations.list("王", words)} == {ids[letter] for letter in found}


def test_a_search_through_many_turns_takes_no_noticeable_time(records: Records) -> None:
    with records.store.write() as db:
        for n in range(400):
            db.execute(
                "insert into conversations values (?, '王', ?, 0, ?, ?)", (f"c{n}", f"题{n}", f"{n:04}", f"{n:04}")
            )
            rows = (
                (f"c{n}", turn, "", f"第{n}问" + "补助标准按规定执行" * 30, "{}", "{}" * 9000) for turn in range(10)
            )
            db.executemany("insert into turns values (?, ?, ?, ?, ?, ?)", rows)
        db.execute("update conversations set updated = '2026-01-01T00:00:00.000000Z'")
    began = time.perf_counter()
    assert len(records.conversations.list("王", "第123问")) == 1
    took = time.perf_counter() - began
    print(f"4,000 turns of one user: {1000 * took:.0f} ms")
    assert took < 1


def test_a_title_given_stays_and_an_empty_one_is_refused(records: Records) -> None:
    id = records.conversations.start("王")
    records.conversations.rename(id, "王", "  五月\n材料\u202e ")
    records.conversations.add_turn(id, "王", {"text": "问"}, {})
    assert records.conversations.get(id, "王").title == "五月 材料"
    for empty in ("", " \n\u200b"):
        with pytest.raises(UserError, match="不能为空"):
            records.conversations.rename(id, "王", empty)
    assert len(records.conversations.rename(id, "王", "长" * 500)) == 60


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("某市2021年补助标准是多少?", "某市2021年补助标准是多少"),
        ("您好，请问起付线是多少", "起付线是多少"),
        ("请问一下，起付线是多少？", "起付线是多少"),
        ("居民医保的个人缴费标准是多少，政府补助又是多少，从什么时候起执行", "居民医保的个人缴费标准是多少…"),
        ("城乡居民基本医疗保险财政补助标准和个人缴费标准调整情况", "城乡居民基本医疗保险财政补助标准和个人…"),
        ("How much is the subsidy for every person insured in 2021?", "How much is the subsidy for every…"),
        ("第一行\n第二行\t问", "第一行 第二行 问"),
        ("???", "???"),
        (" \u200b ", "未命名"),
    ],
)
def test_a_title_is_the_question_cut_where_it_reads_well(question: str, title: str) -> None:
    assert title_of(question) == title


def test_what_is_deleted_leaves_no_trace_and_the_audit_stays(records: Records) -> None:
    keep = _ask(records, "王", "留下的")
    gone = _ask(records, "王", "紫水晶方案", "琥珀条款", answer="玛瑙")
    records.audit.add(Entry("王", "另一问", "grounded"))
    for secret in ("紫水晶", "琥珀", "玛瑙"):
        assert secret.encode() in _files(records)
    records.conversations.delete(gone, "王")
    for secret in ("紫水晶", "琥珀", "玛瑙", gone):
        assert secret.encode() not in _files(records)
    assert [found.id for found in records.conversations.list("王")] == [keep]
    assert [entry.question for entry in records.audit.list()] == ["另一问"]
    with pytest.raises(UserError, match="没有这段对话"):
        records.conversations.get(gone, "王")


# --- the file ---


def test_the_file_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        records = Records.open(tmp_path / "a" / "data")
        _ask(records, "王", "问")
    finally:
        os.umask(before)
    folder = records.store.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert names == dict.fromkeys((FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"), 0o600)


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert Records.open(tmp_path).problem() is None
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("create table theirs (a)")


def _newer_program(path: Path) -> None:
    assert Records.open(path.parent).problem() is None
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma user_version = 99")
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def _lost_table(path: Path) -> None:
    assert Records.open(path.parent).problem() is None
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("drop table turns")
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def _overwritten(path: Path) -> None:
    _ask(Records.open(path.parent), "王", "问")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma wal_checkpoint(truncate)").fetchall()
    data = bytearray(path.read_bytes())
    data[100:] = b"\xa5" * (len(data) - 100)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"no database " * 999), "已损坏"),
        (_overwritten, "已损坏"),
        (_lost_table, "已损坏"),
        (_newer_program, "更新版本的程序"),
        (_other_program, "不是本程序的记录库"),
        (lambda path: path.mkdir(), "不能读写"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_remedy_and_left_as_it_is(
    tmp_path: Path, chain: Runnable[Question, Answer], settings: Settings, spoil: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / FILE_NAME
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    records = Records.open(tmp_path)
    problem = records.problem()
    assert problem and said in problem and ("CLAUSE_RECORDS_DIR" in problem)
    question = Question("长春2012年新农合补助标准?")
    kept = keep_turn(records, settings, "王", "", question, chain.invoke(question))
    assert kept.number == 0 and kept.complaint == f"本次问答未能保存: {problem}"
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_keeping_goes_on_once_the_file_is_moved_away(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    _ask(records, "王", "旧")
    with records.store.read() as db:
        db.close()
    _overwritten(tmp_path / FILE_NAME)
    records = Records.open(tmp_path)
    assert records.problem() is not None
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(f"moved-{path.name}"))
    assert records.problem() is None
    _ask(records, "王", "新")
    assert [found.title for found in records.conversations.list("王")] == ["新"]


def test_a_full_disk_is_said_and_loses_nothing(records: Records) -> None:
    id = _ask(records, "王", "第一问")
    with records.store.read() as db:
        pages = db.execute("pragma page_count").fetchone()[0]
        db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(UserError, match="磁盘已满"):
        records.conversations.add_turn(id, "王", {"text": "第二问"}, {"answer": "长" * 100_000})
    assert [turn.question["text"] for turn in records.conversations.get(id, "王").turns] == ["第一问"]


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    assert "不能读写" in (Records.open(tmp_path / "data").problem() or "")


def test_a_migration_is_done_once_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    _ask(Records.open(tmp_path), "王", "旧程序的一问")
    db = sqlite3.connect(path, isolation_level=None)
    broken = (*STEPS, ("alter table turns add column mark text", "no such statement"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, FILE_NAME, broken)
    assert db.execute("pragma user_version").fetchone() == (len(STEPS),)
    steps = (*STEPS, ("alter table turns add column mark text default '新'",))
    for _ in range(2):
        migrate(db, FILE_NAME, steps)
    assert db.execute("pragma user_version").fetchone() == (len(steps),)
    assert db.execute("select number, mark from turns").fetchall() == [(1, "新")]


_WRITER = """
import sys
from pathlib import Path
from rag.records.records import Records
records = Records.open(Path(sys.argv[1]))
for n in range(20):
    records.conversations.add_turn(sys.argv[2], "王", {"text": f"{sys.argv[3]}-{n}"}, {"answer": "答" * 500})
"""


def test_processes_and_threads_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    id = records.conversations.start("王")
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", _WRITER, str(tmp_path), id]
    processes = [subprocess.Popen([*command, f"p{n}"], cwd=root) for n in range(3)]
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for n in range(20):
                records.conversations.add_turn(id, "王", {"text": f"{name}-{n}"}, {"answer": "答" * 500})
                records.conversations.list("王", name)
        except BaseException as exc:
            failed.append(exc)

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0, 0] and not failed
    turns = records.conversations.get(id, "王").turns
    assert [turn.number for turn in turns] == list(range(1, 141))
    assert {turn.question["text"] for turn in turns} == {
        f"{name}-{n}" for name in ("p0", "p1", "p2", "t0", "t1", "t2", "t3") for n in range(20)
    }


def test_another_thread_that_opens_the_file_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    id = _ask(records, "王", "第一问")
    other = threading.Thread(target=records.problem)
    other.start()
    other.join()
    root = Path(__file__).parent.parent
    again = [sys.executable, "-c", _WRITER, str(tmp_path), id, "p"]
    subprocess.run(again, cwd=root, check=True)
    # A process that ends takes the journal away if it finds no lock of another's.
    assert (tmp_path / f"{FILE_NAME}-wal").exists()
    records.conversations.add_turn(id, "王", {"text": "又一问"}, {})
    subprocess.run(again, cwd=root, check=True)
    assert len(records.conversations.get(id, "王").turns) == 42


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from rag.records.records import Records; sys.exit(Records.open(Path(sys.argv[1])).problem())"
    root = Path(__file__).parent.parent
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "new")], cwd=root) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6


# --- answers, as they were and as they are today ---

_QUESTIONS = ("长春2012年新农合补助标准?", "长春2012和内蒙古2016的补助标准各是多少", "沈阳2015年的补助是多少")


@pytest.mark.parametrize("text", _QUESTIONS)
def test_an_answer_comes_back_with_its_evidence(
    records: Records, chain: Runnable[Question, Answer], index: ClauseIndex, settings: Settings, text: str
) -> None:
    answer = chain.invoke(Question(text))
    kept = keep_turn(records, settings, "王", "", Question(text), answer)
    turn = records.conversations.get(kept.conversation, "王").turns[0]
    restored = restore_answer(turn.answer, index)
    assert restored.to_json(explain=True) == answer.to_json(explain=True)
    assert restored.trace == answer.trace
    for was, now in zip((*answer.citations, *answer.nearest), (*restored.citations, *restored.nearest), strict=True):
        assert now.clause == was.clause and now.since == ""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Settings, Path]:
    """An index of one small document, apart from that of the seeds."""
    folder = tmp_path_factory.mktemp("small")
    own = settings.model_copy(update={"index_dir": folder / "index"})
    path = folder / "办法.txt"
    path.write_text(_regulation("每人每月三百元"), "utf-8")
    add_documents(own, [path])
    return own, path


def _regulation(amount: str) -> str:
    return (
        "云港市人民政府办公室关于印发《云港市高龄津贴发放办法》的通知\n云政办发〔2021〕7号\n各县区人民政府:\n现将《云港市高龄津贴发放办法》印发给你们。\n"
        "云港市人民政府办公室\n2021年3月4日\n云港市高龄津贴发放办法\n第一条 为规范高龄津贴发放,制定本办法。\n"
        f"第二条 年满八十周岁的老年人,高龄津贴{amount}。\n第三条 市民政局负责高龄津贴的审核发放。\n"
    )


def test_a_clause_that_changed_or_went_is_shown_as_it_was_and_that_is_said(small: tuple[Settings, Path]) -> None:
    own, path = small
    index = ClauseIndex.open(own)
    answer = build_chain(index, own).invoke(Question("云港市2021年高龄津贴每月多少?"))
    assert "三百元" in answer.answer and answer.citations
    data = json.loads(json.dumps(answer_record(answer)))
    path.write_text(_regulation("每人每月五百元"), "utf-8")
    add_documents(own, [path])
    changed = restore_answer(data, ClauseIndex.open(own, index.encoder))
    assert "三百元" in changed.citations[0].clause.text
    assert changed.citations[0].since == CHANGED and "已有改动" in warning_of(changed)
    others = [
        c
        for c in (*changed.citations[1:], *changed.nearest)
        if c.clause.clause_id != changed.citations[0].clause.clause_id
    ]
    assert others and all(citation.since == "" for citation in others)
    assert changed.to_json() == answer.to_json()
    seeds = ClauseIndex.open_clauses(load_settings())
    gone = restore_answer(data, seeds)
    assert {citation.since for citation in (*gone.citations, *gone.nearest)} == {GONE}
    assert "已不在库中" in warning_of(gone) and warning_of(answer) == ""
    assert gone.to_json() == answer.to_json()
    assert gone.citations[0].cited_text == answer.citations[0].cited_text


@pytest.mark.parametrize("spoil", [{"citations": [{}]}, {"statements": [{"x": 1}]}, {"scope": None}, {"nearest": 3}])
def test_a_damaged_answer_is_said(
    chain: Runnable[Question, Answer], index: ClauseIndex, spoil: dict[str, object]
) -> None:
    data = answer_record(chain.invoke(Question(_QUESTIONS[0])))
    with pytest.raises(UserError, match="已损坏"):
        restore_answer({**data, **spoil}, index)
    assert restore_answer({**data, "trace": {"parts": [{"older": 1}]}}, index).trace is None


# --- the audit ---


def test_an_entry_says_what_was_asked_seen_and_set_and_gets_the_answer_again(
    records: Records, chain: Runnable[Question, Answer], index: ClauseIndex, settings: Settings
) -> None:
    question = Question("那补助标准是多少", ("长春新农合有什么安排?",), regions=("长春市",), years=(2012,), id="r-17")
    answer = chain.invoke(question)
    keep_turn(records, settings, "王", "", question, answer)
    (entry,) = records.audit.list()
    assert (entry.user, entry.question, entry.history) == ("王", question.text, question.history)
    assert (entry.filters, entry.scope) == ({"regions": ["长春市"], "years": [2012]}, answer.scope.to_json())
    assert (entry.status, entry.mode, entry.model, entry.request_id) == ("grounded", "extractive", None, "r-17")
    assert (entry.index_version, entry.at) == (index.version, _NOON + timedelta(seconds=1))
    assert entry.settings["min_confidence"] == settings.min_confidence and entry.settings["program"] == program_hash()
    for seen in entry.clauses:
        clause = index.find(seen.clause_id)
        assert clause is not None and hashlib.sha256(clause.text.encode()).hexdigest() == seen.sha256
    cited = [seen.clause_id for seen in entry.clauses if seen.cited]
    assert cited == [citation.clause.clause_id for citation in answer.citations]
    again = chain.invoke(entry.to_question())
    assert hashlib.sha256(again.answer.encode()).hexdigest() == entry.answer_sha256
    assert entry_of("王", entry.to_question(), again, settings).clauses == entry.clauses


def test_a_question_that_got_no_answer_is_in_the_audit_alone(records: Records, settings: Settings) -> None:
    assert keep_turn(records, settings, "王", "", Question("问"), None).conversation == ""
    assert [(entry.question, entry.status) for entry in records.audit.list()] == [("问", "failed")]
    assert records.conversations.list("王") == ()


def test_no_secret_of_the_settings_is_kept(records: Records, settings: Settings) -> None:
    secret = {"llm_base_url": "http://me:geheim@model:8000/v1", "llm_model": "m", "llm_api_key": "geheim"}
    keep_turn(records, settings.model_copy(update=secret), "王", "", Question("问"), None)
    assert records.audit.list()[0].settings["llm_base_url"] == "http://model:8000/v1"
    assert b"geheim" not in _files(records)


def test_a_turn_of_a_conversation_deleted_meanwhile_begins_another(
    records: Records, chain: Runnable[Question, Answer], settings: Settings
) -> None:
    question = Question(_QUESTIONS[2])
    answer = chain.invoke(question)
    first = keep_turn(records, settings, "王", "", question, answer)
    records.conversations.delete(first.conversation, "王")
    second = keep_turn(records, settings, "王", first.conversation, question, answer)
    assert second.conversation != first.conversation and (second.number, second.complaint) == (1, "")
    other = keep_turn(records, settings, "李", second.conversation, question, answer)
    assert other.conversation != second.conversation


_SEEN = (Seen("x-2021-1.2", "0" * 64, "云政发〔2021〕1号 二、"), Seen("y-1.1", "1" * 64, "", False))
_ENTRIES = [
    Entry("王", "甲问 补助", "grounded", at=datetime(2026, 3, 4, 23, 59).astimezone(), clauses=_SEEN),
    Entry("王", "乙问", "refused", at=datetime(2026, 3, 5, 0, 0).astimezone()),
    Entry("李", "丙问 补助", "failed", at=datetime(2026, 3, 5, 23, 59, 59).astimezone()),
    Entry("李", "丁问", "partial", at=datetime(2026, 3, 6, 0, 0).astimezone()),
]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), "丁丙乙甲"),
        (Sought(user="王"), "乙甲"),
        (Sought(status="failed"), "丙"),
        (Sought(words="补助"), "丙甲"),
        (Sought(words="〔2021〕1号"), "甲"),
        (Sought(words="X-2021-1.2 补助"), "甲"),
        (Sought(since=date(2026, 3, 5)), "丁丙乙"),
        (Sought(until=date(2026, 3, 5)), "丙乙甲"),
        (Sought(since=date(2026, 3, 5), until=date(2026, 3, 5), words="问", user="李"), "丙"),
        (Sought(user="王' or 1=1 --"), ""),
        (Sought(words="%"), ""),
    ],
)
def test_entries_are_found_by_user_day_status_and_words(records: Records, sought: Sought, found: str) -> None:
    for entry in _ENTRIES:
        records.audit.add(entry)
    assert "".join(entry.question[0] for entry in records.audit.list(sought)) == found
    assert records.audit.count(sought) == len(found)
    assert [entry.question[0] for entry in records.audit.list(sought, limit=1, offset=1)] == list(found[1:2])
    assert records.audit.users() == ("李", "王")


def test_an_entry_comes_back_by_its_number(records: Records) -> None:
    id = records.audit.add(_ENTRIES[0])
    assert records.audit.get(id) == replace(_ENTRIES[0], id=id)
    assert records.audit.get(id + 1) is None


def test_days_are_those_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert start_of(date(2026, 3, 5)) == "2026-03-04T16:00:00.000000Z"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_pruning_takes_what_is_before_a_day_and_no_other(records: Records) -> None:
    for entry in _ENTRIES:
        records.audit.add(entry)
    assert records.audit.prune(date(2026, 3, 5)) == 1
    assert [entry.question[0] for entry in records.audit.list()] == ["丁", "丙", "乙"]
    assert "甲问".encode() not in _files(records)


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", _HOSTILE])
def test_a_table_of_entries_holds_no_formula_and_all_words(records: Records, words: str) -> None:
    records.audit.add(Entry(words, words, "grounded", (words,), clauses=_SEEN, model=words))
    data = audit_csv(records.audit.list())
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert len(head) == len(row) and row[head.index("结果")] == "有依据"
    assert _SEEN[0].sha256 in row[head.index("引用的条款 (编号 哈希)")]
    plain = words.replace("\ud800", "?").replace("\0", "")
    for cell in (row[head.index("问题")], row[head.index("用户")]):
        assert cell.removeprefix("'") == plain
        assert cell.strip()[:1] not in tuple("=+-@＝＋－＠")


def test_keeping_a_turn_adds_little_to_an_answer(
    records: Records, chain: Runnable[Question, Answer], settings: Settings
) -> None:
    question = Question(_QUESTIONS[1])
    answer = chain.invoke(question)
    program_hash()
    id, took, cpu = "", [], time.process_time()
    for _ in range(50):
        began = time.perf_counter()
        id = keep_turn(records, settings, "王", id, question, answer).conversation
        took.append(1000 * (time.perf_counter() - began))
    each = 1000 * (time.process_time() - cpu) / 50  # waiting for the disk is no measure on a busy machine
    print(
        f"keeping a turn: median {median(took):.1f} ms, 95 % under {sorted(took)[47]:.1f} ms, of the processor {each:.1f} ms"
    )
    assert each < 20


# --- feedback ---


def test_feedback_becomes_candidates_that_eval_add_takes(records: Records, index: ClauseIndex, tmp_path: Path) -> None:
    right, wrong = "changfubanfa-2012-33.2.1.3", "changfubanfa-2012-33.2.1.4"
    add = records.feedback.add
    add("王", "长春的新农合给农民补几个钱呀?", wrong, "应引用其他条款: 见上一条", right=right)
    add("李", f"那城里人呢 {_HOSTILE}", right, "引文不全", history=("长春新农合补多少呀?",), conversation="c", turn=2)
    add("赵", "完全无关的一问是什么?", wrong, "与问题无关")
    add("赵", "已撤下的条款还算数吗?", "gone-2001-1.1", "数字有误", right="gone-2001-1.2")
    assert [report.user for report in records.feedback.list()] == ["赵", "赵", "李", "王"]
    assert (records.feedback.list()[2].history, records.feedback.count()) == (("长春新农合补多少呀?",), 4)
    held = {clause.clause_id for _, clauses in index.corpus() for clause in clauses}
    path = tmp_path / "f.jsonl"
    path.write_text(records.feedback.as_candidates(held.__contains__), "utf-8")
    added, known = add_candidates(read_reports(path, "谁"), index, tmp_path / "candidates.jsonl")
    assert known == [] and load_golden(str(tmp_path / "candidates.jsonl")) == added
    assert [golden.gold for golden in added] == [(right,), (right,), (), ()]
    assert [golden.kind for golden in added][1:] == ["followup", "near_miss", "near_miss"]
    for golden, words in zip(added, (wrong, "李", "应引的条款待定", "gone-2001-1.2 (未收录)"), strict=True):
        assert words in golden.note


def test_feedback_needs_a_reason_and_can_be_deleted(records: Records) -> None:
    with pytest.raises(UserError, match="原因"):
        records.feedback.add("王", "问", "x.1", " ")
    id = records.feedback.add("王", "问", "x.1", "数字有误")
    records.feedback.delete(id)
    assert records.feedback.list() == () and records.feedback.as_candidates() == ""


# --- commands ---


def test_the_commands_export_and_prune(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for entry in _ENTRIES:
        records.audit.add(entry)
    records.feedback.add("王", "问", "x.1", "数字有误")
    monkeypatch.setenv("CLAUSE_RECORDS_DIR", str(tmp_path / "data"))
    assert main(["audit", "prune", "--before", "2026-03-05"]) == 0
    assert "1 条" in capfdbinary.readouterr().out.decode()
    assert main(["audit", "export", "--since", "2026-03-06"]) == 0
    rows = list(csv.reader(io.StringIO(capfdbinary.readouterr().out.decode("utf-8-sig"))))
    assert [row[3] for row in rows] == ["问题", "丁问"]
    assert main(["feedback", "export"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["question"] == "问"
