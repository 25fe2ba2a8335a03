"""Haystack: its splitter, its in-memory store, and its retriever by embedding."""

from __future__ import annotations

import os
from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

from eval.baselines.chunk import Chunk, Retrieve, locate, spoken
from eval.baselines.package import load
from index.types import Document
from rag.types import Question

PACKAGE = "haystack-ai"


def split(docs: Sequence[Document]) -> list[Chunk]:
    """Return the documents' paragraphs as its splitter cuts them, in order; raises UserError if the package is missing.

    Its default, 200 words between spaces, leaves a Chinese document whole.
    """
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported; it would call home
    document = load("haystack", PACKAGE).Document
    splitter = load("haystack.components.preprocessors", PACKAGE).DocumentSplitter(split_by="line", split_length=1)
    return [
        Chunk(doc, (locate(piece.content, doc.text, piece.meta["split_idx_start"]),))
        for doc in docs
        for piece in splitter.run(documents=[document(content=doc.text)])["documents"]
    ]


def open_haystack(docs: Sequence[Document], encoder: Embeddings, k: int) -> Retrieve:
    """Return the pipeline over documents; raises UserError if the package is missing."""
    chunks = split(docs)
    document = load("haystack", PACKAGE).Document
    store = load("haystack.document_stores.in_memory", PACKAGE).InMemoryDocumentStore()
    vectors = encoder.embed_documents([chunk.text for chunk in chunks])
    store.write_documents(
        [
            document(id=str(at), content=chunk.text, embedding=vector)
            for at, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True))
        ]
    )
    retrievers = load("haystack.components.retrievers.in_memory", PACKAGE)
    retriever = retrievers.InMemoryEmbeddingRetriever(store, top_k=k)

    def retrieve(question: Question) -> list[Chunk]:
        found = retriever.run(query_embedding=encoder.embed_query(spoken(question)))["documents"]
        return [chunks[int(piece.id)].found(rank, piece.score) for rank, piece in enumerate(found)]

    return retrieve
