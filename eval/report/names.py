"""What things are called in the report: measures, kinds and sets by their tables, shares as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Measure:
    """What a measure is called and means; `headline` if the first screen shows it."""

    name: str
    title: str
    high_is_good: bool
    headline: bool
    meaning: str


@cache
def all_measures() -> tuple[Measure, ...]:
    """Return every measure in the order of the report."""
    return tuple(
        Measure(name, title, better == "高", first == "是", meaning)
        for name, (title, better, first, meaning) in table("measures", _HERE.parent).items()
    )


@cache
def table(name: str, folder: Path = _HERE) -> dict[str, tuple[str, ...]]:
    """Return the rows of a table of names by their first field."""
    lines = (folder / f"{name}.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("# "))
    return {key: tuple(rest) for key, *rest in rows}


def set_title(name: str) -> tuple[str, str]:
    """Return what a set is called, and what is to be known of it; a file of questions by its name alone."""
    title, about = table("sets", _HERE.parent).get(name, (Path(name).stem, ""))
    return title, about


def place_of(name: str) -> tuple[int, str]:
    """Return where a set stands in the report: as `sets.tsv` has them, then the others by name."""
    known = list(table("sets", _HERE.parent))
    return (known.index(name) if name in known else len(known)), name


def kind_title(kind: str) -> tuple[str, str]:
    """Return what a kind of question is called, and what it asks."""
    title, *about = table("kinds").get(kind, (kind, ""))
    return title, "".join(about)


def percent(share: float) -> str:
    """Return a share as people read it; one that is nearly all or nearly nothing is never rounded to it."""
    shown = f"{100 * share:.1f}%"
    if shown == "100.0%" and share < 1:
        return "99.9%"
    return "<0.1%" if shown == "0.0%" and share > 0 else shown
