"""What finished turns were told as is kept: they do not change, and are shown again with every word of the newest."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from rag.page.ask.session import Turn
from rag.page.ask.text import turn_markdown
from rag.page.library.catalog import Catalog

_KEPT = 400  # turns; each holds its answer


class Told:
    """The Markdown of turns; that of 20 turns took half a second each time where 5,000 documents are held."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], tuple[Turn, Catalog, str]] = OrderedDict()
        self._lock = Lock()

    def markdown(self, turn: Turn, catalog: Catalog, language: str) -> str:
        """Return `turn_markdown`, of a finished turn as it was made before."""
        if turn.live:
            return turn_markdown(turn, catalog, language)
        name = id(turn), id(catalog), language
        with self._lock:
            known = self._held.get(name)
        if known and known[0] is turn and known[1] is catalog:  # held, so that no other has its id
            return known[2]
        words = turn_markdown(turn, catalog, language)
        with self._lock:
            self._held[name] = turn, catalog, words
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return words
