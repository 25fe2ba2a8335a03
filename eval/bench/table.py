"""A report of `eval.bench.run` as lines for people, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.explanation.show import columns, pad

_NOTES = (
    "起到首答: 新进程从启动到答出第一问 (文件已在系统缓存里)。毫秒: 各人同时发问时每一问的用时; 倍: 与同一进程里轮流单跑的编码器相比。",
    "CPU: 进程自己占用处理器的时间, 机器上别的活不算在内, 所以比钟表时间稳。",
    "建库: 每秒条数, 前者向量已知, 后者含向量化; 对照库直接得到条款文字, 本系统从文件读起 (副本则不读); 对照库的向量化用时按编码器一行计。",
    "本系统一问包括理解、检索、排序、作答和核对; 对照库一问只找最近的 4 段, 不作答。内存: 进程常驻的最高值, 含映射的文件。",
)
_COPIED = (
    "本规模的条款是真实条文的副本: 标题、文号、地方和年份各不相同, 正文逐字相同; 副本标题的向量由原件的略加偏移而来。"
)


def table(report: dict[str, Any]) -> str:
    """Return a report as lines for people."""
    machine = report["machine"]
    lines = [
        f"机器: {machine['cpu']}, {machine['cores']} 核, {machine['memory_bytes'] / 2**30:.0f} GB, 提交 {report['commit']}"
    ]
    for size in report["sizes"]:
        lines += ["", _heading(size), *_aligned([_HEAD, *_rows(size)])]
        lines += [_added(size["added"])] if size["added"] else []
        lines += [_COPIED] if size["copies"] else []
    return "\n".join([*lines, "", *_NOTES, f"对照库: {', '.join(_packages(report))}"])


def markdown(report: dict[str, Any]) -> str:
    """Return the tables that docs/scale.md has."""
    lines = []
    for size in report["sizes"]:
        rows = [_HEAD, ("---",) + ("---:",) * (len(_HEAD) - 1), *_rows(size)]
        lines += ["", _heading(size), "", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines[1:])


def _added(added: dict[str, Any]) -> str:
    stages = ", ".join(f"{stage or '准备'} {seconds:.1f}" for stage, seconds in added["stages"].items())
    return f"本系统加入 {added['documents']} 份文件 ({added['clauses']:,} 条): {added['seconds']:.1f} 秒 ({stages})"


_HEAD = (
    "",
    "建库 条/秒",
    "起到首答 秒 (CPU)",
    "1 人 p50/p95/p99 毫秒 (倍)",
    "8 人",
    "32 人",
    "一问 CPU 毫秒 (倍)",
    "内存 MB",
    "磁盘 MB",
)


def _heading(size: dict[str, Any]) -> str:
    return f"{size['clauses']:,} 条, {size['documents']:,} 份文件, 编码器每秒 {size['encoder_texts_per_second']:.0f} 段"


def _packages(report: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(one["package"] for size in report["sizes"] for one in size["systems"] if one["package"]))


def _rows(size: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for one in size["systems"]:
        if "left_out" in one:
            yield (one["title"], one["left_out"], *("—",) * 7)
            continue
        yield _row(one["title"], one["build"], one["asked"])
        if "placed" in one:
            yield _row(f"{one['title']}, 指明地方年份", {}, one["placed"])


def _row(title: str, build: dict[str, Any], asked: dict[str, Any]) -> tuple[str, ...]:
    rates = (build.get("known"), build.get("embedded"))
    speed = " / ".join("—" if rate is None else f"{rate:,.0f}" for rate in rates) if build else ""
    times = [_times(asked["by_askers"].get(askers)) for askers in ("1", "8", "32")]
    return (
        title,
        speed,
        f"{asked['first_s']:.1f} ({asked['first_cpu_s']:.1f})",
        *times,
        _cpu(asked["by_askers"].get("1")),
        _megabytes(asked["peak_bytes"]),
        _megabytes(build.get("bytes")),
    )


def _cpu(asked: dict[str, Any] | None) -> str:
    return "—" if asked is None else f"{asked['system']['cpu']:.0f} ({asked['ratio']['cpu']:.1f})"


def _times(asked: dict[str, Any] | None) -> str:
    if asked is None:
        return "—"
    shares = "/".join(f"{asked['system'][share]:.0f}" for share in ("p50", "p95", "p99"))
    return f"{shares} ({asked['ratio']['p50']:.1f})"


def _megabytes(count: int | None) -> str:
    return "—" if count is None else f"{count / 1e6:,.1f}" if count < 1e7 else f"{count / 1e6:,.0f}"


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    for title, *cells in rows:
        aligned = (pad(cell, width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {title}{' ' * (widths[0] - columns(title))}  {'  '.join(aligned)}"
