"""What stands behind the service is opened: the index, the chain over it, the records."""

from __future__ import annotations

import sys
from pathlib import Path

from index.settings import Settings
from rag.page.desk import Desk


def open_desk(settings: Settings, evaluation: Path) -> Desk:
    """Return the desk over the index, which is built where there is none; raises UserError."""
    from index.build import ensure_index
    from rag.page.library.library import OpenLibrary
    from rag.records.records import Records

    ensure_index(settings)
    records = Records.open(settings.records_dir)
    if problem := records.problem():  # answering goes on without
        print(f"问答不能保存:{problem}", file=sys.stderr)
    return Desk(OpenLibrary(settings), settings, records, evaluation)
