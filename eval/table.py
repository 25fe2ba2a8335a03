"""A run as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.explanation.show import columns

_ROWS = (Path(__file__).parent / "measures.tsv").read_text("utf-8").splitlines()
TITLES = {row.split("\t")[0]: row.split("\t")[1] for row in _ROWS if row and row[0] != "#"}
_WIDTH = 14


def table(record: Mapping[str, Any]) -> str:
    """Return the measures of each set of a run, then those of each kind of question."""
    lines = [_heading(record)]
    for name, one in record["by_set"].items():
        lines += [f"{name}: {one['questions']} 问, {one['documents']} 份文件", *_measures(one["summary"])]
        lines.append(f"  答案长度中位数 {one['median_answer_chars']} 字")
    latency = record["latency_ms"]
    lines.append(f"用时中位数 {latency['p50']} 毫秒, 95 % 在 {latency['p95']} 毫秒以内")
    return "\n".join([*lines, "按类别(首条引用 / 答案正确 / 拒答):", *_kinds(record["kinds"])])


def _heading(record: Mapping[str, Any]) -> str:
    mode = "大模型" if record["mode"] == "generative" else "条款摘录"
    without = f", 关闭 {'、'.join(record['ablate'])}" if record["ablate"] else ""
    return f"评测 {record['commit'] or '(不在 git 里)'}: {record['questions']} 问, {mode}, 编码器 {record['encoder']}{without}"


def _measures(summary: Mapping[str, list[float]]) -> Iterator[str]:
    for name, (mean, low, high, count) in summary.items():
        yield f"  {_padded(TITLES[name])}{mean:.3f}  [{low:.3f}, {high:.3f}]  {count:.0f} 问"


def _kinds(kinds: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for kind, values in kinds.items():
        refused = values.get("refusal_recall", values.get("false_refusal", 0.0))
        cells = [values.get("first_citation"), values.get("answer_accuracy"), refused]
        shown = " / ".join("  —  " if value is None else f"{value:.3f}" for value in cells)
        yield f"  {kind:<{_WIDTH}}{shown}  {values['n']:.0f} 问"


def _padded(text: str) -> str:
    return text + " " * max(1, _WIDTH - columns(text))
