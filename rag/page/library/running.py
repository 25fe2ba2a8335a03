"""A long piece of work beside the page: how far it is, a few times a second, and then what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from index.progress import Report

_T = TypeVar("_T")
_PACE = 0.2  # seconds between two tellings
Step = tuple[str, int, int]


class Running(Generic[_T]):
    """Work in a thread of its own: it goes on to its end even if whoever started it has gone."""

    def __init__(self, work: Callable[[Report], _T]) -> None:
        self._work = work
        self._news = threading.Condition()
        self._untold: list[Step] = []  # the last of each stage since the last telling: none is too short to be told
        self._thread = threading.Thread(target=self._run, name="library", daemon=True)
        self._error: BaseException | None = None
        self._result: list[_T] = []
        self._thread.start()

    def steps(self) -> Iterator[Step]:
        """Yield how far it is, whenever that changed, until it is over."""
        while self._thread.is_alive():
            with self._news:
                self._news.wait_for(lambda: not self._thread.is_alive(), timeout=_PACE)
            yield from self._take()
        yield from self._take()

    @property
    def result(self) -> _T:
        """What came of it; raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self) -> None:
        try:
            self._result.append(self._work(self._report))
        except BaseException as exc:
            self._error = exc
        with self._news:
            self._news.notify_all()

    def _report(self, step: str, done: int, total: int) -> None:
        with self._news:
            if self._untold and self._untold[-1][0] == step:
                self._untold.pop()
            self._untold.append((step, done, total))

    def _take(self) -> list[Step]:
        with self._news:
            steps, self._untold = self._untold, []
        return steps
