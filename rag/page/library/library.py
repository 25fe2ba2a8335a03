"""What the page answers from: the chain over the current index, its documents, and the way to add files to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.page.library.catalog import Catalog
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.settings import Settings
    from index.store import ClauseIndex
    from index.upkeep import Outcome

_log = logging.getLogger(__name__)
_BROKEN = "系统出错,未能加入文件,原有文件不受影响。请联系管理员查看日志。"


def _without(text: str, folders: Iterable[str]) -> str:
    for folder in folders:
        text = text.replace(folder, "")
    return text


class Library:
    """The chain and the catalog of one index; both change together when files are added, here or elsewhere."""

    def __init__(self, chain: Runnable[Question, Answer], catalog: Catalog, index: ClauseIndex | None = None) -> None:
        self.chain = chain
        self.catalog = catalog
        self.index = index

    @property
    def can_add(self) -> bool:
        return False

    def refresh(self) -> None:
        """Go over to the newest version of the index if there is one."""

    def add(self, paths: Sequence[Path]) -> tuple[str, list[Outcome]]:
        """Add files; return what went wrong as a whole, or nothing, and what became of each file."""
        return "这里不能加入文件。", []


class OpenLibrary(Library):
    """A library over the index of the settings."""

    def __init__(self, settings: Settings) -> None:
        from index.store import ClauseIndex

        self._settings = settings
        self._lock = threading.Lock()
        self._use(ClauseIndex.open(settings))

    @property
    def can_add(self) -> bool:
        return self._settings.upload

    def refresh(self) -> None:
        from index.store import ClauseIndex

        index = self._index
        if index.is_current():
            return
        with self._lock:
            try:
                self._use(ClauseIndex.open(self._settings, index.encoder))
            except UserError:  # the version in use still answers
                _log.exception("the newer index cannot be opened")

    def add(self, paths: Sequence[Path]) -> tuple[str, list[Outcome]]:
        from index.build import add_documents

        try:
            _, outcomes = add_documents(self._settings, paths)
        except UserError as exc:
            return str(exc), []
        except Exception:  # the page must say so whatever went wrong behind it
            _log.exception("adding failed")
            return _BROKEN, []
        self.refresh()
        folders = [f"{path}: " for path in paths]  # where the server keeps what was sent concerns nobody
        return "", [replace(outcome, reason=_without(outcome.reason, folders)) for outcome in outcomes]

    def _use(self, index: ClauseIndex) -> None:
        from rag.chain import build_chain

        index.warm()
        self._index = index
        super().__init__(build_chain(index, self._settings), Catalog.from_documents(index.documents), index)
