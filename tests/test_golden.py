"""The golden questions are sound, and the checker and the runner say so when they are not."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eval.corpora import corpus_of
from eval.golden import Golden, check_golden, golden_sets, load_golden
from index.errors import UserError
from index.store import ClauseIndex

_ROOT = Path(__file__).parent.parent
_GOOD = Golden("q1", "长春2012年新农合补助标准?", "amount", ("changfubanfa-2012-33.2.1.3",), ("240元",))


def test_the_golden_sets_have_no_fault(index: ClauseIndex) -> None:
    questions = [golden for name in golden_sets() if corpus_of(name) is None for golden in load_golden(name)]
    assert check_golden(questions, index) == []
    assert len(questions) >= 150
    assert sum(not golden.answerable for golden in questions) >= 40


def test_dev_and_test_share_no_question() -> None:
    """What is learnt from is not what is measured by."""
    dev, test = ({(g.question, g.history) for g in load_golden(name)} for name in ("dev", "test"))
    assert len(dev & test) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gold": ("changfubanfa-2012-33.2.1.99",)}, "没有条款 changfubanfa-2012-33.2.1.99"),
        ({"also": ("nowhere-1.1",)}, "没有条款 nowhere-1.1"),
        ({"answer": ("250元",)}, "250元"),
        ({"answer": ("240元", "250元|260元")}, "250元"),
        ({"answer": ()}, "没有答案"),
        ({"kind": "wrong_place"}, "类别"),
        ({"kind": "nonsense"}, "类别"),
        ({"gold": ()}, "类别"),
    ],
)
def test_a_fault_is_found_and_named(index: ClauseIndex, change: dict[str, object], said: str) -> None:
    problems = check_golden([replace(_GOOD, **change)], index)  # type: ignore[arg-type]
    assert any(problem.startswith("q1: ") and said in problem for problem in problems)


def test_a_sound_question_has_no_fault_and_one_of_two_forms_is_enough(index: ClauseIndex) -> None:
    assert check_golden([_GOOD], index) == []
    assert check_golden([replace(_GOOD, answer=("二百四十元|240元",))], index) == []


def test_an_id_used_twice_is_found(index: ClauseIndex) -> None:
    assert check_golden([_GOOD, _GOOD], index) == ["q1: 编号重复"]


def test_a_part_of_a_figure_is_not_in_the_clause(index: ClauseIndex) -> None:
    assert check_golden([replace(_GOOD, answer=("40元",))], index) != []


def _write(folder: Path, *records: object) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    return path


def _record(name: str, question: str, gold: list[str], answer: list[str], kind: str = "amount") -> dict[str, object]:
    return {"id": name, "question": question, "kind": kind, "gold": gold, "answer": answer, "history": []}


@pytest.mark.parametrize("line", ["{", "3", '{"id": "a"}', '{"id": "a", "question": "b", "kind": "c", "gold": []}'])
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(UserError, match="bad.jsonl 第 2 行"):
        load_golden(str(path))


def test_a_set_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UserError, match="nowhere.*dev"):
        load_golden("nowhere")


def _eval(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eval", *args]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", check=False)


def test_a_run_below_the_thresholds_ends_with_1_and_says_which(tmp_path: Path) -> None:
    """The gold is wrong on purpose: the clauses exist and hold the strings, but answer other questions."""
    wrong = _write(
        tmp_path,
        _record("a", "长春2012年新农合补助标准?", ["linzhengbanfa-2024-3.7.19"], ["20名"]),
        _record("b", "临沧每年引进多少高层次人才?", ["changfubanfa-2012-33.2.1.3"], ["240元"]),
    )
    out = tmp_path / "out.json"
    done = _eval("run", "--set", str(wrong), "--json", str(out))
    assert done.returncode == 1, done.stderr
    assert "首条引用正确" in done.stdout
    assert "未过门槛: mine: 首条引用正确 0.000 低于" in done.stderr
    report = json.loads(out.read_text("utf-8"))
    assert report["questions"] == 2
    assert report["summary"]["first_citation"][0] == 0
    assert report["summary"]["wrong_region"][0] == 1


def test_a_run_above_the_thresholds_ends_with_0(tmp_path: Path) -> None:
    right = _write(
        tmp_path,
        _record("a", "长春2012年新农合补助标准?", ["changfubanfa-2012-33.2.1.3"], ["240元"]),
        _record("b", "沈阳2012年新农合补助标准?", [], [], "wrong_place"),
    )
    done = _eval("run", "--set", str(right), "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr


def test_a_run_on_a_faulty_set_ends_with_2(tmp_path: Path) -> None:
    done = _eval("run", "--set", str(_write(tmp_path, _record("a", "问", ["nowhere.1"], ["1"]))))
    assert done.returncode == 2
    assert "nowhere.1" in done.stderr
    assert "Traceback" not in done.stderr
