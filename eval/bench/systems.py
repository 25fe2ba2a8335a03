"""Ours and the others, each built in a folder from the same clauses and opened from there by a new process.

The others get the texts of our clauses under their headings, and their vectors: what they are timed at is their own work.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.baselines.package import load
from eval.bench.place import Place
from index.encoder import Encoder
from index.settings import Settings
from index.store import encoder_of

Ask = Callable[[str], object]
K = 4  # LangChain's default


class System(ABC):
    """A way to answer; `most` is how many clauses it is asked to hold."""

    title: str
    package = ""  # of the library that it is
    most = 10**9

    @abstractmethod
    def build(self, place: Place, folder: Path) -> None:
        """Make its files in a folder from the texts and vectors of a place."""

    @abstractmethod
    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        """Return what answers a question, and the encoder that it does it with."""


class Ours(System):
    """The whole chain without a language model: understand, search, rank, answer, check. Its build is timed in `make`."""

    title = "本系统"

    def build(self, place: Place, folder: Path) -> None:
        return

    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        from index.store import ClauseIndex
        from rag.chain import build_chain
        from rag.types import Question

        own = place.settings(settings)
        index = ClauseIndex.open(own)
        chain = build_chain(index, own)
        return lambda text: chain.invoke(Question(text)), index.encoder


class EncoderAlone(System):
    """The floor: the vector of the question, and nothing done with it."""

    title = "只有编码器"

    def build(self, place: Place, folder: Path) -> None:
        return

    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        encoder = encoder_of(settings)
        return encoder.encode_query, encoder


class LangChainFaiss(System):
    """LangChain's retriever over a FAISS store: every vector in memory, every one looked at."""

    title, package = "LangChain + FAISS", "langchain-core"

    def build(self, place: Place, folder: Path) -> None:
        from eval.bench.faiss_store import FaissStore

        vectors = place.vectors()
        store = FaissStore.empty(None, vectors.shape[1])
        store.add_vectors([row["text"] for row in place.texts()], vectors)
        store.save(folder)

    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        from eval.bench.faiss_store import FaissStore

        encoder = encoder_of(settings)
        return FaissStore.load(folder, encoder).as_retriever(search_kwargs={"k": K}).invoke, encoder


class LangChainMemory(System):
    """LangChain's InMemoryVectorStore, kept as it keeps itself: one file of JSON."""

    title, package = "LangChain InMemory", "langchain-core"
    most = 150_000  # 20 KB a clause in Python's own numbers, and all are made an array anew for each question

    def build(self, place: Place, folder: Path) -> None:
        from langchain_core.documents import Document
        from langchain_core.vectorstores import InMemoryVectorStore

        from eval.bench.faiss_store import Given

        store = InMemoryVectorStore(Given(place.vectors()))
        store.add_documents([Document(page_content=row["text"], id=row["id"]) for row in place.texts()])
        store.dump(str(folder / "store.json"))

    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        from langchain_core.vectorstores import InMemoryVectorStore

        encoder = encoder_of(settings)
        store = InMemoryVectorStore.load(str(folder / "store.json"), encoder)
        return store.as_retriever(search_kwargs={"k": K}).invoke, encoder


class LlamaIndex(System):
    """LlamaIndex's VectorStoreIndex over its own store, kept and opened by its StorageContext."""

    title, package = "LlamaIndex", "llama-index-core"
    most = 150_000  # as LangChain's in memory

    def build(self, place: Place, folder: Path) -> None:
        core = load("llama_index.core", self.package)
        node = load("llama_index.core.schema", self.package).TextNode
        vectors = place.vectors()
        nodes = [
            node(text=row["text"], id_=row["id"], embedding=vectors[at].tolist())
            for at, row in enumerate(place.texts())
        ]
        index = core.VectorStoreIndex(nodes, embed_model=self._unused(vectors.shape[1]))
        index.storage_context.persist(str(folder))

    def open(self, place: Place, folder: Path, settings: Settings) -> tuple[Ask, Encoder]:
        core = load("llama_index.core", self.package)
        encoder = encoder_of(settings)
        storage = core.StorageContext.from_defaults(persist_dir=str(folder))
        index = core.load_index_from_storage(storage, embed_model=self._unused(encoder.dimension))
        retriever = index.as_retriever(similarity_top_k=K)

        def ask(text: str) -> Any:
            return retriever.retrieve(core.QueryBundle(text, embedding=encoder.embed_query(text)))

        return ask, encoder

    def _unused(self, dimension: int) -> Any:
        """Return an embedding model that is never asked; left out, the library would look for OpenAI's."""
        return load("llama_index.core.embeddings", self.package).MockEmbedding(embed_dim=dimension)


SYSTEMS: dict[str, System] = {
    "encoder": EncoderAlone(),
    "ours": Ours(),
    "langchain-faiss": LangChainFaiss(),
    "langchain-memory": LangChainMemory(),
    "llama-index": LlamaIndex(),
}
