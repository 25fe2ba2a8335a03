"""A change that makes citations worse is stopped, and the message names it: planted in the real chain over the real index.

The critical questions are asked as they are, and once more with each change planted; what was right before is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import eval.run
from eval import accepted as accepted_module
from eval.ablate import without
from eval.accepted import accept, load_accepted
from eval.gates import misses
from eval.golden import CRITICAL
from eval.record import make_record
from eval.run import run_sets, settings_for
from index import segment
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex

_SWAPPED = {"2.1.3": "2.1.4", "2.1.4": "2.1.3"}
_UNASKED = {"3.1": "3.3", "3.3": "3.1"}
_OF = "changfubanfa-2012-33"


def _run(settings: Settings) -> dict[str, Any]:
    settings = settings_for(settings, "extractive")
    return make_record(settings, run_sets(settings, [CRITICAL]), "extractive")


@pytest.fixture(scope="module")
def results(settings: Settings, index: ClauseIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run before any change, as it is accepted."""
    return accept(_run(settings), tmp_path_factory.mktemp("accepted") / "results.json")


@pytest.fixture
def accepted(results: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(accepted_module, "RESULTS", results)
    record = load_accepted()
    assert record is not None
    return record


def _said(settings: Settings, accepted: dict[str, Any]) -> list[str]:
    return ["\n".join(miss.lines()) for miss in misses(_run(settings), accepted)]


def test_nothing_is_wrong_when_nothing_has_changed(settings: Settings, accepted: dict[str, Any]) -> None:
    assert _said(settings, accepted) == []


def _swap(monkeypatch: pytest.MonkeyPatch, swapped: dict[str, str]) -> None:
    """Let two clauses of a document have each other's ID."""
    read = segment.read_clause_record

    def swapping(doc: Any, record: str) -> Any:
        clause = read(doc, record)
        return replace(clause, path=swapped.get(clause.path, clause.path)) if doc.doc_id == _OF else clause

    monkeypatch.setattr(segment, "read_clause_record", swapping)


def test_two_clause_ids_swapped(settings: Settings, accepted: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden clauses no longer hold their words, and the message says that it is the index which has changed."""
    _swap(monkeypatch, _SWAPPED)
    with pytest.raises(UserError, match=rf"索引里 2 个条款号.*{_OF}\.2\.1\.4 现在是原来的 {_OF}\.2\.1\.3"):
        _run(settings)


def test_two_clause_ids_swapped_where_the_golden_set_does_not_tell(
    settings: Settings, accepted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _swap(monkeypatch, _SWAPPED)
    monkeypatch.setattr(eval.run, "check_golden", lambda questions, index: [])
    moved, *said = _said(settings, accepted)
    assert moved.startswith("索引: 2 个条款号指的不再是原来的条款")
    assert f"{_OF}.2.1.4 现在是原来的 {_OF}.2.1.3" in moved
    first = next(line for line in said if "首条引用正确" in line)
    assert "(索引 " in first and "[索引] a007" in first


def test_two_clause_ids_swapped_that_no_question_asks_for(
    settings: Settings, accepted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _swap(monkeypatch, _UNASKED)
    assert [line.split(":")[0] for line in _said(settings, accepted)] == ["索引"]


def test_the_year_filter_dropped(settings: Settings, accepted: dict[str, Any]) -> None:
    with without(["years"]):
        said = _said(settings, accepted)
    wrong = [line for line in said if "错年份引用" in line]
    assert wrong and all("[范围]" in line for line in wrong)
    assert any(re.search(r"问的是 .*20\d\d.*引用了 20\d\d年", line) for line in wrong)


def _round(text: str) -> str:
    """Round to tens what has two digits or more, as who thinks that 75% is about 80% would."""
    return re.sub(r"(?<![\d.〔])\d{2,}(?![\d.]|〕|年)", lambda m: str(round(int(m[0]) + 1, -1)), text)


def _rounded_claims(extract: Callable[..., Any]) -> Callable[..., Any]:
    def rounding(*args: Any, **kwargs: Any) -> Any:
        told = extract(*args, **kwargs)
        return replace(told, claims=tuple(replace(claim, text=_round(claim.text)) for claim in told.claims))

    return rounding


def test_a_figure_rounded_in_the_extraction(
    settings: Settings, accepted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of figures withholds what was rounded: the answers are gone, and the message says at which stage."""
    from rag.answer import compose

    monkeypatch.setattr(compose, "extract", _rounded_claims(compose.extract))
    said = next(line for line in _said(settings, accepted) if "答案正确" in line)
    assert "核对 " in said and "[核对] a005" in said and "未显示的句数 0 → 1" in said


def test_a_figure_rounded_after_it_was_checked(
    settings: Settings, accepted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.answer import compose

    monkeypatch.setattr(compose, "render", _rounded_text(compose.render))
    said = _said(settings, accepted)
    for title in ("数字差错", "答案正确"):
        assert any(title in line and "[摘录] a005" in line and "45元 → 50元" in line for line in said), said


def _rounded_text(render: Callable[..., str]) -> Callable[..., str]:
    return lambda *args: _round(render(*args))
