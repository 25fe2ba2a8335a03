"""Documents made by hand in an index that can be read and not searched: nothing is encoded, so it takes no time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index import rows
from index.local import LocalIndex
from index.segment import STORE
from index.types import Clause, Document
from index.version import FORMAT, Manifest


def shelve(folder: Path, entries: Iterable[rows.Entry]) -> LocalIndex:
    """Return an index of documents with their clauses, in a folder of its own."""
    facts = {"name": "seg-0", "row": 1, "number": 1}
    (folder / "seg-0").mkdir(parents=True)
    rows.insert(folder / "seg-0" / STORE, entries, rows.Bounds())
    manifest = Manifest(FORMAT, "0", "", 0, "", {}, {}, {}, {}, (facts,))
    return LocalIndex(folder, manifest, None)  # type: ignore[arg-type]  # there is nothing to search


def document(doc_id: str, title: str, lines: Iterable[tuple[str, str, str]], **facts: Any) -> rows.Entry:
    """Return a document whose clauses are (path, label, text); those above a clause are its headings."""
    listed = list(lines)
    text = "\n".join(words for _, _, words in listed)
    doc = Document(doc_id, title, text, f"seeds/{doc_id}.txt", "0", **facts)
    clauses, at = [], 0
    for path, label, words in listed:
        above = [(other, said) for other, _, said in listed if path.startswith(f"{other}.")]
        leaf = not any(other.startswith(f"{path}.") for other, _, _ in listed) and path != "0"
        headings = tuple(said for _, said in above)
        clauses.append(Clause(doc, path, label, headings, ((at, at + len(words)),), leaf))
        at += len(words) + 1
    return doc, tuple(clauses)
