"""What a tab is given: the library, what is kept, the settings, the folder of the evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.settings import Settings
from rag.page.library.library import Library
from rag.traffic.line import Line

if TYPE_CHECKING:
    from rag.records.records import Records


@dataclass(frozen=True)
class Desk:
    """The things that stand behind the page; `records` is None where nothing can be kept."""

    library: Library
    settings: Settings
    records: Records | None = None
    evaluation: Path | None = None

    @cached_property
    def line(self) -> Line:
        """The one line in which all questions stand, those of the page and those of programs."""
        share = self.settings.workers
        return Line(max(1, -(-self.settings.concurrency // share)), -(-self.settings.queue // share))
