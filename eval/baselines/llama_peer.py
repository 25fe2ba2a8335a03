"""LlamaIndex's CitationQueryEngine: nodes of 1,024 tokens are found, and cut into sources of 512 that are cited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.embeddings import Embeddings

from eval.baselines.chunk import Chunk, Retrieve, located, spoken
from eval.baselines.package import load
from index.types import Document
from rag.types import Question

PACKAGE = "llama-index-core"


def open_llama(docs: Sequence[Document], encoder: Embeddings, k: int) -> Retrieve:
    """Return the engine's own retrieval and sources over documents; raises UserError if the package is missing."""
    core = load("llama_index.core", PACKAGE)
    chunks = split(docs)
    engine = open_engine(chunks, encoder, k)
    bundle = core.QueryBundle

    def retrieve(question: Question) -> list[Chunk]:
        text = spoken(question)
        nodes = engine.retrieve(bundle(text, embedding=encoder.embed_query(text)))
        return [source for rank, node in enumerate(nodes) for source in _sources(engine, chunks, node, rank)]

    return retrieve


def split(docs: Sequence[Document]) -> list[Chunk]:
    """Return the nodes that its default SentenceSplitter makes of the documents, in order."""
    splitter = load("llama_index.core.node_parser", PACKAGE).SentenceSplitter()
    return [Chunk(doc, (span,)) for doc in docs for span in located(doc, splitter.split_text(doc.text))]


def open_engine(chunks: Sequence[Chunk], encoder: Embeddings, k: int) -> Any:
    """Return the citation engine over its vector store; the model that it would ask only repeats what it is given."""
    core = load("llama_index.core", PACKAGE)
    schema = load("llama_index.core.schema", PACKAGE)
    vectors = encoder.embed_documents([chunk.text for chunk in chunks])
    nodes = [
        schema.TextNode(text=chunk.text, id_=str(at), embedding=vector)
        for at, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True))
    ]
    # Every vector is given, so its own embedding model is never asked; left out, it would look for OpenAI's.
    unused = load("llama_index.core.embeddings", PACKAGE).MockEmbedding(embed_dim=len(vectors[0]))
    index = core.VectorStoreIndex(nodes, embed_model=unused)
    engine = load("llama_index.core.query_engine", PACKAGE).CitationQueryEngine
    llm = load("llama_index.core.llms", PACKAGE).MockLLM()
    return engine.from_args(index, llm=llm, similarity_top_k=k)


def _sources(engine: Any, chunks: Sequence[Chunk], node: Any, rank: int) -> list[Chunk]:
    """Return the numbered sources that the engine shows of a node, cut by its own splitter."""
    chunk = chunks[int(node.node.node_id)]
    (first, end) = chunk.spans[0]
    pieces = engine.text_splitter.split_text(chunk.doc.text[first:end])
    return [Chunk(chunk.doc, (span,), rank, node.score) for span in located(chunk.doc, pieces, first)]
