"""Ask every golden question through the real chain, score, and compare with the thresholds."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from eval.golden import Golden, check_golden, load_golden
from eval.metrics import MEASURES, Scored, score, summary
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Question

_HERE = Path(__file__).parent
THRESHOLDS = _HERE / "thresholds.toml"
_TITLES = {
    "first_citation": "首条引用正确", "citation_precision": "引用精确率", "citation_recall": "引用召回率",
    "citation_f1": "引用F1", "answer_accuracy": "答案正确", "refusal_recall": "应拒则拒", "false_refusal": "误拒",
    "wrong_region": "错地区引用", "wrong_year": "错年份引用", "figure_error": "数字差错",
}  # fmt: skip


def run(settings: Settings, names: Sequence[str]) -> tuple[list[Scored], dict[str, Any]]:
    """Return the scored answers and the report of a run; raises UserError if the golden set is at fault."""
    from tqdm import tqdm

    index = ClauseIndex.open(settings)
    questions = [golden for name in names for golden in load_golden(name)]
    problems = check_golden(questions, index)
    if problems:
        raise UserError(f"评测集有 {len(problems)} 处错误, 例如 {problems[0]}")
    chain = build_chain(index, settings)
    places = {doc.doc_id: (doc.adcode, doc.year) for doc in index.documents}
    bar = tqdm(questions, desc="评测", unit="问", disable=None)
    scored = [score(golden, chain.invoke(_question(golden)), places) for golden in bar]
    return scored, _report(scored, index, names)


def _question(golden: Golden) -> Question:
    return Question(golden.question, golden.history, id=golden.id)


def _report(scored: Sequence[Scored], index: ClauseIndex, names: Sequence[str]) -> dict[str, Any]:
    kinds: dict[str, list[Scored]] = defaultdict(list)
    for s in scored:
        kinds[s.golden.kind].append(s)
    answered = [s.answer for s in scored if s.answer.status != "refused"]
    return {
        "sets": list(names),
        "commit": _commit(),
        "encoder": index.manifest.encoder,
        "index_version": index.version,
        "questions": len(scored),
        "summary": {name: _rounded(values) for name, values in summary(scored).items()},
        "median_answer_chars": median(len(a.answer) for a in answered) if answered else None,
        "median_ms": round(median(s.answer.elapsed_ms for s in scored), 1),
        "kinds": {kind: {n: v[0] for n, v in summary(group).items()} for kind, group in sorted(kinds.items())},
    }


def table(report: dict[str, Any]) -> str:
    """Return a report as lines for people."""
    lines = [f"评测集 {'+'.join(report['sets'])}: {report['questions']} 问, 编码器 {report['encoder']}"]
    for name, (mean, low, high, count) in report["summary"].items():
        lines.append(f"  {_TITLES[name]:<8}\t{mean:.3f}  [{low:.3f}, {high:.3f}]  {count} 问")
    lines.append(f"  答案长度中位数 {report['median_answer_chars']} 字, 用时中位数 {report['median_ms']} 毫秒")
    lines.append("按类别(首条引用 / 答案正确 / 拒答):")
    for kind, values in report["kinds"].items():
        refused = values.get("refusal_recall", values.get("false_refusal", 0.0))
        cells = [values.get("first_citation"), values.get("answer_accuracy"), refused]
        lines.append(f"  {kind:<14}" + " / ".join("  —  " if v is None else f"{v:.3f}" for v in cells))
    return "\n".join(lines)


def below_thresholds(report: dict[str, Any], path: Path = THRESHOLDS) -> list[str]:
    """Return each measure of a report that misses its threshold, as a line for people."""
    limits = tomllib.loads(path.read_text("utf-8"))
    misses = []
    for name, limit in limits.get("at_least", {}).items():
        value = report["summary"].get(name, (None,))[0]
        if value is not None and value < limit:
            misses.append(f"{_TITLES[name]} {value:.3f} 低于 {limit}")
    for name, limit in limits.get("at_most", {}).items():
        value = report["summary"].get(name, (None,))[0]
        if value is not None and value > limit:
            misses.append(f"{_TITLES[name]} {value:.3f} 高于 {limit}")
    return misses


def details(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """Return each question with its answer and scores, as JSON records."""
    return [
        {
            "id": s.golden.id,
            "kind": s.golden.kind,
            "gold": list(s.golden.gold),
            "scores": {name: measure(s) for name, measure in MEASURES.items()},
            "answer": s.answer.to_json(),
        }
        for s in scored
    ]


def write_json(path: Path, report: dict[str, Any], scored: Sequence[Scored] | None = None) -> None:
    record = report | ({"details": details(scored)} if scored is not None else {})
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _rounded(values: tuple[float, float, float, int]) -> list[float]:
    return [round(value, 4) for value in values[:3]] + [values[3]]


def _commit() -> str | None:
    """Return the commit the code is at, with `+` if the tree has changes; None outside git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=_HERE, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
