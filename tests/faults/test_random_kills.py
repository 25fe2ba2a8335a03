"""A writer of the index is killed at random moments of each deed; `python -m tests.faults.kill --times 100` is the long run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.kill import DEEDS, kill

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the writers that it kills")
_TIMES = 2 * len(DEEDS)


def test_a_writer_killed_at_a_random_moment_leaves_the_index_whole(tmp_path: Path) -> None:
    outcomes = list(kill(_TIMES, tmp_path))
    assert {deed for deed, _ in outcomes} == {deed.name for deed in DEEDS}
