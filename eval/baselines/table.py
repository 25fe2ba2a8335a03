"""A comparison as lines for people, and as README.md has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from eval.baselines.score import ALLOWED
from rag.explanation.show import columns, pad

_COLUMNS = {
    "clause_recall": ("整条召回", True), "character_recall": ("字数召回", True),
    "character_precision": ("字数精确", True), "drag": ("示字/依据字", False),
    "wrong_region": ("错地区", False), "wrong_year": ("错年份", False), "unanswerable_shown": ("不可答仍给", False),
}  # fmt: skip
_NOTES = (
    "整条召回: 依据条款有九成以上的字在同一段结果里。示字/依据字: 给出的字数是依据条款的几倍。错地区、错年份: 结果中的比例。",
    f"各库没有拒答, 问什么都给出最近的文字; 凭分数可拒: 以分数为门槛, 在误拒 {ALLOWED:.0%} 时拒掉的不可答问题 (门槛就在这些问题上取)。",
)
_IN_README = ("character_recall", "drag", "wrong_region", "unanswerable_shown")


def table(report: dict[str, Any]) -> str:
    """Return a report as lines for people."""
    counts = f"{report['questions']} 问, {report['documents']} 份文件"
    lines = [f"评测集 {report['set']}: {counts}, 编码器 {report['encoder']}"]
    for limit in (1, report["k"]):
        lines += ["", f"前 {limit} 个结果" if limit > 1 else "第 1 个结果", *_rows(report["systems"], f"at_{limit}")]
    packages = dict.fromkeys(system["package"] for system in report["systems"] if system["package"])
    return "\n".join([*lines, "", *_NOTES, f"对照库: {', '.join(packages)}"])


def markdown(report: dict[str, Any]) -> str:
    """Return the table that README.md has."""
    last = f"前 {report['k']} 个"
    names = ("第 1 个整条召回", "整条召回", "字数召回", "示字/依据字", "错地区")
    head = ("结果", names[0], *(f"{last}{name}" for name in names[1:]), "不可答仍给", "凭分数可拒")
    lines = [head, ("---",) * len(head)]
    for one in report["systems"]:
        first, found = one["at_1"], one[f"at_{report['k']}"]
        recalls = [_interval(measured["clause_recall"]) for measured in (first, found)]
        shares = [_share(found.get(name, [None])[0]) for name in _IN_README]
        lines.append((one["title"], *recalls, *shares, _share(one["refused_by_score"])))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _interval(measured: Sequence[float]) -> str:
    mean, low, high = measured[:3]
    return f"{mean:.3f} ({low:.3f}–{high:.3f})"


def _rows(found: Sequence[dict[str, Any]], key: str) -> Iterator[str]:
    """Yield the lines of a table, its columns aligned."""
    rows = [["", *(title for title, _ in _COLUMNS.values()), "凭分数可拒", "毫秒"]]
    rows += [[one["title"], *_cells(one[key]), _share(one["refused_by_score"]), str(one["median_ms"])] for one in found]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    for title, *cells in rows:
        aligned = (pad(cell, width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {title}{' ' * (widths[0] - columns(title))}  {'  '.join(aligned)}"


def _cells(measured: dict[str, list[float]]) -> Iterator[str]:
    for name, (_, interval) in _COLUMNS.items():
        mean, low, high, _ = measured.get(name, (None, 0.0, 0.0, 0))
        yield _share(mean) + (f" [{low:.3f}, {high:.3f}]" if interval and mean is not None else "")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
