"""What each clause ID stands for, as a hash of its words: an ID that comes to mean another clause breaks what cites it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from eval.brief import hash_of
from index.store import ClauseIndex

Fingerprints = Mapping[str, Mapping[str, str]]  # doc_id -> path -> hash of the clause's text


def fingerprints_of(index: ClauseIndex) -> dict[str, dict[str, str]]:
    """Return the hash of every clause's text, by document and path."""
    return {doc.doc_id: {clause.path: hash_of(clause.text) for clause in held} for doc, held in index.corpus()}


def moved(before: Fingerprints, after: Fingerprints) -> dict[str, str]:
    """Return each clause ID whose words were another clause's of the document before, with the ID that they had.

    A clause that is worded anew, or is new, has not moved.
    """
    return {
        f"{doc_id}.{path}": f"{doc_id}.{old}" for doc_id in before for path, old in _moved_in(before, after, doc_id)
    }


def _moved_in(before: Fingerprints, after: Fingerprints, doc_id: str) -> Iterator[tuple[str, str]]:
    homes: dict[str, list[str]] = defaultdict(list)
    for path, text in before[doc_id].items():
        homes[text].append(path)
    for path, text in after.get(doc_id, {}).items():
        if path in before[doc_id] and path not in homes.get(text, [path]):
            yield path, homes[text][0]
