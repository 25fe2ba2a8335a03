"""What the page answers from: the chain over the current index and its documents; and what joins or leaves them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError
from index.progress import Report, silent
from rag.page.library.catalog import Catalog
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.preview import Preview
    from index.settings import Settings
    from index.store import ClauseIndex
    from index.upkeep import Outcome

_log = logging.getLogger(__name__)
_CLOSED = "这里的文件库不能改动。请联系管理员。"


class Library:
    """The chain and the catalog of one index; both change together when documents come or go, here or elsewhere."""

    def __init__(self, chain: Runnable[Question, Answer], catalog: Catalog, index: ClauseIndex | None = None) -> None:
        self.chain = chain
        self.catalog = catalog
        self.index = index

    @property
    def can_change(self) -> bool:
        return False

    def refresh(self) -> None:
        """Go over to the newest version of the index if there is one."""

    def preview(self, paths: Sequence[Path], replaces: str = "", report: Report = silent) -> tuple[Preview, ...]:
        """Return what adding files would do; raises UserError."""
        raise UserError(_CLOSED)

    def add(
        self, paths: Sequence[Path], marks: Sequence[str], replaces: str = "", report: Report = silent
    ) -> list[Outcome]:
        """Add what a preview of the files showed, and return what became of each; raises UserError."""
        raise UserError(_CLOSED)

    def remove(self, doc_id: str, report: Report = silent) -> list[Outcome]:
        """Take out a document and those that it sends, and return them; raises UserError."""
        raise UserError(_CLOSED)


class OpenLibrary(Library):
    """A library over the index of the settings."""

    def __init__(self, settings: Settings) -> None:
        from index.store import ClauseIndex

        self._settings = settings
        self._lock = threading.Lock()
        self._use(ClauseIndex.open(settings))

    @property
    def can_change(self) -> bool:
        return self._settings.upload

    def refresh(self) -> None:
        if self._index.is_current() or not self._lock.acquire(blocking=False):
            return  # while one goes over to the new version, the others answer from the one they have
        try:
            self._go_over()
        finally:
            self._lock.release()

    def preview(self, paths: Sequence[Path], replaces: str = "", report: Report = silent) -> tuple[Preview, ...]:
        from index.preview import preview

        self._catch_up()
        return preview(self._settings, paths, report, replaces, self._index)

    def add(
        self, paths: Sequence[Path], marks: Sequence[str], replaces: str = "", report: Report = silent
    ) -> list[Outcome]:
        from index.build import add_documents
        from index.preview import without_folders

        _, outcomes = add_documents(self._settings, paths, report, replaces, marks)
        self._catch_up()
        return without_folders(outcomes, paths)

    def remove(self, doc_id: str, report: Report = silent) -> list[Outcome]:
        from index.build import remove_document

        _, outcomes = remove_document(self._settings, doc_id, report)
        self._catch_up()
        return outcomes

    def _catch_up(self) -> None:
        """Wait until the newest version is in use: who changed it wants to see that."""
        with self._lock:
            self._go_over()

    def _go_over(self) -> None:
        from index.store import ClauseIndex

        if self._index.is_current():
            return
        try:
            self._use(ClauseIndex.open(self._settings, self._index.encoder))
        except UserError:  # the version in use still answers
            _log.exception("the newer index cannot be opened")

    def _use(self, index: ClauseIndex) -> None:
        from rag.chain import build_chain
        from rag.telemetry.answers import counted

        index.warm()
        self._index = index
        super().__init__(counted(build_chain(index, self._settings)), Catalog.from_documents(index.documents), index)
