"""Wait for what happens beside a test: it comes, or the test fails and says what did not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 120.0  # seconds; two cores shared with others


def until(condition: Callable[[], T], what: str) -> T:
    """Return what a condition gives once that is true.

    Raises:
        AssertionError: it has not become true in two minutes; its text is `what`.
    """
    end = time.monotonic() + _PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.005)
    return found
