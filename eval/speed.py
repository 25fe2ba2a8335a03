"""How long a question takes beside the encoder alone: the two in turn, question by question."""

from __future__ import annotations

import time
from statistics import median

from eval.golden import load_golden
from index.settings import Settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.question.understand import understand
from rag.types import Question


def measure(settings: Settings, name: str, limit: int = 200) -> dict[str, float]:
    """Return median milliseconds of the whole chain and of the encoder, and the median of their ratios."""
    index = ClauseIndex.open(settings)
    chain = build_chain(index, settings.model_copy(update={"llm_base_url": None, "llm_model": None}))
    questions = [Question(g.question, g.history) for g in load_golden(name) if g.answerable][:limit]
    for question in questions[:20]:  # first use loads what later questions share
        chain.invoke(question)
    whole, alone = [], []
    for question in questions:
        topic = understand(question, index).topic
        started = time.perf_counter()
        index.encoder.encode_query(topic)
        between = time.perf_counter()
        chain.invoke(question)
        alone.append((between - started) * 1000)
        whole.append((time.perf_counter() - between) * 1000)
    ratios = [w / a for w, a in zip(whole, alone, strict=True)]
    return {"chain_ms": median(whole), "encoder_ms": median(alone), "ratio": median(ratios)}
