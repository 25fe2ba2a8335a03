"""Slips of pinyin input are mended where no text has what was typed, and nothing else is touched."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from eval.golden import load_golden
from index.settings import load_settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.question.english import is_english
from rag.question.scope import find_named
from rag.question.typos import find_mends, mend, note_of
from rag.question.understand import plain_text, understand
from rag.types import Question

_DATA = Path(__file__).parent.parent / "rag" / "data"


def _read(text: str, index: ClauseIndex) -> str:
    return mend(text, find_mends(text, index, find_named(text, index.documents).spans))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("这项工作谁付责", "这项工作谁负责"),
        ("新农和报销多少", "新农合报销多少"),
        ("起付县是多少", "起付线是多少"),
        ("每人补住多少元", "每人补助多少元"),
        ("慢姓病怎么管", "慢性病怎么管"),
        ("公里医院怎么改", "公立医院怎么改"),  # two words that are a third one's sound
        ("分及诊疗和养老宝险", "分级诊疗和养老保险"),  # two slips
        ("基本药物制渡", "基本药物制度"),
        ("建立现代医院管理子度", "建立现代医院管理制度"),  # zi for zhi
        ("這件事誰付責", "这件事谁负责"),  # in traditional characters
    ],
)
def test_a_slip_is_read_as_the_word_meant(index: ClauseIndex, typed: str, read: str) -> None:
    assert _read(plain_text(typed), index) == read


@pytest.mark.parametrize(
    "text",
    [
        "这项工作谁负责",
        "《谁付责办法》怎么说",  # a title as it is quoted
        "文件里的“谁付责”是什么意思",
        "长府办发〔2012〕33号第3条",
        "每人每年补助240元怎么来的",
        "临沧市的政策是什么",
        "how much is the subsidy",
        "李明和张伟可以报销吗",
        "火锅店怎么开",  # no word of the documents
        "",
    ],
)
def test_all_else_stays_as_it_is(index: ClauseIndex, text: str) -> None:
    assert find_mends(text, index, find_named(text, index.documents).spans) == ()


def test_no_question_without_a_slip_is_changed(index: ClauseIndex) -> None:
    questions = [g for g in load_golden("dev") if not is_english(g.question)]
    changed = {
        g.id: note_of(found)
        for g in questions
        for text in (g.question, *g.history)
        if (found := find_mends(plain_text(text), index, find_named(plain_text(text), index.documents).spans))
    }
    slips = {g.id for g in questions if g.kind == "typo"}
    assert changed.keys() == slips and len(questions) > 400


def test_the_answer_says_what_was_read(index: ClauseIndex) -> None:
    chain = build_chain(index, load_settings())
    right = chain.invoke(Question("长春2012年的住院医师培训工作由谁负责?"))
    slip = chain.invoke(Question("长春2012年的住院医师培训工作由谁付责?"))
    note = "(按“负责”理解“付责”。)"
    assert slip.statements == right.statements and slip.status == right.status
    assert slip.scope.notes == (note,) and note in slip.answer.split("\n")
    assert slip.question.endswith("付责?")
    assert slip.to_json()["scope"]["notes"] == [note] and "notes" not in right.to_json()["scope"]


def test_what_was_read_is_understood(index: ClauseIndex) -> None:
    query = understand(Question("这项工作谁付责?"), index)
    assert (query.asks, query.text, query.question.text) == ("department", "这项工作谁负责?", "这项工作谁负责?")
    asked_on = understand(Question("谁付责?", ("长春2012年新农和补助多少?",)), index)
    assert "新农合" in asked_on.topic and asked_on.mended == "(按“负责”理解“付责”。)"


def test_reading_for_slips_is_quick(index: ClauseIndex) -> None:
    texts = [g.question for g in load_golden("dev")]
    for text in texts:
        find_mends(text, index)
    times = []
    for text in texts:
        started = time.process_time()
        find_mends(text, index)
        times.append(time.process_time() - started)
    assert median(times) < 0.001


def test_the_table_of_sounds_is_that_of_pypinyin() -> None:
    from pypinyin import Style, pinyin

    rows = [line.split("\t") for line in (_DATA / "syllables.tsv").read_text("utf-8").splitlines() if line[0] != "#"]
    assert len(rows) > 400 and len({char for _, chars in rows for char in chars}) == 6763  # those of GB 2312
    for sound, chars in rows:
        for char in chars[:5]:
            readings = pinyin(char, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
            assert sound in [reading.replace("ü", "v") for reading in readings]
