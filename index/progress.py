"""How far a long piece of work has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

WAITING, READING, EMBEDDING, WRITING = "等待", "读取", "编入", "写入"

Report = Callable[[str, int, int], None]  # the step, how much of it is done, of how much (0: not known)


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""
