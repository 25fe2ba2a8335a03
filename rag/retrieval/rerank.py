"""A sentence-transformers cross-encoder that puts the clauses found in order, where `CLAUSE_RERANKER` names one.

It reads the question and a clause together. Its order replaces that of the learnt ranker, as it is;
which sentences are quoted, how sure the answer is and when it is refused come from the rest, as without it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encoder import hub_answers
from index.errors import UserError
from index.settings import Settings
from index.types import Clause

_OVERLONG = "长" * 4000  # characters: more than any model reads, so that one which cannot cut fails at start


class Reranker:
    """A cross-encoder, loaded once and asked by one asker at a time: its tokenizer is not safe in two threads."""

    def __init__(self, name_or_folder: str) -> None:
        """Load the model (seconds: it imports torch); raise UserError if it cannot be had or does not score pairs."""
        self._lock = threading.Lock()
        self._model = _load(name_or_folder)
        if self._model.num_labels != 1:
            raise UserError(
                f"重排模型 {name_or_folder} 有 {self._model.num_labels} 个输出, 应只有一个 (相关度)。"
                "请在 CLAUSE_RERANKER 中改用重排 (reranker) 模型, 或不设此项。"
            )
        try:
            self._predict([("问", _OVERLONG)])
        except Exception as exc:  # of torch, transformers or the tokenizer, each with its own
            raise UserError(
                f"重排模型 {name_or_folder} 不能读长文 ({type(exc).__name__})。"
                "请在其 tokenizer_config.json 中设好 model_max_length, 或改用其他模型。"
            ) from exc

    def scores(self, question: str, clauses: Sequence[Clause]) -> npt.NDArray[np.float64]:
        """Return the relevance (n,) of each clause, with its label; what is longer than the model reads is cut."""
        return self._predict([(question, f"{clause.label}\n{clause.text}") for clause in clauses])

    def _predict(self, pairs: list[tuple[str, str]]) -> npt.NDArray[np.float64]:
        import torch

        # The logits themselves: behind the sigmoid the best ones all round to 1, and tie.
        with self._lock:
            scores = self._model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return np.asarray(scores, np.float64).reshape(len(pairs))


def open_reranker(settings: Settings) -> Reranker | None:
    """Return the reranker that the settings name, None if they name none; raises UserError if it cannot be used."""
    return Reranker(settings.reranker) if settings.reranker else None


def _load(name_or_folder: str) -> Any:
    try:
        from sentence_transformers import CrossEncoder
    except ImportError as exc:
        raise UserError(f"使用重排模型 {name_or_folder} 需要: pip install sentence-transformers") from exc
    try:
        offline = Path(name_or_folder).exists() or not hub_answers()
        return CrossEncoder(name_or_folder, local_files_only=offline)
    # The library lets errors of four others through: hub, transformers, safetensors, torch.
    except Exception as exc:
        raise UserError(
            f"无法加载重排模型 {name_or_folder} ({type(exc).__name__})。"
            "请把 CLAUSE_RERANKER 改为本地模型文件夹的路径, 或检查模型名和网络, 或不设此项。"
        ) from exc
