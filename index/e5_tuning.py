"""What was learnt for questions: low-rank additions to the last layers of the default model's weights.

A question is laid beside clauses that answer it in other words; the passages' side stays as it is,
so no index changes. LoRA (Hu et al. 2021), learnt by `python -m eval tune` from lay questions and
the articles that answer them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TUNING_FILE = Path(__file__).parent / "data" / "question_lora.safetensors"


@dataclass(frozen=True)
class Tuning:
    """The factors of each tuned weight: `l9.q.down` (rank, k) and `l9.q.up` (n, rank), float16."""

    factors: dict[str, NDArray[np.float16]]

    @classmethod
    def load(cls, path: Path = TUNING_FILE) -> Tuning:
        from safetensors.numpy import load_file

        return cls(load_file(path))

    @property
    def first_layer(self) -> int:
        return min(int(name.split(".")[0][1:]) for name in self.factors)

    def added_to(self, name: str, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a weight (n, k) with what was learnt for it, if anything was."""
        if f"{name}.up" not in self.factors:
            return weight
        up, down = (self.factors[f"{name}.{part}"].astype(np.float32) for part in ("up", "down"))
        return weight + up @ down
