"""Kills writers of the index at random moments: python -m tests.faults.kill [--times 100] [--seed 7]

After each the index must be whole, hold the old documents or the new ones and nothing else, and answer from them; and the
same command, run again, must end as if nothing had been, with nothing left lying.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.forks import has_draft, looked, run, said, start, watch
from tests.faults.place import NEW, OLD, Place, left_over, must_be_whole, number_of
from tests.faults.seed import SEED, dice

_SWAP = 0.02  # seconds from a written manifest to the end of the swap, and a little more


@dataclass(frozen=True)
class Deed:
    """A command that changes the index, and what is held before and after."""

    name: str
    command: Callable[[Place], tuple[str, ...]]
    before: frozenset[str] = OLD
    after: frozenset[str] = OLD | NEW
    near_swap: bool = False


DEEDS = (
    Deed("build", lambda place: ("build", str(place.seeds), str(place.incoming))),
    Deed("add", lambda place: ("add", str(place.incoming))),
    Deed("remove", lambda place: ("remove", number_of(min(OLD))), after=OLD - {min(OLD)}),
    Deed("swap", lambda place: ("add", str(place.incoming)), near_swap=True),
    Deed("first build", lambda place: ("build", str(place.seeds)), before=frozenset(), after=OLD),
)


@dataclass
class Killing:
    """One place after another, each with a writer that is killed in it."""

    folder: Path
    seed: int = SEED

    def __post_init__(self) -> None:
        self._bare = Place.make(self.folder / "bare")
        self._built = self._bare.copy(self.folder / "built")
        status, words = run(self._built, "build", str(self._built.seeds))
        assert status == 0, words
        self._took: dict[str, float] = {}

    def once(self, deed: Deed, number: int) -> str:
        """Kill a writer and return what it left, `old` or `new`; raises AssertionError."""
        took = self._time(deed)
        place = self._fresh(deed)
        self._kill(place, deed, took, dice(f"{deed.name} {number}", self.seed))
        held = self._held(place, deed, number)
        status, words = run(place, *deed.command(place))
        assert status == 0 or (deed.name == "remove" and held == deed.after), words  # there is nothing to remove then
        assert must_be_whole(looked(place, number), deed.after) == deed.after
        assert (left := left_over(place)) == [], left
        return "new" if held == deed.after else "old"

    def _fresh(self, deed: Deed) -> Place:
        """Return a place as it is before the deed."""
        return (self._built if deed.before else self._bare).copy(self.folder / "place")

    def _kill(self, place: Place, deed: Deed, took: float, chance: random.Random) -> None:
        process = start(place, *deed.command(place))
        if deed.near_swap:
            watch(process, lambda: has_draft(place))
            time.sleep(chance.uniform(0, _SWAP))
        else:
            time.sleep(chance.uniform(0, took))
        process.kill()
        process.join()
        assert process.exitcode in (-signal.SIGKILL, 0), said(place)

    def _held(self, place: Place, deed: Deed, number: int) -> frozenset[str]:
        if not deed.before and not (place.index_dir / "CURRENT").exists():
            return frozenset()
        return must_be_whole(looked(place, number), deed.before or deed.after, deed.after)

    def _time(self, deed: Deed) -> float:
        """Return how long a deed takes that nobody disturbs."""
        if deed.name not in self._took:
            place = self._fresh(deed)
            started = time.monotonic()
            status, words = run(place, *deed.command(place))
            self._took[deed.name] = time.monotonic() - started
            assert status == 0, words
            assert must_be_whole(looked(place), deed.after) == deed.after
        return self._took[deed.name]


def kill(times: int, folder: Path, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """Yield the deed and what each of so many kills left."""
    killing = Killing(folder, seed)
    for number in range(times):
        deed = DEEDS[number % len(DEEDS)]
        yield deed.name, killing.once(deed, number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    outcomes: Counter[tuple[str, str]] = Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        for outcome in kill(args.times, Path(folder), args.seed):
            outcomes[outcome] += 1
            print(f"\r{sum(outcomes.values())}/{args.times}", end="", file=sys.stderr, flush=True)
    for (deed, left), count in sorted(outcomes.items()):
        print(f"\n{deed}: {left} {count}", end="")
    print(f"\nseed {args.seed}: {sum(outcomes.values())} kills, all whole, {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
