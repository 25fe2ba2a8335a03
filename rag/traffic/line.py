"""The line of questions: as many are answered at a time as the settings allow, the others wait in the order they came.

The page and the API stand in one line.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

_FIRST_GUESS = 0.5  # seconds that an answer takes, before any has been given
_WEIGHT = 0.1  # of the newest answer in what an answer takes
_LONGEST = 30  # seconds that anybody is told to wait
_REMEMBERED = 10_000  # of those who were sent away and may come back


class Full(Exception):
    """So many wait that one more would wait in vain; in `seconds` there may be room."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(eq=False)
class Place:
    """A place in the line, and how whoever stands there is told that it moves."""

    since: float = 0.0  # when its turn came
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def tell(self) -> None:
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop of who waited has ended
                self.loop.call_soon_threadsafe(self.moved.set)


class Line:
    """Who is being answered and who waits."""

    def __init__(self, at_once: int, longest: int) -> None:
        self._at_once = at_once
        self._longest = longest
        self._places: list[Place] = []
        self._lock = threading.Lock()
        self._takes = _FIRST_GUESS
        self._away: list[float] = []  # when those who found no place were told to come back

    def join(self) -> Place:
        """Return a place at the end of the line; raises Full."""
        with self._lock:
            if len(self._places) >= self._at_once + self._longest:
                raise Full(self._send_away())
            place = Place()
            self._places.append(place)
            self._start_turns()
            return place

    def leave(self, place: Place) -> None:
        """Give a place up, for the next to come."""
        with self._lock:
            if place not in self._places:
                return
            if place.since:
                self._takes += _WEIGHT * (time.monotonic() - place.since - self._takes)
            at = self._places.index(place)
            del self._places[at]
            self._start_turns()
            behind = self._places[at:]
        for other in behind:
            other.tell()

    async def wait(self, place: Place) -> AsyncIterator[int]:
        """Yield which in the line a place is, from 1, whenever that changes, until it is its turn."""
        place.loop = asyncio.get_running_loop()
        told = 0
        while (now := self.ahead(place)) > 0:
            if now != told:
                told = now
                yield now
            await place.moved.wait()
            place.moved.clear()

    def ahead(self, place: Place) -> int:
        """Return which in the line a place is, from 1; 0 when it is its turn."""
        with self._lock:
            return max(0, self._places.index(place) + 1 - self._at_once) if place in self._places else 0

    def _start_turns(self) -> None:
        for place in self._places[: self._at_once]:
            place.since = place.since or time.monotonic()

    def seconds(self) -> int:
        """Return in how many seconds half of those who wait, in the line or until they come back, may have been answered."""
        now = time.monotonic()
        while self._away and self._away[0] <= now:
            heapq.heappop(self._away)
        crowd = len(self._places) + len(self._away)
        return min(_LONGEST, max(1, math.ceil(self._takes * crowd / self._at_once / 2)))

    def _send_away(self) -> int:
        seconds = self.seconds()
        if len(self._away) < _REMEMBERED:
            heapq.heappush(self._away, time.monotonic() + seconds)
        return seconds
