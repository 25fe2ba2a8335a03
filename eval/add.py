"""A question that a user sent back, or that somebody types with its clause, becomes a candidate for the golden sets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.check import same
from eval.golden import ANSWERABLE, CANDIDATES, Golden, golden_sets, holds, load_golden
from index.clean import to_simplified
from index.errors import UserError
from index.store import ClauseIndex
from rag.answer.turn import parts_of
from rag.question.english import is_english
from rag.question.understand import understand
from rag.types import Question

_ROW = re.compile(r"(?:^|\.)t\d+\.\d+$")
_KINDS = {
    "duration": "date",
    "other": "how",
}  # what is understood as asked for -> the kind of question, where they differ


@dataclass(frozen=True, slots=True)
class Report:
    """What came in: a question, the clauses that answer it (none if none does), why it was sent and by whom."""

    question: str
    clauses: tuple[str, ...]
    reason: str
    by: str
    answer: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


def read_reports(path: Path, by: str) -> list[Report]:
    """Read feedback, an object or one a line: {"question", "clause_id", "reason"}; raises UserError naming the line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as exc:
        raise UserError(f"读不了 {path}。请给出 UTF-8 的 .json 或 .jsonl 文件。") from exc
    return [_report(record, place, by) for place, record in _records(text, path.name)]


def _records(text: str, name: str) -> Iterator[tuple[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        pass
    else:
        yield from (
            (f"{name} 第 {n} 条", one) for n, one in enumerate(found if isinstance(found, list) else [found], 1)
        )
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"{name} 第 {number} 行", json.loads(line)
            except ValueError as exc:
                raise UserError(f"{name} 第 {number} 行不是 JSON ({exc})。请更正后重试。") from exc


def _report(record: Any, place: str, by: str) -> Report:
    question = record.get("question") if isinstance(record, dict) else None
    if not isinstance(question, str) or not question.strip():
        raise UserError(f"{place} 没有 question。每条须有 question, clause_id (没有答案则为空) 和 reason。")
    clauses = _strings(record.get("clause_id"))
    reason, sender = str(record.get("reason") or ""), str(record.get("by") or by)
    return Report(question, clauses, reason, sender, _strings(record.get("answer")), _strings(record.get("history")))


def _strings(value: Any) -> tuple[str, ...]:
    return () if not value else (value,) if isinstance(value, str) else tuple(map(str, value))


def add_candidates(
    reports: Sequence[Report], index: ClauseIndex, path: Path = CANDIDATES
) -> tuple[list[Golden], list[str]]:
    """Append the new ones to the candidates; return them, and a line for each that is already there.

    Raises UserError, before any is written, if a clause does not exist or does not hold the answer's words.
    """
    held = _held(path)
    added: list[Golden] = []
    known: list[str] = []
    for report in reports:
        key = same(report.question, report.history)
        if key in held:
            known.append(f"已有同样的问题 ({held[key]}): {report.question}")
            continue
        golden = _candidate(report, index, _next_id(held, added))
        added.append(golden)
        held[key] = f"候选 {golden.id}"
    if added:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(golden), ensure_ascii=False) + "\n" for golden in added)
    return added, known


def _held(path: Path) -> dict[tuple[str, ...], str]:
    """Return where each question is held already."""
    homes = {same(g.question, g.history): f"{name} {g.id}" for name in golden_sets() for g in load_golden(name)}
    candidates = load_golden(str(path)) if path.is_file() else []
    return homes | {same(g.question, g.history): f"候选 {g.id}" for g in candidates}


def _next_id(held: dict[tuple[str, ...], str], added: Sequence[Golden]) -> str:
    today = date.today().strftime("%Y%m%d")
    taken = {home.split()[-1] for home in held.values()} | {golden.id for golden in added}
    return next(name for n in range(1, len(taken) + 2) if (name := f"k{today}-{n}") not in taken)


def _candidate(report: Report, index: ClauseIndex, name: str) -> Golden:
    clauses = {clause.clause_id: clause for _, found in index.corpus() for clause in found}
    for clause in report.clauses:
        if clause not in clauses:
            raise UserError(f"没有条款 {clause}。请用 python -m index show 查找条款号。")
    for string in report.answer:
        if not any(holds(clauses[clause].text, string) for clause in report.clauses):
            raise UserError(f"条款 {'、'.join(report.clauses) or '(未给出)'} 里没有 {string!r}。请照条款原文写答案。")
    why = report.reason or "未写原因"
    note = (
        f"{date.today().isoformat()} {report.by}: {why}{'' if report.answer or not report.clauses else ' (答案待补)'}"
    )
    kind = _kind(report, index)
    return Golden(name, report.question.strip(), kind, report.clauses, report.answer, report.history, note=note)


def _kind(report: Report, index: ClauseIndex) -> str:
    """Guess what kind of question it is: by how it is put, else by what it asks for."""
    query = understand(Question(report.question, report.history), index)
    if not report.clauses:
        return "near_miss"
    if report.history:
        return "followup"
    if is_english(report.question):
        return "english"
    if to_simplified(report.question) != report.question:
        return "traditional"
    if len(parts_of(query)) > 1 or query.compares:
        return "comparison"
    if any(_ROW.search(clause) for clause in report.clauses):
        return "table"
    kind = _KINDS.get(query.asks, query.asks)
    return kind if kind in ANSWERABLE else "how"
