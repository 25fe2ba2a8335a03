"""Text to unit vectors: the default model by onnxruntime, others by sentence-transformers."""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from index.errors import UserError

# As it is imported, onnxruntime writes a device ID and a log of use under ~/.cache: nobody asked for that.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

Vectors = NDArray[np.float32]

DEFAULT_ENCODER = "multilingual-e5-small"
SENTENCE, QUESTION = "sentence_embedding", "question_embedding"  # outputs of the default model's graph
_MAX_CHARS = 8000  # 512 tokens of Chinese are about 800 characters, of English 2,500
# In one run, which is on one core: the layers' values stay in its cache. 300 to 500 is fastest, 2,000 a fifth slower.
_BATCH_TOKENS = 400
_HUB_TIMEOUT = 5.0  # seconds; left alone, the library tries for 80 without a network


class Encoder(Embeddings):
    """Turns questions and passages into vectors of length one; similarity is the dot product.

    `name` tells model and precision, and changes whenever the vectors do: an index keeps it.
    """

    name: str
    dimension: int

    @abstractmethod
    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return float32 (len(texts), dimension), rows in the order given and of length one."""

    @abstractmethod
    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (len(texts), dimension) for questions."""

    def encode_query(self, text: str) -> Vectors:
        """Return float32 (dimension,) for one question."""
        vector: Vectors = self.encode_queries([text])[0]
        return vector

    def encode_question(self, text: str) -> tuple[Vectors, Vectors]:
        """Return a question's vector (dimension,), and that tuned to find what answers it; alike if none was tuned."""
        vector = self.encode_query(text)
        return vector, vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode_passages`."""
        vectors: list[list[float]] = self.encode_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_query`."""
        vector: list[float] = self.encode_query(text).tolist()
        return vector


class OnnxEncoder(Encoder):
    """The default model's folder, run by onnxruntime without torch."""

    def __init__(self, folder: Path) -> None:
        """Load in under half a second; raise UserError if the folder is incomplete or damaged."""
        import onnxruntime

        from index.e5 import MODEL, read_digest
        from index.e5_tokens import Tokens

        try:
            self._query, self._passage = _read_prompts(folder)
            self._tokens = Tokens(folder, _read_longest(folder))
            self._session = onnxruntime.InferenceSession(
                folder / MODEL, _session_options(), providers=["CPUExecutionProvider"]
            )
        # Both libraries raise bare Exception for damaged files.
        except Exception as exc:
            message = f"向量模型文件夹不完整或已损坏: {folder} ({exc})。请删除它后重试, 程序会重建"
            raise UserError(message) from exc
        self._only_asked = onnxruntime.RunOptions()
        self._only_asked.only_execute_path_to_fetches = True  # passages need no layers that are for questions
        self.dimension = int(self._session.get_outputs()[0].shape[-1])
        self.name = f"{DEFAULT_ENCODER}/onnx-int8@{read_digest(folder)}"

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        return self._encode(self.token_ids(texts), progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._ids(self._query, texts), progress=False)

    def encode_question(self, text: str) -> tuple[Vectors, Vectors]:
        plain, tuned = self._session.run(
            [SENTENCE, QUESTION], {"input_ids": np.array(self._ids(self._query, [text]), np.int64)}
        )
        return plain[0], tuned[0]

    def token_ids(self, passages: Sequence[str]) -> list[list[int]]:
        """Return what the model reads of each passage: prompt and special tokens, 512 at most."""
        return self._ids(self._passage, passages)

    def _ids(self, prompt: str, texts: Sequence[str]) -> list[list[int]]:
        return self._tokens.encode(prompt, [_clean(text) for text in texts])

    def _encode(self, ids: list[list[int]], progress: bool) -> Vectors:
        """Run batches side by side, one a core: threads within a run wait for each other at every operator."""
        vectors = np.empty((len(ids), self.dimension), np.float32)
        batches = _batches([len(row) for row in ids])

        def run(rows: list[int]) -> int:
            vectors[rows] = self._run([ids[row] for row in rows])
            return len(rows)

        if len(batches) < 2:
            for rows in batches:
                run(rows)
            return vectors
        with _progress_bar(len(ids), progress) as bar, ThreadPoolExecutor(os.cpu_count()) as workers:
            for done in workers.map(run, batches):
                bar.update(done)
        return vectors

    def _run(self, ids: list[list[int]]) -> Vectors:
        (vectors,) = self._session.run([SENTENCE], {"input_ids": np.array(ids, np.int64)}, self._only_asked)
        return np.asarray(vectors, np.float32)


class SentenceTransformersEncoder(Encoder):
    """Any sentence-transformers model, by local folder or by name."""

    def __init__(
        self,
        name_or_folder: str,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
    ) -> None:
        """Load the model (seconds: it imports torch); raise UserError if that fails.

        Prompts that are not given are the model's own `query` and `passage` or `document`.
        """
        self._model = _load_sentence_transformer(name_or_folder)
        own: dict[str, str] = self._model.prompts or {}
        self._query = query_prompt if query_prompt is not None else own.get("query", "")
        passage = own.get("passage") or own.get("document", "")
        self._passage = passage_prompt if passage_prompt is not None else passage
        self.dimension = len(self._encode([""], "", progress=False)[0])
        self.name = f"{name_or_folder}/sentence-transformers"

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        return self._encode(texts, self._passage, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._query, progress=False)

    def _encode(self, texts: Sequence[str], prompt: str, progress: bool) -> Vectors:
        vectors = self._model.encode(
            [_clean(text) for text in texts],
            prompt=prompt,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=progress,
        )
        return np.asarray(vectors, np.float32)


def load_encoder(
    encoder: str,
    models_dir: Path,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
) -> Encoder:
    """Return the encoder that a setting names; the default model is built on first use.

    `encoder` is `multilingual-e5-small`, a folder, or a sentence-transformers name. Raises
    UserError with the remedy if it cannot be had.
    """
    from index.e5 import build_e5, read_digest

    if encoder == DEFAULT_ENCODER:
        return OnnxEncoder(build_e5(models_dir / DEFAULT_ENCODER))
    if read_digest(Path(encoder)):
        return OnnxEncoder(Path(encoder))
    return SentenceTransformersEncoder(encoder, query_prompt, passage_prompt)


def _session_options() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a question takes 5 ms; passages run side by side
    options.log_severity_level = 3
    return options


def _clean(text: str) -> str:
    """Cut first, as a long text would be tokenised whole; then drop what cannot be encoded."""
    head = text[:_MAX_CHARS].encode("utf-8", "ignore").decode("utf-8")
    return " ".join(head.replace("\0", " ").split())


def _batches(lengths: list[int]) -> list[list[int]]:
    """Return row numbers in batches of one length, longest first so that memory shows at once."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        last = batches[-1] if batches else []
        if last and lengths[last[0]] == lengths[row] and (len(last) + 1) * lengths[row] <= _BATCH_TOKENS:
            last.append(row)
        else:
            batches.append([row])
    return batches


def _progress_bar(total: int, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, desc="向量化", unit="条", disable=not shown)


def _read_prompts(folder: Path) -> tuple[str, str]:
    settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    return settings["prompts"]["query"], settings["prompts"]["passage"]


def _read_longest(folder: Path) -> int:
    settings = json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))
    return int(settings["max_seq_length"])


def _load_sentence_transformer(name_or_folder: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        message = f"使用向量模型 {name_or_folder} 需要: pip install sentence-transformers"
        raise UserError(message) from exc
    try:
        offline = Path(name_or_folder).exists() or not hub_answers()
        return SentenceTransformer(name_or_folder, local_files_only=offline)
    # The library lets errors of four others through: hub, transformers, safetensors, torch.
    except Exception as exc:
        message = (
            f"无法加载向量模型 {name_or_folder} ({type(exc).__name__})。"
            "请改为本地模型文件夹的路径, 或检查模型名和网络; "
            f"默认模型 {DEFAULT_ENCODER} 不需要网络"
        )
        raise UserError(message) from exc


def hub_answers() -> bool:
    """Say whether models can be downloaded, through the proxy if one is set."""
    import urllib.error
    import urllib.request

    if os.environ.get("HF_HUB_OFFLINE") == "1":
        return False
    try:
        url = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
        urllib.request.urlopen(url, timeout=_HUB_TIMEOUT).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
    return True
