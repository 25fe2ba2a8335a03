"""The line of questions: as many are answered at a time as the settings allow, the others wait in the order they came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

_LOOK = 0.1  # seconds between two looks at the line


class Full(Exception):
    """So many wait that one more would wait in vain."""


class Line:
    """Who is being answered and who waits."""

    def __init__(self, at_once: int, longest: int) -> None:
        self._at_once = at_once
        self._longest = longest
        self._places: list[object] = []
        self._lock = threading.Lock()

    def join(self) -> object:
        """Return a place at the end of the line; raises Full."""
        with self._lock:
            if len(self._places) >= self._at_once + self._longest:
                raise Full
            place = object()
            self._places.append(place)
            return place

    def leave(self, place: object) -> None:
        """Give a place up, for the next to come."""
        with self._lock:
            if place in self._places:
                self._places.remove(place)

    async def wait(self, place: object) -> AsyncIterator[int]:
        """Yield which in the line a place is, from 1, whenever that changes, until it is its turn."""
        told = 0
        while (now := self._number(place)) > 0:
            if now != told:
                told = now
                yield now
            await asyncio.sleep(_LOOK)

    def _number(self, place: object) -> int:
        with self._lock:
            return max(0, self._places.index(place) + 1 - self._at_once) if place in self._places else 0
