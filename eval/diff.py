"""What changed between two runs: the measures, and the questions with the stage at which they part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.accepted import briefs_of
from eval.brief import Brief
from eval.fingerprints import moved
from eval.gates import name_of, said_of
from eval.paired import LOWER_IS_BETTER, Difference, differences
from eval.stages import STAGES, Parting, parting

BETTER, WORSE, OTHER = "变好", "变差", "有变"
_CLEAR = 0.05
_SHOWN = 20  # questions that fell, after a run


@dataclass(frozen=True, slots=True)
class Change:
    """A question that comes out otherwise, with the stage at which it does, and whether its scores rose or fell."""

    before: Brief
    after: Brief
    parting: Parting
    direction: str

    def lines(self) -> Iterator[str]:
        """Yield the question, why it changed and, where both runs keep them, the answers' words."""
        yield f"  {self.direction} [{self.parting.stage}] {name_of(self.after)}: {self.parting.why}"
        if self.before.words and self.after.words and not self.after.set.endswith("test"):
            yield f"      前: {_one_line(self.before.words)}"
            yield f"      后: {_one_line(self.after.words)}"


@dataclass(frozen=True, slots=True)
class Diff:
    """Two runs compared, set by set over the questions that both asked."""

    differences: dict[str, list[Difference]]
    changes: list[Change]
    moved: dict[str, str]
    only: tuple[int, int]  # questions of the first run alone, of the second alone

    def of_stage(self, stage: str) -> list[Change]:
        return [change for change in self.changes if change.parting.stage == stage]


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff:
    """Return what changed from one run to another."""
    old, new = briefs_of(before), briefs_of(after)
    elsewhere = moved(before.get("fingerprints", {}), after.get("fingerprints", {}))
    both = [key for key in new if key in old]
    partings = {key: parting(old[key], new[key], elsewhere.keys()) for key in both}
    changes = [Change(old[k], new[k], found, _direction(old[k], new[k])) for k, found in partings.items() if found]
    sets = dict.fromkeys(name for name, _ in both)
    measured = {name: differences(old, {key: new[key] for key in both if key[0] == name}) for name in sets}
    return Diff(measured, changes, elsewhere, (len(old) - len(both), len(new) - len(both)))


def summary_lines(found: Diff) -> Iterator[str]:
    """Yield the measures that changed, and how many questions did, by stage."""
    for name, measured in found.differences.items():
        moving = [change for change in measured if change.before != change.after or change.low or change.high]
        yield f"{name}:" if moving else f"{name}: 各项指标不变"
        yield from (f"  {'*' if change.p < _CLEAR else ' '} {said_of(change)}" for change in moving)
    for name, old in found.moved.items():
        yield f"条款号 {name} 现在是原来的 {old}"
    if any(found.only):
        yield f"只在前一次的 {found.only[0]} 问, 只在后一次的 {found.only[1]} 问, 未比较"
    yield from _counts(found)


def change_lines(found: Diff) -> Iterator[str]:
    """Yield every question that changed, by stage, those that fell first."""
    order = (WORSE, BETTER, OTHER)
    for stage in STAGES:
        for change in sorted(found.of_stage(stage), key=lambda change: order.index(change.direction)):
            yield from change.lines()


def fallen_lines(found: Diff) -> Iterator[str]:
    """Yield the first questions that fell, a line each."""
    fallen = [change for change in found.changes if change.direction == WORSE]
    yield from (next(change.lines()) for change in fallen[:_SHOWN])
    if len(fallen) > _SHOWN:
        yield f"  …共 {len(fallen)} 问变差; 全部见 python -m eval diff accepted 结果.json"


def _counts(found: Diff) -> Iterator[str]:
    if not found.changes:
        yield "没有一问的回答改变"
        return
    yield f"改变的 {len(found.changes)} 问: {_directions(found.changes)}"
    for stage in STAGES:
        if changes := found.of_stage(stage):
            yield f"  {stage} {len(changes)} 问: {_directions(changes)}"


def _directions(changes: Sequence[Change]) -> str:
    counts = Counter(change.direction for change in changes)
    return ", ".join(f"{name} {counts[name]}" for name in (WORSE, BETTER, OTHER) if counts[name])


def _direction(before: Brief, after: Brief) -> str:
    """Return whether a question's scores rose or fell, all measures of it added."""
    total = 0.0
    for name, value in after.scores.items():
        old = before.scores.get(name)
        if value is not None and old is not None:
            total += (old - value) if name in LOWER_IS_BETTER else (value - old)
    return BETTER if total > 0 else WORSE if total < 0 else OTHER


def _one_line(text: str) -> str:
    return " ".join(text.split())
