"""The encoder's graph with its products done in other ways than the one in use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.e5_graph import Graph

Codes = tuple[NDArray[np.int8], NDArray[np.float32]]


class Float32(Graph):
    """Products in single precision: what the others are compared with."""

    def linear(self, name: str, value: str, weight: NDArray[np.float32]) -> str:
        return self.add("MatMul", [value, self.constant(f"{name}.w", weight.T)])


class LargeCodes(Graph):
    """8-bit integers to 127: finer, and right only on processors that add in 32 bits (VNNI)."""

    def coded(self, weight: NDArray[np.float32]) -> Codes:
        scales = np.abs(weight).max(axis=1) / 127
        return np.round(weight / scales[:, None]).astype(np.int8), scales.astype(np.float32)


class PerTensor(Graph):
    """One scale for a whole weight, not one for each output."""

    def coded(self, weight: NDArray[np.float32]) -> Codes:
        scale = np.abs(weight).max() / 64
        return np.round(weight / scale).astype(np.int8), np.full(len(weight), scale, np.float32)


class PartsLeftOut(Graph):
    """8-bit integers but for some products, told by how their names end or begin, which stay in single precision."""

    def __init__(self, ends: tuple[str, ...] = (), begins: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._ends, self._begins = ends, begins

    def linear(self, name: str, value: str, weight: NDArray[np.float32]) -> str:
        if name.endswith(self._ends) or name.startswith(self._begins):
            return self.add("MatMul", [value, self.constant(f"{name}.w", weight.T)])
        return super().linear(name, value, weight)
