"""All that is kept, behind one door."""

from __future__ import annotations

from pathlib import Path

from index.errors import UserError
from rag.records.audit import AuditLog
from rag.records.conversations import Conversations
from rag.records.feedback import FeedbackLog
from rag.records.store import Store
from rag.records.times import Clock, now


class Records:
    """Conversations, feedback and audit of one folder. Each call raises UserError while the file cannot be used."""

    def __init__(self, store: Store, clock: Clock = now) -> None:
        self.store = store
        self.conversations = Conversations(store, clock)
        self.feedback = FeedbackLog(store, clock)
        self.audit = AuditLog(store, clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock = now) -> Records:
        """Return the records of a folder. Nothing is read yet, so this never fails: see `problem`."""
        return cls(Store(folder), clock)

    def problem(self) -> str | None:
        """Return why nothing can be kept, with the remedy, or None."""
        try:
            with self.store.write() as db:
                db.execute("select 1 from conversations, turns, feedback, audit limit 1").fetchall()
        except UserError as exc:
            return str(exc)
        return None
