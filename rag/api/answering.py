"""Answers to programs: by the chain of the newest index, so many at once, and each kept in the audit however it ends."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.api.caller import Caller
from rag.api.errors import Unavailable
from rag.page.desk import Desk
from rag.records.keep import entry_of
from rag.telemetry.request_id import current_request_id
from rag.types import Answer, Question

if TYPE_CHECKING:
    from index.store import ClauseIndex

_log = logging.getLogger(__name__)
NO_ANSWER = "系统没有给出回答。请稍后再试。"
_NO_INDEX = "现在没有可用的索引。请稍后再试, 或联系管理员。"


class Answering:
    """Asks a desk's chain from the event loop; the work itself is done in threads."""

    def __init__(self, desk: Desk) -> None:
        from anyio import CapacityLimiter

        self._desk = desk
        self._room = CapacityLimiter(desk.settings.concurrency)

    async def whole(
        self, question: Question, caller: Caller, is_gone: Callable[[], Awaitable[bool]] | None = None
    ) -> Answer:
        """Return the whole answer; raises UserError. Once nobody waits for it any more it is given up."""
        answer: Answer | None = None
        async with aclosing(self.grown(question, caller)) as answers:
            async for grown in answers:
                answer = grown
                if is_gone is not None and await is_gone():
                    break
        if answer is None:
            raise Unavailable(NO_ANSWER)
        return answer

    async def grown(self, question: Question, caller: Caller) -> AsyncGenerator[Answer, None]:
        """Yield the answer as it grows, the last one whole; raises UserError. To be closed by whoever leaves before."""
        from anyio import CancelScope
        from anyio.to_thread import run_sync

        answer, why_none = None, "stopped"
        try:
            answers = await run_sync(self._begin, question, limiter=self._room)
            try:
                while (following := await run_sync(next, answers, None, limiter=self._room)) is not None:
                    answer = following
                    yield answer
            finally:
                with CancelScope(shield=True):
                    await run_sync(answers.close)
            why_none = "" if answer else "failed"
        except Exception:
            why_none = "failed"
            raise
        finally:
            with CancelScope(shield=True):  # also where nobody waits any more
                await run_sync(self._keep, question, None if why_none else answer, caller, why_none)

    def _begin(self, question: Question) -> Generator[Answer, None, None]:
        self._desk.library.refresh()
        return (answer for answer in self._desk.library.chain.stream(question))

    def _keep(self, question: Question, answer: Answer | None, caller: Caller, why_none: str) -> None:
        if self._desk.records is None:
            return
        entry = entry_of(caller.name, question, answer, self._desk.settings, why_none)
        try:
            self._desk.records.audit.add(replace(entry, request_id=current_request_id() or entry.request_id))
        except UserError as exc:  # the answer stands without its record, as on the page
            _log.error("an answer is not in the audit: %s", exc)


def index_of(desk: Desk) -> ClauseIndex:
    """Return the newest index; raises Unavailable where there is none. To be called in a thread."""
    desk.library.refresh()
    if desk.library.index is None:
        raise Unavailable(_NO_INDEX)
    return desk.library.index
