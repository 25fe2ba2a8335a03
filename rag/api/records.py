"""Clauses, searches and documents as JSON, with the validity of today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from index.show import clause_json, document_json
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.clauses.find import find_clauses, settled
from rag.clauses.types import ClauseQuery, FoundClause
from rag.page.library.holdings import Holding, Page


def clause_record(index: ClauseIndex, clause: Clause) -> dict[str, Any]:
    """Return a clause as `index show --json` does, with its document."""
    return {**clause_json(clause), "document": document_record(index, clause.doc)}


def document_record(index: ClauseIndex, doc: Document, whole: bool = False) -> dict[str, Any]:
    """Return a document as `index list --json` does; if it is wanted whole with its clauses, as `index show --json`."""
    clauses = index.clauses_of(doc.doc_id)
    record = document_json(replace(doc, validity=index.validity(doc).status), clauses)
    return record | ({"clauses": [clause_json(clause) for clause in clauses]} if whole else {})


def search_record(index: ClauseIndex, query: ClauseQuery) -> dict[str, Any]:
    """Return a page of what a search finds; raises UserError if its figure cannot be read."""
    found = find_clauses(index, settled(index, query))
    return {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "hits": _found(found.hits),
        "near": _found(found.near),
        "facets": {name: [asdict(choice) for choice in choices] for name, choices in found.facets.items()},
    }


def page_record(index: ClauseIndex, page: Page) -> dict[str, Any]:
    """Return a page of the list of documents."""
    rows = [_listed(index, row) for row in page.rows]
    return {"total": page.total, "page": page.number, "pages": page.pages, "documents": rows}


def _listed(index: ClauseIndex, row: Holding) -> dict[str, Any]:
    return {**document_record(index, row.doc), "added": row.added or None}


def _found(hits: Iterable[FoundClause]) -> list[dict[str, Any]]:
    return [
        {
            **clause_json(hit.clause),
            "title": hit.clause.doc.title,
            "doc_no": hit.clause.doc.doc_no,
            "region": "".join(hit.clause.doc.region) or None,
            "year": hit.clause.doc.year,
            "validity": hit.standing.status,
            "marks": [list(span) for span in hit.marks],
            "way": hit.way,
        }
        for hit in hits
    ]
