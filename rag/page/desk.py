"""What a tab is given: the library, what is kept, the settings, the folder of the evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.settings import Settings
from rag.page.library.library import Library

if TYPE_CHECKING:
    from rag.records.records import Records


@dataclass(frozen=True)
class Desk:
    """The things that stand behind the page; `records` is None where nothing can be kept."""

    library: Library
    settings: Settings
    records: Records | None = None
    evaluation: Path | None = None
