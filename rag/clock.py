"""How long each stage of an answer takes, measured as it happens."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Milliseconds by stage, in the order in which each was first entered; one clock a question.

    A stage entered within another stops the outer one, so that the times add up to the whole.
    """

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens within as the stage's."""
        self._stop()
        self._open.append(name)
        self.times.setdefault(name, 0.0)
        try:
            yield
        finally:
            self._stop()
            self._open.pop()

    def move(self, ms: float, name: str, into: str) -> None:
        """Count as another stage's what was measured inside one."""
        self.times[name] = self.times.get(name, 0.0) - ms
        self.times[into] = self.times.get(into, 0.0) + ms

    def each(self, name: str, items: Iterator[T]) -> Generator[T]:
        """Yield the items; only the making of them is counted, not what is done with one before the next is asked for."""
        try:
            while True:
                with self.stage(name):
                    try:
                        item = next(items)
                    except StopIteration:
                        return
                yield item
        finally:
            if isinstance(items, Generator):  # whoever stops listening stops the model too
                items.close()

    def _stop(self) -> None:
        """Count the time since the last change as the innermost stage's."""
        now = time.perf_counter()
        if self._open:
            self.times[self._open[-1]] += (now - self._since) * 1000
        self._since = now
