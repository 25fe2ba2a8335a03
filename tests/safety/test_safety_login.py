"""How long a log-in takes does not tell whether there is such a user: measured by the processor's time, in turns."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from rag.access.gate import Attempt, Gate, WrongPassword
from rag.access.sessions import Ends

_WORD = "a phrase of some length 7"
_TIMES = 7
_BOUND = 1.5  # a name that is not hashed for takes a hundredth


def test_known_unknown_and_disabled_users_take_as_long(tmp_path: Path) -> None:
    days = iter(range(1_000_000))
    gate = Gate(tmp_path, Ends(60, 60), clock=lambda: next(days) * 2 * 86_400.0)  # nobody is locked out meanwhile
    gate.users.add("known", _WORD)
    gate.users.add("gone", _WORD)
    gate.users.disable("gone")
    took: dict[str, list[float]] = {"known": [], "gone": [], "nobody": [], "": []}
    for _ in range(_TIMES):
        for name, times in took.items():
            started = time.process_time()
            with pytest.raises(WrongPassword):
                gate.log_in(Attempt(name, "wrong", "10.0.0.1"))
            times.append(time.process_time() - started)
    gate.close()
    middle = {name: statistics.median(times) for name, times in took.items()}
    assert max(middle.values()) < _BOUND * min(middle.values()), middle
