"""`python -m rag`: the same answers as the chain, one clear line and exit 2 for what the user can mend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Question

_ROOT = Path(__file__).parent.parent
_BASE = "长春2012年新农合补助标准?"


def _run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_LLM")}
    command = [sys.executable, "-m", "rag", *args]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", env=clean | env, check=False)


def _batch_file(folder: Path, *lines: str) -> str:
    path = folder / "问题.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def _timeless(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "elapsed_ms"}


def test_json_batch_and_chain_give_the_same_answers(index: ClauseIndex, settings: Settings, tmp_path: Path) -> None:
    questions = [
        Question(_BASE, id="b"),
        Question("谁负责?", (_BASE,), id="a"),
        Question("沈阳2012年新农合补助标准?", id="c"),
        Question("", id="d"),
        Question("长" * 3000, id="e"),
        Question("长春2012年和内蒙古2016年的居民医保人均补助标准分别是多少?"),
        Question("长春\u0000新农合\u001b补助标准😀"),
    ]
    chain = build_chain(index, settings.model_copy(update={"llm_base_url": None, "llm_model": None}))
    lines = [
        json.dumps({"id": q.id, "question": q.text, "history": list(q.history)} if q.id else {"question": q.text})
        for q in questions
    ]
    done = _run("ask", "--batch", _batch_file(tmp_path, *lines))
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["id"] for r in records] == [q.id for q in questions], "the order of the file is kept"
    expected = [json.loads(json.dumps(_timeless(chain.invoke(q).to_json()))) for q in questions]
    assert [_timeless(r) for r in records] == expected

    single = _run("ask", "谁负责?", "--history", _BASE, "--json")
    assert _timeless(json.loads(single.stdout)) == expected[1] | {"id": None}


def test_how_an_answer_came_about_is_told_only_when_asked_for(tmp_path: Path) -> None:
    said = _run("ask", _BASE, "--explain", COLUMNS="90")
    assert said.returncode == 0, said.stderr
    for words in ("检索过程", "长春市", "把握", "阈值", "240元", "数字 相符", "编码", "毫秒"):
        assert words in said.stdout
    assert "检索过程" not in _run("ask", _BASE).stdout
    record = json.loads(_run("ask", "沈阳2012年新农合补助标准?", "--explain", "--json").stdout)
    assert record["explain"]["parts"][0]["eligible"] == 0
    batch = _run("ask", "--explain", "--batch", _batch_file(tmp_path, json.dumps({"question": _BASE})))
    (line,) = map(json.loads, batch.stdout.splitlines())
    assert line["explain"]["parts"][0]["clauses"][0]["clause_id"] == line["citations"][0]["clause_id"]


def test_an_answer_is_printed_in_utf8_with_its_label_whatever_the_locale() -> None:
    done = _run("ask", _BASE, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "240元" in done.stdout
    assert "长府办发〔2012〕33号 二、(一)3" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_refusal_is_an_answer_and_shows_the_nearest() -> None:
    done = _run("ask", "新农合补助标准?", "--region", "沈阳市", "--year", "2012")
    assert done.returncode == 0
    assert "现有" in done.stdout
    assert "最接近的条款" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ask"], "请写出问题"),
        (["ask", "--batch", "/没有/这个.jsonl"], "这个.jsonl"),
        (["ask", "--batch", str(_ROOT)], "无法读取"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_2(args: list[str], said: str) -> None:
    done = _run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert "Traceback" not in line


@pytest.mark.parametrize(("text", "said"), [("", "请输入"), ("  ", "请输入"), ("长" * 3000, "问题过长")])
def test_no_question_or_too_long_a_one_is_exit_2(text: str, said: str) -> None:
    done = _run("ask", text)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize("args", [[], ["ask", "问题", "--year", "二〇一二"], ["ask", "问题", "--colour"], ["answer"]])
def test_bad_usage_is_exit_2(args: list[str]) -> None:
    done = _run(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "bad",
    [
        "{", "[]", '"问题"', "3", "{}", '{"question": 3}', '{"question": null}',
        '{"question": "a", "history": "b"}', '{"question": "a", "history": [1]}',
    ],
)  # fmt: skip
def test_a_bad_line_is_named_before_anything_is_answered(tmp_path: Path, bad: str) -> None:
    done = _run("ask", "--batch", _batch_file(tmp_path, json.dumps({"question": _BASE}), "", bad))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "问题.jsonl 第 3 行" in line


def test_a_batch_that_is_not_utf8_is_exit_2(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"question": "长春"}'.encode("gbk"))
    done = _run("ask", "--batch", str(path))
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


def test_a_byte_order_mark_blank_lines_and_a_lone_surrogate_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\ufeff{"question": "长春\\ud800新农合补助标准", "id": 7}\r\n\r\n', "utf-8")
    done = _run("ask", "--batch", str(path))
    assert done.returncode == 0, done.stderr
    (record,) = map(json.loads, done.stdout.splitlines())
    assert record["status"] == "grounded"


def test_a_line_separator_inside_a_question_is_no_end_of_line(tmp_path: Path) -> None:
    done = _run("ask", "--batch", _batch_file(tmp_path, '{"question": "长春新农合\u2028补助标准"}'))
    assert done.returncode == 0, done.stderr


def test_a_region_that_is_none_is_an_error() -> None:
    assert _run("ask", "新农合补助标准?", "--region", "火星").returncode == 2


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("CLAUSE_TOPK", "5", "CLAUSE_TOP_K"),
        ("CLAUSE_MIN_CONFIDENC", "0.5", "CLAUSE_MIN_CONFIDENCE"),
        ("CLAUSE_TOP_K", "0", "CLAUSE_TOP_K"),
        ("CLAUSE_TOP_K", "many", "CLAUSE_TOP_K"),
        ("CLAUSE_LLM_MODEL", "m", "CLAUSE_LLM_BASE_URL"),
        ("CLAUSE_LLM_BASE_URL", "ftp://x", "CLAUSE_LLM_BASE_URL"),
    ],
)
def test_a_wrong_setting_is_named_with_the_right_key(key: str, value: str, said: str) -> None:
    done = _run("ask", _BASE, **{key: value})
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
