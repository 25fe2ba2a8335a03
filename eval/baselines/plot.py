"""The comparison as one SVG file: what each system finds, and how much has to be read for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TEMPLATE = "bars.svg.jinja"
_LEFT, _WIDTH, _ROW, _TOP = 210, 320, 46, 96
_GAP = 70  # between the two panels
_LONGEST_DRAG = 24.0  # times the evidence at the right end; a whole document is more, and is cut there


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from the left of its panel, with its interval as a line where it has one."""

    key: str
    x: float
    y: float
    width: float
    text: str
    low: float | None = None
    high: float | None = None


def draw(report: Mapping[str, Any]) -> str:
    """Return the SVG of a report of `eval.baseline.compare`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    systems, last = report["systems"], f"at_{report['k']}"
    return environment.get_template(_TEMPLATE).render(
        report=report,
        rows=[(system["title"], _TOP + _ROW * at + 22, system["ours"]) for at, system in enumerate(systems)],
        bars=[bar for at, system in enumerate(systems) for bar in _bars(system, last, _TOP + _ROW * at)],
        panels=(_LEFT, _LEFT + _WIDTH + _GAP),
        width=_WIDTH,
        ticks=[(_LEFT + _WIDTH * share / 5, f"{share / 5:.1f}") for share in range(6)],
        times=[(_LEFT + _WIDTH + _GAP + _WIDTH * n / _LONGEST_DRAG, str(n)) for n in (1, 8, 16, 24)],
        top=_TOP,
        bottom=_TOP + _ROW * len(systems),
    )


def _bars(system: Mapping[str, Any], last: str, top: float) -> list[Bar]:
    """Return a system's bars: clauses found by the first result, by all, and what is read for them."""
    drag = system[last]["drag"][0]
    right = _LEFT + _WIDTH + _GAP
    width = _WIDTH * min(drag, _LONGEST_DRAG) / _LONGEST_DRAG
    return [
        _found("all", system[last]["clause_recall"], top + 4),
        _found("first", system["at_1"]["clause_recall"], top + 22),
        Bar("drag", right, top + 13, round(width, 1), f"{drag:.1f}"),
    ]


def _found(key: str, measured: Sequence[float], y: float) -> Bar:
    mean, low, high = (round(_WIDTH * share, 1) for share in measured[:3])
    return Bar(key, _LEFT, y, mean, f"{measured[0]:.3f}", _LEFT + low, _LEFT + high)
