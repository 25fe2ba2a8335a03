"""Answers to programs: by the chain of the newest index, so many at once, and each kept in the audit however it ends.

An answer is worked out in one thread from its beginning to its record, so that neither depends on who waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.api.caller import Caller
from rag.api.errors import Unavailable
from rag.page.desk import Desk
from rag.records.keep import entry_of
from rag.types import Answer, Question

if TYPE_CHECKING:
    from index.store import ClauseIndex

_log = logging.getLogger(__name__)
NO_ANSWER = "系统没有给出回答。请稍后再试。"
_NO_INDEX = "现在没有可用的索引。请稍后再试, 或联系管理员。"


class Answering:
    """Asks a desk's chain from the event loop."""

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
        """Yield the answer as it grows, the last one whole; raises UserError. To be closed by whoever leaves before.

        Who is ended in the middle of it waits until the thread has ended, too: until then its place is not free.
        """
        from anyio import CancelScope
        from anyio.to_thread import run_sync

        work = _Work(self._desk, question, caller)
        thread = asyncio.ensure_future(run_sync(work.run, limiter=self._room))
        try:
            while (item := await work.news.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            work.is_unwanted.set()
            with CancelScope(shield=True), suppress(asyncio.CancelledError):
                await asyncio.wait({thread})


class _Work:
    """The work on one question, done in a thread; `news` are the answers as they grow or what went wrong, then None."""

    def __init__(self, desk: Desk, question: Question, caller: Caller) -> None:
        self._desk, self._question, self._caller = desk, question, caller
        self._loop = asyncio.get_running_loop()
        self.news: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
        self.is_unwanted = threading.Event()

    def run(self) -> None:
        answer, why_none = None, "stopped"
        try:
            for answer in self._answers():
                self._tell(answer)
            why_none = "stopped" if self.is_unwanted.is_set() else "" if answer else "failed"
        except Exception as exc:  # it is told where it was asked for
            why_none = "failed"
            self._tell(exc)
        finally:
            self._keep(None if why_none else answer, why_none)
            self._tell(None)

    def _answers(self) -> Iterator[Answer]:
        """Yield the growing answer as long as somebody wants it."""
        if self.is_unwanted.is_set():
            return
        self._desk.library.refresh()
        for answer in self._desk.library.chain.stream(self._question):
            yield answer
            if self.is_unwanted.is_set():
                return

    def _tell(self, item: Answer | Exception | None) -> None:
        with suppress(RuntimeError):  # the service has ended
            self._loop.call_soon_threadsafe(self.news.put_nowait, item)

    def _keep(self, answer: Answer | None, why_none: str) -> None:
        if self._desk.records is None:
            return
        entry = entry_of(self._caller.name, self._question, answer, self._desk.settings, why_none)
        try:
            self._desk.records.audit.add(entry)
        except UserError as exc:  # the answer stands without its record, as on the page
            _log.error("an answer is not in the audit: %s", exc)


def index_of(desk: Desk) -> ClauseIndex:
    """Return the newest index; raises Unavailable where there is none. To be called in a thread."""
    desk.library.refresh()
    if desk.library.index is None:
        raise Unavailable(_NO_INDEX)
    return desk.library.index
