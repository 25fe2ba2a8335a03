"""What a run must reach: the limits of each set."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.table import TITLES

THRESHOLDS = Path(__file__).parent / "thresholds.toml"


def below_thresholds(record: Mapping[str, Any], path: Path = THRESHOLDS) -> list[str]:
    """Return each measure of a run's sets that misses its limit, as a line for people."""
    limits = tomllib.loads(path.read_text("utf-8"))
    found = []
    for name, one in record["by_set"].items():
        own = limits.get(name, limits["default"])
        found += [f"{name}: {miss}" for miss in _misses(one["summary"], own)]
    return found


def _misses(summary: Mapping[str, list[float]], limits: Mapping[str, Any]) -> Iterator[str]:
    values = {name: measured[0] for name, measured in summary.items()}
    for name, limit in limits.get("at_least", {}).items():
        if name in values and values[name] < limit:
            yield f"{TITLES[name]} {values[name]:.3f} 低于 {limit}"
    for name, limit in limits.get("at_most", {}).items():
        if name in values and values[name] > limit:
            yield f"{TITLES[name]} {values[name]:.3f} 高于 {limit}"
