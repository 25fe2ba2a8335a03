"""Every answer is counted where the chain ends, whoever asked: the page, a program, an agent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import Runnable

from rag.telemetry.metrics import series
from rag.types import Answer, Question


def counted(chain: Runnable[Question, Answer]) -> Runnable[Question, Answer]:
    """Return the chain; what it answers is counted."""
    return chain.with_config(callbacks=[_Counting()])


class _Counting(BaseCallbackHandler):
    """Counts the runs of the whole chain; its stages are runs with a parent."""

    ignore_llm = ignore_chat_model = ignore_retriever = ignore_agent = True

    def on_chain_start(self, *_: Any, parent_run_id: UUID | None = None, **__: Any) -> None:
        if parent_run_id is None:
            series().answering.inc()

    def on_chain_end(self, outputs: Any, *, parent_run_id: UUID | None = None, **_: Any) -> None:
        if parent_run_id is None:
            series().answering.dec()
            series().answers.labels(outputs.status if isinstance(outputs, Answer) else "stopped").inc()
            if isinstance(outputs, Answer):
                series().answer_seconds.observe(outputs.elapsed_ms / 1000)

    def on_chain_error(self, error: BaseException, *, parent_run_id: UUID | None = None, **_: Any) -> None:
        if parent_run_id is None:
            series().answering.dec()
            series().answers.labels("failed").inc()
