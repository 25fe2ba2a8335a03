"""An answer got again from its audit entry, on the index and by the settings of now; and what is not as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.settings import Settings
from index.store import ClauseIndex
from rag.records.audit import Entry, Seen
from rag.records.audit_csv import STATUS_NAMES
from rag.records.fate import CHANGED, GONE, fate_of
from rag.records.keep import entry_of
from rag.types import Question

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from rag.types import Answer

_MODES = {"extractive": "原文摘录", "generative": "模型归纳"}
_ANSWERED = ("grounded", "partial", "refused")
_SCOPE = {"regions": "地区", "years": "年份", "doc_ids": "文件"}


@dataclass(frozen=True, slots=True)
class Replayed:
    """An entry, what is otherwise now (nothing where the answer is the same), and what it was answered by that changed."""

    entry: Entry
    differences: tuple[str, ...]
    circumstances: tuple[str, ...]


def replay(entry: Entry, chain: Runnable[Question, Answer], index: ClauseIndex, settings: Settings) -> Replayed:
    """Ask an entry's question again as it was asked then and return how the answer compares; nothing is kept of it."""
    question = entry.to_question()
    now = entry_of(entry.user, question, chain.invoke(question), settings)
    return Replayed(entry, tuple(_differences(entry, now, index)), tuple(_circumstances(entry, now)))


def _differences(then: Entry, now: Entry, index: ClauseIndex) -> Iterator[str]:
    if then.status != now.status:
        yield f"结果: {_status(then)} → {_status(now)}"
    elif then.reason != now.reason:
        yield f"原因: {then.reason} → {now.reason}"
    if then.status in _ANSWERED:  # else nothing was understood and cited
        yield from _scope(then, now)
        yield from _clauses(then, now, index)
    same_way = then.mode == now.mode == "extractive"
    if same_way and then.status == now.status and then.answer_sha256 not in ("", now.answer_sha256):
        yield "回答的文字不同"


def _circumstances(then: Entry, now: Entry) -> Iterator[str]:
    """Tell what may be the cause of a difference, and is none itself."""
    if then.index_version != now.index_version and then.index_version:
        yield f"索引版本: {then.index_version} → {now.index_version}"
    if then.mode != now.mode and then.mode:
        yield f"方式: {_MODES.get(then.mode, then.mode)} → {_MODES.get(now.mode, now.mode)}"
    elif now.mode == "generative":
        yield "由模型归纳, 每次的文字可能不同, 只比较了结果和所引条款"
    for name in dict.fromkeys((*then.settings, *now.settings)):
        if then.settings.get(name) != now.settings.get(name):
            yield f"设置 {name}: {then.settings.get(name)} → {now.settings.get(name)}"


def _status(entry: Entry) -> str:
    return STATUS_NAMES.get(entry.status, entry.status)


def _scope(then: Entry, now: Entry) -> Iterator[str]:
    for key, name in _SCOPE.items():
        before, after = then.scope.get(key, []), now.scope.get(key, [])
        if list(before) != list(after):
            yield f"理解的{name}: {_listed(before)} → {_listed(after)}"


def _listed(values: object) -> str:
    return "、".join(map(str, values)) if isinstance(values, list | tuple) and values else "未限定"


def _clauses(then: Entry, now: Entry, index: ClauseIndex) -> Iterator[str]:
    """Tell what became of the clauses cited then, and which are cited now instead."""
    before, after = _cited(then), _cited(now)
    for id, seen in before.items():
        fate = fate_of(seen, index)
        if fate == GONE:
            yield f"条款已不在库中: {_name(seen)}"
        elif fate == CHANGED:
            yield f"条款已改动: {_name(seen)}"
        if id not in after and fate != GONE:
            yield f"不再引用: {_name(seen)}"
        elif id in after and seen.validity and seen.validity != after[id].validity:
            yield f"效力: {seen.validity} → {after[id].validity}: {_name(seen)}"
    for id, seen in after.items():
        if id not in before:
            yield f"新引用: {_name(seen)}"
    if list(before) != list(after) and set(before) == set(after):
        yield "引用的次序不同"


def _cited(entry: Entry) -> dict[str, Seen]:
    return {seen.clause_id: seen for seen in entry.clauses if seen.cited}


def _name(seen: Seen) -> str:
    return f"{seen.label} ({seen.clause_id})" if seen.label else seen.clause_id
