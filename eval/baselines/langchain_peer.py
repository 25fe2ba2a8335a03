"""LangChain's default pipeline: split by length, embed, keep in memory, the four nearest (RecursiveCharacterTextSplitter)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from eval.baselines.chunk import Chunk, Retrieve, locate, spoken
from eval.baselines.package import load
from index.types import Document
from rag.types import Question

PACKAGE = "langchain-text-splitters"


@dataclass(frozen=True, slots=True)
class Splitting:
    """How long a chunk may be, what it shares with the one before, and where it may end; None for the library's own."""

    size: int
    overlap: int
    separators: tuple[str, ...] | None = None


DEFAULT = Splitting(1000, 200)
# The sizes and the order that programs for Chinese use; our cleaned text has , and ; in half width, 。 in full.
CHINESE = Splitting(250, 50, (r"\n\n", r"\n", r"[。！？!?]", r"[；;]", r"[，,]", ""))


def split(docs: Sequence[Document], splitting: Splitting) -> list[Chunk]:
    """Return the chunks of the documents, in order; raises UserError if the package is missing."""
    more = {"separators": list(splitting.separators), "is_separator_regex": True} if splitting.separators else {}
    keep = {"keep_separator": "end"} if splitting.separators else {}
    splitter = load("langchain_text_splitters", PACKAGE).RecursiveCharacterTextSplitter(
        chunk_size=splitting.size, chunk_overlap=splitting.overlap, add_start_index=True, **more, **keep
    )
    return [
        Chunk(doc, (locate(piece.page_content, doc.text, piece.metadata["start_index"]),))
        for doc in docs
        for piece in splitter.create_documents([doc.text])
    ]


def open_langchain(docs: Sequence[Document], encoder: Embeddings, k: int, splitting: Splitting = DEFAULT) -> Retrieve:
    """Return the pipeline over documents; raises UserError if the package is missing."""
    chunks = split(docs, splitting)
    store = InMemoryVectorStore(encoder)
    store.add_documents([LangChainDocument(page_content=c.text, metadata={"at": at}) for at, c in enumerate(chunks)])

    def retrieve(question: Question) -> list[Chunk]:
        found = store.similarity_search_with_score(spoken(question), k=k)
        return [chunks[piece.metadata["at"]].found(rank, score) for rank, (piece, score) in enumerate(found)]

    return retrieve
