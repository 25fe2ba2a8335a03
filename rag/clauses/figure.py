"""A figure as people look for it: 240元, 200-500元, 70%以上, 不超过3万元; and a bare unit, 元."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.errors import UserError
from index.figures import find_figures
from index.types import Figure
from rag.clauses.fold import fold

_BOUNDS = Path(__file__).parent.parent / "data" / "bounds.tsv"
_SIGNS = {">=": "least", "≥": "least", ">": "least", "<=": "most", "≤": "most", "<": "most"}
_JOIN = r"\s*(?:[-—–~～]|至|到)+\s*"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Figures of a unit from `low` to `high`, both included; a bare unit wants all of them."""

    unit: str
    low: float = -math.inf
    high: float = math.inf


def read_unit(text: str) -> str | None:
    """Return the base unit that a word is (万元 -> 元), or None."""
    figures = find_figures(f"1{text}")
    whole = len(figures) == 1 and figures[0].text == f"1{text}" and figures[0].kind != "date"
    return figures[0].unit if whole and not text[0].isdigit() else None


def read_figure(text: str) -> Wanted | None:
    """Return the figures that a word asks for, or None if it is no figure with a unit."""
    plain = re.sub(r"\s", "", fold(text))
    sides = _side_before(plain)
    bare = plain[len(sides[0]) :]
    figure = _whole(bare)
    if figure is None:
        return _between(bare) if not sides[0] else None
    low, high = ends_of(figure)
    if "least" in (sides[1], _side_after(figure.text)):
        return Wanted(figure.unit, low=low)
    if "most" in (sides[1], _side_after(figure.text)):
        return Wanted(figure.unit, high=high)
    return Wanted(figure.unit, low, high)


def need_figure(text: str) -> Wanted:
    """Return the figures that the field for them asks for; raises UserError if it cannot be read."""
    unit = read_unit(text.strip()) if text.strip() else None
    wanted = Wanted(unit) if unit else read_figure(text)
    if wanted is None:
        raise UserError(f"读不懂数字“{text[:40]}”。请写数字和单位, 例如 240元、200-500元、70%以上。")
    return wanted


def ends_of(figure: Figure) -> tuple[float, float]:
    """Return the least and the greatest value of a figure; they differ for a range. Raises ValueError for a date."""
    low, _, high = figure.value.partition("-")
    return float(low), float(high or low)


def _whole(text: str) -> Figure | None:
    """Return the one quantity that a text is."""
    figures = find_figures(text)
    return figures[0] if len(figures) == 1 and figures[0].text == text and figures[0].kind != "date" else None


def _between(text: str) -> Wanted | None:
    """Return what 200元至500元 asks for."""
    parts = re.split(_JOIN, text)
    figures = [_whole(part) for part in parts]
    if len(figures) != 2 or figures[0] is None or figures[1] is None or figures[0].unit != figures[1].unit:
        return None
    low, high = sorted((ends_of(figures[0])[0], ends_of(figures[1])[1]))
    return Wanted(figures[0].unit, low, high)


def _side_before(text: str) -> tuple[str, str]:
    """Return the words before a figure that bound it, and whether from below (least) or above (most)."""
    before = {**_SIGNS, **_bounds()["前"]}
    words = max((word for word in before if text.startswith(word)), key=len, default="")
    return words, before.get(words, "")


def _side_after(text: str) -> str:
    after = _bounds()["后"]
    return after.get(max((word for word in after if text.endswith(word)), key=len, default=""), "")


@cache
def _bounds() -> dict[str, dict[str, str]]:
    """Return the words that bound a figure, by where they stand."""
    table: dict[str, dict[str, str]] = {"前": {}, "后": {}}
    for line in _BOUNDS.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "数字")):
            word, side, where = line.split("\t")[:3]
            table[where][fold(word)] = side
    return table
