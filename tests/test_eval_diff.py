"""What changed between two runs, over real answers; what is accepted can be compared like the run itself."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from eval.accepted import accept, briefs_of, load_accepted
from eval.diff import BETTER, WORSE, change_lines, diff, fallen_lines, summary_lines
from eval.fingerprints import moved
from eval.golden import CRITICAL
from eval.record import make_record
from eval.run import run_sets, settings_for
from eval.run_file import load_record, save_record
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from tests.endpoint import serving, states

_ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def record(settings: Settings, index: ClauseIndex) -> dict[str, Any]:
    settings = settings_for(settings, "extractive")
    made = make_record(settings, run_sets(settings, [CRITICAL]), "extractive")
    loaded: dict[str, Any] = json.loads(json.dumps(made))
    return loaded


def _changed(record: dict[str, Any], name: str, **scores: float) -> dict[str, Any]:
    """Return the run with one question answered in other words, and scored as given."""
    copy = deepcopy(record)
    detail = next(detail for detail in copy["details"] if detail["id"] == name)
    detail["answer"]["answer"] += "另一句。"
    detail["scores"] |= scores
    return copy


def test_a_run_has_all_that_is_agreed(record: dict[str, Any]) -> None:
    assert record["sets"] == [CRITICAL] and record["mode"] == "extractive" and record["ablate"] == []
    assert {"commit", "time", "index_version", "encoder", "settings", "latency_ms", "median_answer_chars"} <= set(
        record
    )
    assert "llm_api_key" not in record["settings"] and record["settings"]["llm_model"] is None
    assert not [name for name, value in record["settings"].items() if str(value).startswith("/")]  # no path of a machine
    assert record["questions"] == len(record["details"]) == sum(kind["n"] for kind in record["kinds"].values())
    assert sum(group["n"] for group in record["difficulty"].values()) == record["questions"]
    (answered, *_) = (detail for detail in record["details"] if detail["gold"])
    assert answered["retrieved"][0] in answered["clauses"]
    assert set(answered["gold"]) <= set(answered["clauses"])
    assert answered["answer"]["scope"].keys() == {"regions", "years", "doc_ids"}
    titles = {name: group["title"] for name, group in record["documents"].items()}
    assert titles[answered["gold"][0].rsplit(".", 3)[0]]


def test_a_run_is_the_same_as_itself_and_as_its_accepted_form(record: dict[str, Any], tmp_path: Path) -> None:
    kept = load_accepted(accept(record, tmp_path / "results.json"))
    assert kept is not None
    for before in (record, kept):
        found = diff(before, record)
        assert found.changes == [] and found.moved == {} and found.only == (0, 0)
    assert kept["summary"] == record["summary"]
    assert [b.scores for b in briefs_of(kept).values()] == [b.scores for b in briefs_of(record).values()]


def test_a_third_is_the_same_score_in_the_accepted_form(record: dict[str, Any], tmp_path: Path) -> None:
    thirds = deepcopy(record)
    for detail in thirds["details"]:
        detail["scores"]["citation_f1"] = 2 / 3
    kept = load_accepted(accept(thirds, tmp_path / "results.json"))
    assert kept is not None
    assert diff(kept, thirds).changes == []
    assert not any(change.is_worse for change in diff(kept, thirds).differences[CRITICAL])


def test_the_accepted_form_is_small_and_has_a_question_a_line(record: dict[str, Any], tmp_path: Path) -> None:
    path = accept(record, tmp_path / "results.json")
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith('  {"id"')]
    assert len(lines) == record["questions"]
    assert max(map(len, lines)) < 700


def test_a_question_that_fell_is_listed_with_its_stage_and_words(record: dict[str, Any]) -> None:
    found = diff(record, _changed(record, "a005", answer_accuracy=0.0))
    assert [(c.after.id, c.direction, c.parting.stage) for c in found.changes] == [("a005", WORSE, "摘录")]
    said = "\n".join([*summary_lines(found), *change_lines(found)])
    assert "答案正确 1.000 → 0.9" in said
    assert "改变的 1 问: 变差 1" in said and "变差 [摘录] a005 内蒙古2016年" in said
    assert "后: " in said and "另一句。" in said
    (fell,) = fallen_lines(found)
    assert fell.startswith("  变差 [摘录] a005")
    assert diff(_changed(record, "a005", answer_accuracy=0.0), record).changes[0].direction == BETTER


def test_what_a_test_set_asks_is_not_shown(record: dict[str, Any]) -> None:
    before, after = deepcopy(record), _changed(record, "a005", answer_accuracy=0.0)
    for one in (before, after):
        for detail in one["details"]:
            detail["set"] = "test"
    said = "\n".join(change_lines(diff(before, after)))
    assert "a005" in said and "内蒙古" not in said and "另一句" not in said


def test_questions_of_one_run_alone_are_counted_and_not_compared(record: dict[str, Any]) -> None:
    less = deepcopy(record)
    less["details"] = less["details"][2:]
    assert diff(record, less).only == (2, 0)
    assert "只在前一次的 2 问" in "\n".join(summary_lines(diff(record, less)))


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"1": "a", "2": "b", "3": "c"}, {}),
        ({"1": "b", "2": "a", "3": "c"}, {"d.1": "d.2", "d.2": "d.1"}),
        ({"1": "a", "2": "new", "3": "c"}, {}),  # worded anew
        ({"1": "a", "2": "new", "3": "b", "4": "c"}, {"d.3": "d.2"}),  # one came between: 3 means another now
        ({"1": "a"}, {}),
    ],
)
def test_an_id_has_moved_if_it_means_another_clause(after: dict[str, str], found: dict[str, str]) -> None:
    assert moved({"d": {"1": "a", "2": "b", "3": "c"}}, {"d": after}) == found


def test_a_run_with_a_part_switched_off_is_not_accepted(record: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="years"):
        accept(record | {"ablate": ["years"]}, tmp_path / "results.json")


def test_an_older_form_is_no_accepted_run(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert load_accepted(path) is None
    path.write_text('{"sets": ["test"], "summary": {}}', "utf-8")
    assert load_accepted(path) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}'])
def test_a_file_that_is_no_run_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match="x.json 不是评测结果"):
        load_record(path)
    with pytest.raises(UserError, match="nowhere.json"):
        load_record(tmp_path / "nowhere.json")


def test_a_generative_run_wants_a_model(settings: Settings) -> None:
    none = settings.model_copy(update={"llm_base_url": None, "llm_model": None})
    with pytest.raises(UserError, match="CLAUSE_LLM_BASE_URL"):
        settings_for(none, "generative")
    one = settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "m"})
    assert settings_for(one, "generative") is one
    assert not settings_for(one, "extractive").has_llm


def test_a_generative_run_asks_the_model_and_an_extractive_one_does_not(
    settings: Settings, index: ClauseIndex, tmp_path: Path
) -> None:
    golden = {
        "id": "g", "question": "长春2012年新农合补助标准是多少?", "kind": "amount",
        "gold": ["changfubanfa-2012-33.2.1.3"], "answer": ["240元"], "history": [],
    }  # fmt: skip
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(golden), "utf-8")
    said = ("政府补助标准提高到每人每年240元。", "长府办发〔2012〕33号 二、(一)3")
    with serving() as serve:
        endpoint = serve(states(said))
        options = {"llm_base_url": endpoint.url, "llm_model": "scripted", "llm_timeout": 60, "llm_retries": 0}
        asked = settings.model_copy(update=options)
        modes = {}
        for mode in ("extractive", "generative"):
            runs = run_sets(settings_for(asked, mode), [str(path)])
            modes[mode] = (make_record(asked, runs, mode)["details"][0]["answer"], len(endpoint.requests))
    assert (modes["extractive"][0]["mode"], modes["extractive"][1]) == ("extractive", 0)
    assert (modes["generative"][0]["mode"], modes["generative"][1]) == ("generative", 1)
    assert said[0] in modes["generative"][0]["answer"]


def _eval(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eval", *args]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", check=False)


def test_the_command_shows_what_changed(record: dict[str, Any], tmp_path: Path) -> None:
    before = save_record(record, tmp_path / "a.json")
    after = save_record(_changed(record, "a005", answer_accuracy=0.0), tmp_path / "b.json")
    done = _eval("diff", str(before), str(after))
    assert done.returncode == 0, done.stderr
    assert "变差 [摘录] a005" in done.stdout
    wrong = _eval("diff", str(before), str(tmp_path / "c.json"))
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1) and "c.json" in wrong.stderr


def test_the_name_of_a_run_says_when_and_what(
    record: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("eval.run_file.RUNS", tmp_path / "runs")
    path = save_record(record | {"commit": "abc", "time": "2030-01-02T03:04:05+00:00"})
    assert path == tmp_path / "runs" / "20300102T030405-abc-critical-extractive.json"
    assert load_record(path)["commit"] == "abc"
