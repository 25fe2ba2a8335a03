"""Our clauses found by one view alone, by the search as it is, and as they are cited in the end."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from eval.ask import ranked_list
from eval.baselines.chunk import Chunk, Retrieve, spoken
from index.settings import Settings
from index.store import ClauseIndex
from index.tokens import tokenize
from index.types import Clause
from rag.answer.refuse import refuse_words
from rag.chain import Finder, build_chain
from rag.clock import Clock
from rag.question.understand import understand
from rag.retrieval.rank import Ranker, Weights
from rag.retrieval.search import Rows, Scores
from rag.types import Question


def open_words(index: ClauseIndex, k: int) -> Retrieve:
    """Return BM25 alone over all clauses: no filter, no synonyms."""

    def retrieve(question: Question) -> list[Chunk]:
        tokens = dict.fromkeys(tokenize(spoken(question)), 1.0)
        return _scored(index, index.sparse["clause"].search(tokens.items(), k))

    return retrieve


def open_vectors(index: ClauseIndex, k: int) -> Retrieve:
    """Return the nearest vectors alone over all clauses: no filter, the question as the encoder has it for anyone."""

    def retrieve(question: Question) -> list[Chunk]:
        vector = np.array(index.encoder.embed_query(spoken(question)), np.float32)
        return _scored(index, index.dense["context"].search(vector, k))

    return retrieve


def open_search(index: ClauseIndex, settings: Settings, k: int) -> Retrieve:
    """Return what our search and ranking find in the scope of the question, before it is judged whether it answers."""
    finder = Finder(index, Ranker(index, Weights.load()), settings)
    clauses = {clause.clause_id: clause for _, held in index.corpus() for clause in held}

    def retrieve(question: Question) -> list[Chunk]:
        if refuse_words(question.text):
            return []
        found = ranked_list(finder.parts(understand(question, index), Clock()))
        return _chunks(clauses[name] for name in found[:k])

    return retrieve


def open_citations(index: ClauseIndex, settings: Settings) -> Retrieve:
    """Return what our answers cite, no model asked; nothing where the answer is refused."""
    answers = build_chain(index, settings.model_copy(update={"llm_base_url": None, "llm_model": None}))

    def retrieve(question: Question) -> list[Chunk]:
        return _chunks(citation.clause for citation in answers.invoke(question).citations)

    return retrieve


def _chunks(clauses: Iterable[Clause]) -> list[Chunk]:
    return [Chunk(clause.doc, clause.spans, rank) for rank, clause in enumerate(clauses)]


def _scored(index: ClauseIndex, found: tuple[Rows, Scores]) -> list[Chunk]:
    rows, scores = found
    chunks = _chunks(index.clause(int(row)) for row in rows)
    return [chunk.found(chunk.rank, float(score)) for chunk, score in zip(chunks, scores, strict=True)]
