"""A LangChain vector store over FAISS, as langchain-community's: flat, float32, all in memory; JSON where that has pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from eval.baselines.package import load
from index.dense import Vectors


class Given(Embeddings):
    """Embeddings that were made before: those of all the texts, asked for once and in their order."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._vectors[: len(texts)].tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError


class FaissStore(VectorStore):
    """Texts, and the nearest of them to a question."""

    def __init__(self, embedding: Embeddings | None, index: Any, texts: list[str]) -> None:
        self._embedding, self._index, self._texts = embedding, index, texts

    @classmethod
    def empty(cls, embedding: Embeddings | None, dimension: int) -> FaissStore:
        return cls(embedding, load("faiss", "faiss-cpu").IndexFlatIP(dimension), [])

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings, metadatas: list[dict[str, Any]] | None = None, **kwargs: Any
    ) -> FaissStore:
        vectors = np.array(embedding.embed_documents(texts), np.float32)
        store = cls.empty(embedding, vectors.shape[1])
        store.add_vectors(texts, vectors)
        return store

    @classmethod
    def load(cls, folder: Path, embedding: Embeddings) -> FaissStore:
        index = load("faiss", "faiss-cpu").read_index(str(folder / "index.faiss"))
        return cls(embedding, index, json.loads((folder / "texts.json").read_text("utf-8")))

    def save(self, folder: Path) -> None:
        load("faiss", "faiss-cpu").write_index(self._index, str(folder / "index.faiss"))
        (folder / "texts.json").write_text(json.dumps(self._texts, ensure_ascii=False), "utf-8")

    def add_vectors(self, texts: Iterable[str], vectors: Vectors) -> None:
        self._texts += texts
        self._index.add(np.ascontiguousarray(vectors))

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        assert self._embedding is not None
        vector = np.array([self._embedding.embed_query(query)], np.float32)
        found: Sequence[int] = self._index.search(vector, k)[1][0]
        return [Document(page_content=self._texts[at]) for at in found if at >= 0]
