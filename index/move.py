"""An index from one store to the other: documents, clauses and IDs as they are, and the vectors with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np

from index.progress import Report, silent
from index.rows import Entry, is_searchable
from index.sentences import sentence_spans
from index.settings import Settings
from index.store import ClauseIndex, store_of
from index.types import Clause
from index.vector_cache import VectorCache
from index.views import text_alone
from index.write import writer

STORES = ("local", "milvus")
_TOGETHER = 50  # documents whose vectors are fetched at once


def move_index(settings: Settings, to: str, report: Report = silent) -> ClauseIndex:
    """Make what the other store holds the current version of the store named; what is there is replaced, the other stays.

    Raises UserError if the other store has no index, or one of another make than the settings name.
    """
    (other,) = set(STORES) - {to}
    source = ClauseIndex.open(settings.model_copy(update={"store": other}))
    target = settings.model_copy(update={"store": to})
    with writer(target, report):
        entries = source.corpus()
        _keep_vectors(source, entries, target)
        return store_of(target).write(target, source.encoder, entries, report=report)


def _keep_vectors(source: ClauseIndex, entries: list[Entry], target: Settings) -> None:
    """Put the vectors of clauses and sentences where those that are embedded are kept, unless they are there already."""
    with closing(VectorCache(target.index_dir / "vectors.sqlite", source.encoder)) as cache:
        for at in range(0, len(entries), _TOGETHER):
            batch = entries[at : at + _TOGETHER]
            rows = np.concatenate([source.rows_by_document.get(doc.doc_id, _NONE) for doc, _ in batch])
            sentences, _ = source.sentences_of(rows)
            clauses = [clause for _, found in batch for clause in found if is_searchable(clause)]
            cache.keep([*map(text_alone, clauses)], source.dense["clause"].vectors(rows))
            cache.keep([*_sentences(clauses)], source.dense["sentence"].vectors(sentences))


_NONE = np.empty(0, np.int64)


def _sentences(clauses: list[Clause]) -> Iterator[str]:
    for clause in clauses:
        text = clause.text
        yield from (text[start:end] for start, end in sentence_spans(text))
