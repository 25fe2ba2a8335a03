"""The plots of the report as points of SVG; the templates draw them, and each has its numbers in a table beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.curve import Ceilings
from eval.plot import Frame
from eval.report.calibration import Calibration
from eval.report.runs import Asked, Interval, Part

_WIDTH, _HEIGHT = 480, 300
_SQUARE = Frame(46, 24, 412, 220, 1.0)
_COLUMNS = 24  # of the histogram of latency
_FOLLOWED = ("first_citation", "answer_accuracy", "refusal_recall")
_DRAWN = 20  # runs; of older ones there are the figures in the table
_LABELLED = 6  # runs named under the axis; of more, every second, third …
_STEPS = 50
_APART = 7.0  # pixels between the intervals of two measures of one run, which would cover each other


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in its place, with the ends of its interval where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot: its class in the style sheet, its name, its spots."""

    key: str
    title: str
    spots: tuple[Spot, ...]

    @property
    def line(self) -> str:
        return " ".join(f"{spot.x},{spot.y}" for spot in self.spots)


@dataclass(frozen=True, slots=True)
class Tick:
    """A value written along an axis, in one line or two."""

    at: float
    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """An upright bar, and the words that tell it."""

    x: float
    y: float
    width: float
    height: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a plot's template needs; `told` is what it shows, in words."""

    frame: Frame
    told: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_title: str
    series: tuple[Series, ...] = ()
    columns: tuple[Column, ...] = ()
    marks: tuple[Tick, ...] = ()  # upright lines: the threshold, a median
    diagonal: bool = False
    width: int = _WIDTH
    height: int = _HEIGHT


def over_time(parts: Sequence[Part], titles: dict[str, str]) -> Chart:
    """Return how the measures of a set went from run to run, the newest at the right."""
    parts = parts[-_DRAWN:]
    seen = [part.summary[name] for part in parts for name in _FOLLOWED if name in part.summary]
    floor = min(0.8, math.floor(10 * min((each.low for each in seen), default=0.0)) / 10)
    last = max(len(parts) - 1, 1)
    frame = Frame(46, 24, 412, 220, last + 0.6, max(floor, 0.0))
    xs = [frame.x(at + 0.3 if len(parts) > 1 else 0.8) for at in range(len(parts))]
    every = math.ceil(len(parts) / _LABELLED)
    ticks = (Tick(x, p.run.commit[:7], f"{p.run.time:%m-%d}") for x, p in zip(xs, parts, strict=True))
    return Chart(
        frame,
        f"{len(parts)} 次运行的分数, 竖线是 95 % 区间, 数值见下表",
        tuple(ticks)[::-1][::every][::-1],
        _share_ticks(frame),
        "运行 (提交和日期)",
        tuple(
            _followed(name, titles[name], frame, [x + _APART * (at - 1) for x in xs], parts)
            for at, name in enumerate(_FOLLOWED)
        ),
    )


def reliability(found: Calibration) -> Chart:
    """Return the share that was right in each bin of confidence, beside the diagonal where both agree."""
    held = [one for one in found.bins if one.n]
    spots = (Spot(_SQUARE.x(b.confidence), _SQUARE.y(b.share), *map(_SQUARE.y, b.interval)) for b in held)
    return Chart(
        _SQUARE,
        f"{found.n} 问按把握分为 {len(held)} 组; 期望校准误差 {found.ece:.3f}, 布里尔分数 {found.brier:.3f}",
        tuple(Tick(_SQUARE.x(each / 5), f"{each / 5:.1f}") for each in range(6)),
        _share_ticks(_SQUARE),
        "把握 (程序自报)",
        (Series("first_citation", "实际正确的比例", tuple(spots)),),
        tuple(
            Column(_SQUARE.x(b.low) + 2, _SQUARE.y(b.share), _SQUARE.x(b.high) - _SQUARE.x(b.low) - 4,
                   round(_SQUARE.y(0) - _SQUARE.y(b.share), 1), f"{b.n}")
            for b in held
        ),
        diagonal=True,
    )  # fmt: skip


def refusals(ceilings: Ceilings, threshold: float | None) -> Chart:
    """Return what is refused at each threshold of confidence."""
    points = [ceilings.at(step / _STEPS) for step in range(_STEPS + 1)]
    lines = {
        "refusal_recall": ("应拒则拒", [point.refusal_recall for point in points]),
        "removed": ("抽去依据则拒", [point.removed for point in points]),
        "false_refusal": ("误拒", [point.false_refusal for point in points]),
    }
    if not ceilings.removed:
        del lines["removed"]
    xs = [_SQUARE.x(point.threshold) for point in points]
    now = "" if threshold is None else f", 现用阈值 {threshold:.2f}"
    return Chart(
        _SQUARE,
        f"阈值从 0 到 1 时各拒答多少{now}, 数值见下表",
        tuple(Tick(_SQUARE.x(each / 5), f"{each / 5:.1f}") for each in range(6)),
        _share_ticks(_SQUARE),
        "把握阈值",
        tuple(
            Series(key, title, tuple(Spot(x, _SQUARE.y(share)) for x, share in zip(xs, shares, strict=True)))
            for key, (title, shares) in lines.items()
        ),
        marks=() if threshold is None else (Tick(_SQUARE.x(threshold), f"现用 {threshold:.2f}"),),
    )


@dataclass(frozen=True, slots=True)
class Latency:
    """How long questions took: a histogram as (from, to, questions), its two percentiles, the longest."""

    bins: tuple[tuple[float, float, int], ...]
    p50: float
    p95: float
    longest: float
    chart: Chart


def latency(asked: Sequence[Asked]) -> Latency:
    """Return the histogram of times in milliseconds; what is beyond twice the 95th percentile is in its last column."""
    times = np.array([each.elapsed_ms for each in asked])
    p50, p95 = (float(value) for value in np.percentile(times, [50, 95]))
    step = _round_step(2 * p95 / _COLUMNS)
    counts, edges = np.histogram(np.minimum(times, step * (_COLUMNS - 0.5)), _COLUMNS, (0, step * _COLUMNS))
    bins = tuple(
        (float(low), float(high), int(count)) for low, high, count in zip(edges, edges[1:], counts, strict=False)
    )
    return Latency(bins, p50, p95, float(times.max()), _histogram(bins, p50, p95))


def _histogram(bins: Sequence[tuple[float, float, int]], p50: float, p95: float) -> Chart:
    frame = Frame(46, 24, 412, 220, bins[-1][1])
    most = max(count for *_, count in bins)
    return Chart(
        frame,
        f"用时的分布: 一半的问题在 {p50:.0f} 毫秒以内, 95 % 在 {p95:.0f} 毫秒以内",
        tuple(Tick(frame.x(low), f"{low:.0f}") for low, *_ in bins[::4]),
        tuple(Tick(frame.y(count / most), str(count)) for count in sorted({0, most // 2, most})),
        "用时 (毫秒)",
        columns=tuple(
            Column(frame.x(low) + 1, frame.y(n / most), round(frame.width / len(bins) - 2, 1),
                   round(frame.height * n / most, 1))
            for low, _, n in bins
        ),
        marks=(Tick(frame.x(p50), f"p50 {p50:.0f}"), Tick(frame.x(p95), f"p95 {p95:.0f}")),
    )  # fmt: skip


def _followed(name: str, title: str, frame: Frame, xs: Sequence[float], parts: Sequence[Part]) -> Series:
    spots = (_spot(frame, x, part.summary[name]) for x, part in zip(xs, parts, strict=True) if name in part.summary)
    return Series(name, title, tuple(spots))


def _spot(frame: Frame, x: float, value: Interval) -> Spot:
    return Spot(x, frame.y(value.mean), frame.y(max(value.low, frame.floor)), frame.y(value.high))


def _share_ticks(frame: Frame) -> tuple[Tick, ...]:
    steps: Iterable[float] = (frame.floor + (1 - frame.floor) * step / 4 for step in range(5))
    return tuple(Tick(frame.y(share), f"{100 * share:.0f}%") for share in steps)


def _round_step(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten, so that the columns begin at plain numbers."""
    power = 10.0 ** math.floor(math.log10(max(step, 0.1)))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= step)
