"""Feedback becomes a candidate: checked, once, with its kind guessed and its origin told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.add import Report, add_candidates, read_reports
from eval.check import same, shared
from eval.golden import CANDIDATES, Golden, golden_sets, load_golden
from index.errors import UserError
from index.store import ClauseIndex

_CLAUSE = "changfubanfa-2012-33.2.1.3"


def _report(question: str, *clauses: str, answer: tuple[str, ...] = (), history: tuple[str, ...] = ()) -> Report:
    return Report(question, clauses, "答案只说了一半", "李", answer, history)


def test_a_candidate_keeps_who_when_and_why(index: ClauseIndex, tmp_path: Path) -> None:
    path = tmp_path / "candidates.jsonl"
    added, known = add_candidates([_report("长春12年给农民看病一人贴多少啊", _CLAUSE, answer=("240元",))], index, path)
    assert known == []
    assert load_golden(str(path)) == added
    (golden,) = added
    assert (golden.kind, golden.gold, golden.answer) == ("amount", (_CLAUSE,), ("240元",))
    assert golden.note[:2] == "20" and "李" in golden.note and "答案只说了一半" in golden.note


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (_report("那农民一年一共补多少钱呀", _CLAUSE, history=("长春2012年新农合?",)), "followup"),
        (_report("How much is the NRCMS subsidy in Changchun, really?", _CLAUSE), "english"),
        (_report("長春新農合補助標準到底是多少呢", _CLAUSE), "traditional"),
        (_report("长春新农合的钱归哪几个部门管呀?", _CLAUSE), "department"),
        (_report("长春2012年养老金涨了多少钱呀?"), "near_miss"),
        (_report("长春新农合补助和居民医保补助哪个更高一些?", _CLAUSE), "comparison"),
    ],
)
def test_its_kind_is_guessed(index: ClauseIndex, tmp_path: Path, report: Report, kind: str) -> None:
    ((golden,), _) = add_candidates([report], index, tmp_path / "c.jsonl")
    assert golden.kind == kind


def test_what_is_asked_already_is_named_and_not_added(index: ClauseIndex, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    held = load_golden("dev")[0]
    again = Report(held.question + "  ?", (), "", "李", (), held.history)
    added, known = add_candidates([again, _report("新的一问甲?"), _report("新的一问,甲")], index, path)
    assert [golden.question for golden in added] == ["新的一问甲?"]
    assert f"dev {held.id}" in known[0] and f"候选 {added[0].id}" in known[1]
    assert add_candidates([_report("新的一问甲")], index, path)[0] == []
    assert len(path.read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (_report("某问?", "changfubanfa-2012-33.9.9"), "没有条款 changfubanfa-2012-33.9.9"),
        (_report("某问?", _CLAUSE, answer=("250元",)), "250元"),
        (_report("某问?", _CLAUSE, answer=("40元",)), "40元"),
        (_report("某问?", answer=("240元",)), "240元"),
    ],
)
def test_a_fault_is_named_and_nothing_is_written(index: ClauseIndex, tmp_path: Path, report: Report, said: str) -> None:
    path = tmp_path / "c.jsonl"
    with pytest.raises(UserError, match=said):
        add_candidates([_report("好的一问?", _CLAUSE), report], index, path)
    assert not path.exists()


def test_feedback_is_an_object_a_list_or_a_line_each(tmp_path: Path) -> None:
    one = {"question": "问?", "clause_id": _CLAUSE, "reason": "错"}
    path = tmp_path / "f.json"
    for text in (json.dumps(one), json.dumps([one]), f"{json.dumps(one)}\n\n"):
        path.write_text(text, "utf-8")
        assert read_reports(path, "王") == [Report("问?", (_CLAUSE,), "错", "王")]
    path.write_text(f"{json.dumps(one)}\n{json.dumps(one | {'by': '赵', 'clause_id': None})}", "utf-8")
    assert [(report.by, report.clauses) for report in read_reports(path, "王")] == [("王", (_CLAUSE,)), ("赵", ())]


@pytest.mark.parametrize("text", ["{", '{"question": "问"}\n{', "3", '{"clause_id": "a"}', '{"question": " "}'])
def test_a_record_that_is_no_feedback_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match="f.jsonl 第 [12]"):
        read_reports(path, "王")


def test_candidates_are_in_no_set() -> None:
    assert CANDIDATES.stem not in golden_sets()


def _golden(name: str, question: str, history: tuple[str, ...] = ()) -> Golden:
    return Golden(name, question, "amount", ("d-1.1",), ("1",), history)


def test_a_question_of_two_sets_is_found_whatever_its_marks() -> None:
    sets = {
        "dev": [_golden("a", "补多少钱?")],
        "test": [_golden("b", "补多少钱 。"), _golden("c", "补多少钱", ("那年",))],
    }
    assert list(shared(sets)) == ["test b: 与 dev 的 a 是同一问"]
    assert same("Ａ1，b") == same("A1 b")
