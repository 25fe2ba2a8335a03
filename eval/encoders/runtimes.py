"""The encoder run by other libraries: torch in half precision, OpenVINO."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.baselines.package import load
from index.encoder import OnnxEncoder, SentenceTransformersEncoder, Vectors


class TorchBf16(SentenceTransformersEncoder):
    """sentence-transformers with weights and sums in bfloat16: fast on processors that have it (AMX, AVX512-BF16)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._model.bfloat16()

    def _encode(self, texts: Sequence[str], prompt: str, progress: bool) -> Vectors:
        vectors = super()._encode(texts, prompt, progress)  # of length one to two digits only
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class OpenVino(OnnxEncoder):
    """The same tokens and the same batches as the one in use, the network by OpenVINO."""

    def __init__(self, folder: Path, precision: str) -> None:
        super().__init__(folder)
        self._compiled = _compile(folder, precision)
        self._requests = threading.local()  # a request serves one thread at a time

    def _run(self, ids: list[list[int]]) -> Vectors:
        if not hasattr(self._requests, "own"):
            self._requests.own = self._compiled.create_infer_request()
        found = self._requests.own.infer({0: np.array(ids, np.int64)})
        return np.array(next(iter(found.values())), np.float32)


def _compile(folder: Path, precision: str) -> Any:
    openvino = load("openvino", "openvino")
    core, cores = openvino.Core(), os.cpu_count() or 1
    network = openvino.convert_model(_pooled(folder), example_input=_example())
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores}
    return core.compile_model(network, "CPU", settings)


def _example() -> Any:
    return load("torch", "torch").ones((2, 16), dtype=load("torch", "torch").int64)


def _pooled(folder: Path) -> Any:
    """Return the network as a torch module from token ids, texts of one length, to unit vectors."""
    torch = load("torch", "torch")
    bert = SentenceTransformersEncoder(str(folder))._model[0].auto_model

    class Pooled(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any) -> Any:
            states = self.bert(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            return torch.nn.functional.normalize(states.mean(dim=1), dim=-1)

    return Pooled().eval()
