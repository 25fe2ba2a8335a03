"""The seed of all that is random in these tests: CLAUSE_FAULT_SEED, else always the same one."""

from __future__ import annotations

import os
import random

NAME = "CLAUSE_FAULT_SEED"
SEED = int(os.environ.pop(NAME, "") or 2026)  # taken out: the settings know no such name


def dice(purpose: str, seed: int = SEED) -> random.Random:
    """Return random numbers of their own for each purpose, so that a test alone does as among the others."""
    return random.Random(f"{seed} {purpose}")
