"""The curve of the threshold as one SVG file: light or dark as its reader is, and nothing beside it is needed.

Drawn by templates and not by a plotting library: colours follow the reader's page, words stay words that can be
searched and read aloud, and a plot weighs a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.curve import Ceilings, Point

_TEMPLATE = "curve.svg.jinja"
_MOST = 0.25  # false refusals shown: beyond a quarter no threshold is of use
_TICKED = (0.2, 0.4, 0.6, 0.8)  # thresholds written along the left curve


@dataclass(frozen=True, slots=True)
class Frame:
    """A square to draw in, with the values at its ends; shares are drawn from `floor` to 1."""

    left: float
    top: float
    width: float
    height: float
    most: float
    floor: float = 0.0

    def x(self, value: float) -> float:
        return round(self.left + self.width * value / self.most, 1)

    def y(self, share: float) -> float:
        return round(self.top + self.height * (1 - share) / (1 - self.floor), 1)

    def line(self, pairs: Sequence[tuple[float, float]]) -> str:
        """Return the points of a polyline, as far as they are within the frame."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in pairs if x <= self.most)


_TRADE = Frame(64, 72, 360, 300, _MOST)
_RATES = Frame(536, 72, 360, 300, 1.0)


def draw(ceilings: Ceilings, setting: float, name: str) -> str:
    """Return the SVG: on the left what is refused rightly against wrongly, on the right each by the threshold."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    points = ceilings.points()
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(_TEMPLATE).render(
        trade=_TRADE,
        rates=_RATES,
        trades=[_TRADE.line([(p.false_refusal, p.refusal_recall) for p in points]),
                _TRADE.line([(p.false_refusal, p.removed) for p in points])],
        lines=_rate_lines(points),
        ticks=[ceilings.at(threshold) for threshold in _TICKED if ceilings.at(threshold).false_refusal <= _MOST],
        now=ceilings.at(setting),
        name=name,
        counts=(len(ceilings.unanswerable), len(ceilings.answerable), len(ceilings.removed)),
    )  # fmt: skip


def _rate_lines(points: Sequence[Point]) -> list[tuple[str, str, str, float]]:
    """Return each rate by the threshold: its class, its name, its polyline, and its height where it is named."""
    rates = {
        "recall": ("应拒则拒", [p.refusal_recall for p in points]),
        "removed": ("抽去依据则拒", [p.removed for p in points]),
        "false": ("误拒", [p.false_refusal for p in points]),
    }
    return [
        (key, title, _RATES.line([(p.threshold, share) for p, share in zip(points, shares, strict=True)]), shares[60])
        for key, (title, shares) in rates.items()
    ]
