"""What is random in these tests: its seed is CLAUSE_FAULT_SEED, else always the same one; CLAUSE_FAULT_TIMES has it done more often."""

from __future__ import annotations

import os
import random

NAME = "CLAUSE_FAULT_SEED"
SEED = int(os.environ.pop(NAME, "") or 2026)  # taken out: the settings know no such name
TIMES = int(os.environ.pop("CLAUSE_FAULT_TIMES", "") or 1)


def dice(purpose: str, seed: int = SEED) -> random.Random:
    """Return random numbers of their own for each purpose, so that a test alone does as among the others."""
    return random.Random(f"{seed} {purpose}")
