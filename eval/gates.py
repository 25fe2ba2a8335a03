"""What a run must not be: under the limits of its sets, worse than the accepted run, citing by IDs that mean another clause."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.accepted import briefs_of
from eval.brief import Brief
from eval.fingerprints import moved
from eval.paired import LOWER_IS_BETTER, Difference, differences
from eval.stages import Parting, fault, parting
from eval.table import TITLES

THRESHOLDS = Path(__file__).parent / "thresholds.toml"
_SHOWN = 8  # questions a line


@dataclass(frozen=True, slots=True)
class Miss:
    """What is not good enough, and the questions that it comes from, each with its stage."""

    said: str
    questions: tuple[tuple[Brief, Parting], ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield what went wrong, how many questions at each stage, and the first few of them."""
        stages = Counter(found.stage for _, found in self.questions)
        told = ", ".join(f"{stage} {count} 问" for stage, count in stages.most_common())
        yield f"{self.said}{f' ({told})' if told else ''}"
        for brief, found in self.questions[:_SHOWN]:
            yield f"    [{found.stage}] {name_of(brief)}: {found.why}"
        if len(self.questions) > _SHOWN:
            yield f"    …共 {len(self.questions)} 问"


def name_of(brief: Brief) -> str:
    """Return what a question is called; what a test set asks is not shown, so that nobody works towards it."""
    return brief.id if brief.set.endswith("test") else f"{brief.id} {brief.question}"


def misses(record: Mapping[str, Any], accepted: Mapping[str, Any] | None, path: Path = THRESHOLDS) -> list[Miss]:
    """Return all that is wrong with a run; without an accepted one, only what misses the limits."""
    limits = tomllib.loads(path.read_text("utf-8"))
    after = briefs_of(record)
    before = briefs_of(accepted) if accepted else {}
    elsewhere = moved(accepted["fingerprints"], record["fingerprints"]) if accepted else {}
    partings = {key: told for key, one in after.items() if (told := _parting(before.get(key), one, elsewhere))}
    found = list(_moved(elsewhere))
    for name, one in record["by_set"].items():
        asked = [brief for brief in after.values() if brief.set == name]
        found += _below(name, one["summary"], limits.get(name, limits["default"]), asked, partings)
        found += _dropped(name, before, asked, partings)
    return found


def _parting(before: Brief | None, after: Brief, elsewhere: Mapping[str, str]) -> Parting | None:
    return (parting(before, after, elsewhere.keys()) if before else None) or fault(after)


def _moved(elsewhere: Mapping[str, str]) -> Iterator[Miss]:
    if elsewhere:
        named = "; ".join(f"{name} 现在是原来的 {old}" for name, old in list(elsewhere.items())[:_SHOWN])
        yield Miss(f"索引: {len(elsewhere)} 个条款号指的不再是原来的条款: {named}")


Partings = Mapping[tuple[str, str], Parting]


def _below(
    name: str, summary: Mapping[str, list[float]], limits: Mapping[str, Any], asked: Sequence[Brief], partings: Partings
) -> Iterator[Miss]:
    for measure, limit in limits.get("at_least", {}).items():
        if measure in summary and summary[measure][0] < limit:
            yield Miss(
                f"{name}: {TITLES[measure]} {summary[measure][0]:.3f} 低于 {limit}", _wrong(measure, asked, partings)
            )
    for measure, limit in limits.get("at_most", {}).items():
        if measure in summary and summary[measure][0] > limit:
            yield Miss(
                f"{name}: {TITLES[measure]} {summary[measure][0]:.3f} 高于 {limit}", _wrong(measure, asked, partings)
            )


def _wrong(measure: str, asked: Sequence[Brief], partings: Partings) -> tuple[tuple[Brief, Parting], ...]:
    """Return the questions that a measure finds wrong."""
    right = 0.0 if measure in LOWER_IS_BETTER else 1.0
    wrong = [brief for brief in asked if brief.scores.get(measure) not in (None, right)]
    return tuple((brief, partings[brief.key]) for brief in wrong if brief.key in partings)


def _dropped(
    name: str, before: Mapping[tuple[str, str], Brief], asked: Sequence[Brief], partings: Partings
) -> Iterator[Miss]:
    """Yield each measure that fell beyond the interval of its paired difference."""
    for change in differences(before, {brief.key: brief for brief in asked}):
        if change.is_worse:
            said = f"{name}: {said_of(change)}, 比上次接受的差"
            yield Miss(said, tuple(_fallen(change.measure, before, asked, partings)))


def _fallen(
    measure: str, before: Mapping[tuple[str, str], Brief], asked: Sequence[Brief], partings: Partings
) -> Iterator[tuple[Brief, Parting]]:
    sign = -1 if measure in LOWER_IS_BETTER else 1
    for brief in asked:
        old, new = before[brief.key].scores.get(measure) if brief.key in before else None, brief.scores.get(measure)
        if old is not None and new is not None and sign * (new - old) < 0:
            yield brief, partings[brief.key]


def said_of(change: Difference) -> str:
    """Return a difference as words: from what to what, its interval and how likely chance makes it."""
    return (
        f"{TITLES[change.measure]} {change.before:.3f} → {change.after:.3f} "
        f"(差 [{change.low:+.3f}, {change.high:+.3f}], p={change.p:.3f}, {change.count} 问)"
    )
