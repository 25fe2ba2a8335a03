"""A report of `eval.bench.run` as one SVG file: four measures by the number of clauses, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TEMPLATE = "bench.svg.jinja"
_LEFT, _TOP, _WIDTH, _HEIGHT = 64, 96, 360, 190
_RIGHT, _DOWN = 472, 266  # from one panel to the next

Measure = Callable[[dict[str, Any]], float | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """A square to draw in, with the values at its ends: those of the upright axis are powers of ten."""

    title: str
    left: float
    top: float
    across: tuple[float, float]
    upright: tuple[float, float]

    def x(self, value: float) -> float:
        return round(self.left + _WIDTH * _part(value, *self.across), 1)

    def y(self, value: float) -> float:
        return round(self.top + _HEIGHT * (1 - _part(value, *self.upright)), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        first, last = (round(math.log10(end)) for end in self.upright)
        return [(self.y(10.0**power), f"{10.0**power:g}") for power in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Line:
    """One system in one panel."""

    key: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        return " ".join(f"{x},{y}" for x, y in self.points)


_PANELS: tuple[tuple[str, Measure], ...] = (
    ("一问 p95, 1 人 (毫秒)", lambda one: _asked(one)["by_askers"]["1"]["system"]["p95"]),
    ("一问 p95, 32 人同时 (毫秒)", lambda one: _asked(one)["by_askers"]["32"]["system"]["p95"]),
    ("新进程起到首答 (秒)", lambda one: _asked(one)["first_s"]),
    ("常驻内存最高值 (MB)", lambda one: _asked(one)["peak_bytes"] / 1e6),
)


def draw(report: dict[str, Any]) -> str:
    """Return the SVG of a report."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    sizes = [int(size["clauses"]) for size in report["sizes"]]
    panels = [_panel(at, report["sizes"]) for at in range(len(_PANELS))]
    names = {one["name"]: one["title"] for size in report["sizes"] for one in size["systems"]}
    return environment.get_template(_TEMPLATE).render(
        report=report, panels=panels, names=names, sizes=sizes, width=_WIDTH, height=_HEIGHT
    )


def _panel(at: int, sizes: Sequence[dict[str, Any]]) -> tuple[Panel, list[Line]]:
    title, measure = _PANELS[at]
    found = {name: list(_points(sizes, name, measure)) for name in dict.fromkeys(_names(sizes))}
    values = [value for points in found.values() for _, value in points] or [1.0]
    upright = 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values) * 1.001))
    across = min(s["clauses"] for s in sizes) / 1.5, max(s["clauses"] for s in sizes) * 1.5
    panel = Panel(title, _LEFT + _RIGHT * (at % 2), _TOP + _DOWN * (at // 2), across, upright)
    return panel, [
        Line(name, tuple((panel.x(size), panel.y(value)) for size, value in points)) for name, points in found.items()
    ]


def _names(sizes: Sequence[dict[str, Any]]) -> Iterator[str]:
    return (one["name"] for size in sizes for one in size["systems"])


def _points(sizes: Sequence[dict[str, Any]], name: str, measure: Measure) -> Iterator[tuple[float, float]]:
    for size in sizes:
        for one in size["systems"]:
            if one["name"] == name and "asked" in one and (value := measure(one)):
                yield size["clauses"], value


def _asked(one: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = one["asked"]
    return asked


def _part(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)
