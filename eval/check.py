"""Every golden set against its documents, and against the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from eval.corpora import settings_of_each
from eval.golden import CRITICAL, Golden, check_golden, golden_sets, load_golden
from index.settings import Settings
from index.store import ClauseIndex
from index.tokens import normalise

DIFFICULTIES = ("easy", "medium", "hard")
Sets = Mapping[str, Sequence[Golden]]


def load_sets() -> dict[str, list[Golden]]:
    """Return every set by its name; raises UserError naming the line that is wrong, or a critical ID not in dev."""
    load_golden(CRITICAL)
    return {name: load_golden(name) for name in golden_sets()}


def check_sets(sets: Sets, settings: Settings) -> list[str]:
    """Return all that is wrong with the sets, a line each."""
    problems = []
    own = settings_of_each(settings, sets)
    for name, questions in sets.items():
        index = ClauseIndex.open_clauses(own[name])
        found = [*check_golden(questions, index), *_unsaid(questions)]
        problems += [f"{name} {problem}" for problem in found]
    return [*problems, *shared(sets)]


def shared(sets: Sets) -> Iterator[str]:
    """Yield each question that is in two sets: what is learnt from must not be what is measured by."""
    homes: dict[tuple[str, ...], tuple[str, str]] = {}
    for name, questions in sets.items():
        for golden in questions:
            home, held = homes.setdefault(same(golden.question, golden.history), (name, golden.id))
            if home != name:
                yield f"{name} {golden.id}: 与 {home} 的 {held} 是同一问"


def same(question: str, history: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what two questions share that differ only in marks, spaces and width."""
    return tuple(re.sub(r"[\W_]", "", normalise(text)) for text in (*history, question))


def _unsaid(questions: Sequence[Golden]) -> Iterator[str]:
    for golden in questions:
        if golden.difficulty not in DIFFICULTIES:
            yield f"{golden.id}: 难度 {golden.difficulty!r} 不是 {'、'.join(DIFFICULTIES)} 之一"
        if not golden.note.strip():
            yield f"{golden.id}: 没有写明来历的 note"
