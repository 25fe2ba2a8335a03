"""Whose words an answer gives, where the question leaves it open; and that a document states no year, where one was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from index.regions import COUNTRY_CODE
from index.types import Document
from rag.checking.cite import render
from rag.question.document_years import speaks_of_years, years_of
from rag.question.periods import say_years
from rag.question.scope import Named
from rag.types import Citation, Statement


def leaves_open(named: Named, documents: Iterable[Document]) -> bool:
    """True if a question names no place and no document, and what is held is of more than one place."""
    return not (named.regions or named.documents) and len({doc.adcode for doc in documents}) > 1


def whose(doc: Document) -> str:
    """Return the place and the year of a document: 合肥市2021年, 国家2014年; its name if its place is unknown."""
    place = doc.region[-1] if doc.region else "国家" if doc.adcode == COUNTRY_CODE else ""
    return f"{place}{doc.year}年" if place and doc.year else place or doc.name


def undated(named: Named, citations: Iterable[Citation]) -> str:
    """Return a note on cited documents that state no year where the question named one; empty if all state theirs."""
    docs = (citation.clause.doc for citation in citations if not speaks_of_years(citation.clause, named))
    names = dict.fromkeys(doc.quoted_title for doc in docs if not years_of(doc)) if named.years else {}
    return f"({'、'.join(names)}没有写明年份, 请核对是否适用于{say_years(named.years)}。)" if names else ""


def render_whose(statements: Sequence[Statement], citations: Sequence[Citation], table: str = "") -> str:
    """Return the statements as text, those of one place and year together under its name: 合肥市2021年:

    A table of them is kept where all are of one.
    """
    named = [(name, list(said)) for name, said in groupby(statements, lambda one: _whose(one, citations))]
    if table and len(named) == 1:
        return f"{named[0][0]}:\n{table}"
    return "\n".join(f"{name}:\n{render(said)}" for name, said in named)


def _whose(statement: Statement, citations: Sequence[Citation]) -> str:
    docs = (citation.clause.doc for citation in citations if citation.n in statement.citations)
    return "、".join(dict.fromkeys(map(whose, docs)))
