"""The fields of a document as they are read, each with its words and their place, and what a notice adds to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from index.regions import Region
from index.types import Document, Evidence, Line

_DRAFT = re.compile(r"征求意见稿|草案|送审稿|讨论稿")


@dataclass(slots=True)
class Facts:
    """The fields read so far, and where each was read."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    region: Region | None = None

    def take(self, name: str, value: Any, words: str, line: Line | None) -> None:
        """Keep a value and its place; one without a line was in the page's meta and has no place."""
        if value:
            self.values[name] = value
            self.note(name, words, line)

    def note(self, name: str, words: str, line: Line | None) -> None:
        pieces = line.pieces if line else ()
        start, end = (pieces[0][0], pieces[-1][1]) if pieces else (0, 0)
        self.evidence.append(Evidence(name, words.strip(), start, end))

    def inherit(self, parent: Document, title: str) -> None:
        """Fill what is missing from the notice; not its number under another's name, nor its day under a draft."""
        draft = bool(_DRAFT.search(title))
        names = {"issuers", "date_issued", "date_published", "date_effective", "date_expires", "subject", "openness"}
        names |= {"publisher", "source_url"} | (set() if self._has_other_issuer(parent) else {"doc_no", "doc_no_raw"})
        for name in names - ({"date_issued", "date_effective", "date_expires"} if draft else set()):
            if value := getattr(parent, name):
                self.values.setdefault(name, value)
        if parent.validity != "未知":
            self.values.setdefault("validity", parent.validity)
        if self.region is None:
            self.values |= {"region": parent.region, "adcode": parent.adcode}

    def _has_other_issuer(self, parent: Document) -> bool:
        """True if the document says that another issued it than the notice that sends it."""
        own: tuple[str, ...] = self.values.get("issuers", ())
        return bool(own) and not set(own) & set(parent.issuers) and "doc_no" not in self.values

    def place(self, region: Region | None) -> None:
        self.region = region
        if region:
            self.values |= {"region": region.path, "adcode": region.adcode}
