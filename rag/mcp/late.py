"""A library that is opened by the first who needs it: an agent wants to hear within seconds that its tools are there."""

from __future__ import annotations

import threading
from typing import Any

from index.settings import Settings
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library, OpenLibrary


class LateLibrary(Library):
    """The library of the settings; there is nothing in it before the first `refresh`, which may raise UserError."""

    def __init__(self, settings: Settings) -> None:
        nothing: Any = None
        super().__init__(nothing, Catalog.from_documents(()))
        self._settings = settings
        self._opened: OpenLibrary | None = None
        self._lock = threading.Lock()

    def refresh(self) -> None:
        from index.build import ensure_index

        with self._lock:
            if self._opened is None:
                ensure_index(self._settings)
                self._opened = OpenLibrary(self._settings)
        self._opened.refresh()
        self.chain, self.catalog, self.index = self._opened.chain, self._opened.catalog, self._opened.index
