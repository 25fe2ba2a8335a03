"""At which stage of the chain two answers to a question part, or one answer goes wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from eval.brief import Brief

INDEX, SCOPE, RETRIEVAL, REFUSAL, VERIFICATION, EXTRACTION = "索引", "范围", "检索", "拒答", "核对", "摘录"
STAGES = (INDEX, SCOPE, RETRIEVAL, VERIFICATION, REFUSAL, EXTRACTION)


@dataclass(frozen=True, slots=True)
class Parting:
    """A stage, and what happened there in words."""

    stage: str
    why: str


def parting(before: Brief, after: Brief, moved: Collection[str] = ()) -> Parting | None:
    """Return the first stage at which two runs part on a question; None if it comes out the same.

    `moved` are the IDs that mean another clause now.
    """
    if not is_changed(before, after):
        return None
    return next(_partings(before, after, moved), Parting(EXTRACTION, "同样的条款, 摘出的字句不同"))


def is_changed(before: Brief, after: Brief) -> bool:
    """True if what the user sees has changed, or what it scores."""
    seen = (before.cited, before.said, before.reason) != (after.cited, after.said, after.reason)
    return seen or before.scores != after.scores


def _partings(before: Brief, after: Brief, moved: Collection[str]) -> Iterator[Parting]:
    yield from _index(before, after, moved)
    yield from _scope(before, after)
    yield from _retrieval(before, after)
    yield from _verification(before, after)
    yield from _refusal(before, after)
    yield from _extraction(before, after)


def _index(before: Brief, after: Brief, moved: Collection[str]) -> Iterator[Parting]:
    names = [name for name in dict.fromkeys((*before.cited, *after.cited, *after.gold)) if name in moved]
    if names:
        yield Parting(INDEX, f"条款号 {names[0]} 指的不再是原来的条款")


def _scope(before: Brief, after: Brief) -> Iterator[Parting]:
    if before.scope != after.scope:
        yield Parting(SCOPE, f"读出的范围 {_listed(before.scope)} → {_listed(after.scope)}")
    stray = [name for name in after.outside if name not in before.outside]
    if stray:
        yield Parting(SCOPE, f"问的是 {_listed(after.scope)}, 引用了 {_listed(stray)} 的条款")
    if (before.reason == "out_of_scope") != (after.reason == "out_of_scope"):
        said = "不再当作范围以外" if before.reason == "out_of_scope" else "被当作范围以外"
        yield Parting(SCOPE, f"{said} ({_listed(after.scope)})")


def _retrieval(before: Brief, after: Brief) -> Iterator[Parting]:
    if before.answerable and before.rank != after.rank:
        yield Parting(RETRIEVAL, f"依据的名次 {_rank(before)} → {_rank(after)}")
    elif before.top != after.top and (before.rank is None or before.rank == 1 or not before.answerable):
        yield Parting(RETRIEVAL, f"排在第1的条款 {_listed(before.top)} → {_listed(after.top)}")


def _verification(before: Brief, after: Brief) -> Iterator[Parting]:
    if before.withheld != after.withheld:
        yield Parting(VERIFICATION, f"与条款核对不符而未显示的句数 {before.withheld} → {after.withheld}")


def _refusal(before: Brief, after: Brief) -> Iterator[Parting]:
    if before.refused == after.refused:
        return
    said = "改为拒答" if after.refused else "不再拒答"
    yield Parting(REFUSAL, f"{said}, 把握 {_number(before.confidence)} → {_number(after.confidence)}")


def _extraction(before: Brief, after: Brief) -> Iterator[Parting]:
    if before.cited != after.cited:
        yield Parting(EXTRACTION, f"引用 {_listed(before.cited)} → {_listed(after.cited)}")
    gone = [figure for figure in before.figures if figure not in after.figures]
    new = [figure for figure in after.figures if figure not in before.figures]
    if gone or new:
        yield Parting(EXTRACTION, f"同样的条款, 说的数字不同: {_listed(gone)} → {_listed(new)}")


def fault(brief: Brief) -> Parting | None:
    """Return where one run goes wrong on a question, without another to compare it with; None if it is right."""
    return next(_faults(brief), None)


def _faults(brief: Brief) -> Iterator[Parting]:
    scores = brief.scores
    if scores.get("wrong_region") or scores.get("wrong_year"):
        yield Parting(SCOPE, f"问的是 {_listed(brief.scope)}, 引用了 {_listed(brief.cited)}")
    if scores.get("figure_error"):
        yield Parting(VERIFICATION, "回答里有数字不在所引条款中")
    if not brief.answerable:
        if not brief.refused:
            yield Parting(REFUSAL, f"没有答案而作了答, 把握 {_number(brief.confidence)}")
        return
    if brief.withheld:
        yield Parting(VERIFICATION, f"{brief.withheld} 句与条款核对不符, 未显示")
    if brief.rank is None and scores.get("first_citation") != 1:
        yield Parting(RETRIEVAL, "依据不在前10条里")
    if brief.refused:
        yield Parting(REFUSAL, f"有答案而拒答 ({brief.reason}), 把握 {_number(brief.confidence)}")
    if scores.get("first_citation") != 1:
        yield Parting(RETRIEVAL, f"依据排在{_rank(brief)}")
    if scores.get("answer_accuracy") != 1:
        yield Parting(EXTRACTION, "条款对, 没有摘出要求的字句")


def _rank(brief: Brief) -> str:
    return f"第{brief.rank}" if brief.rank else "前10以外"


def _number(value: float | None) -> str:
    return "无" if value is None else f"{value:.2f}"


def _listed(values: Collection[object]) -> str:
    return "、".join(map(str, values)) or "无"
