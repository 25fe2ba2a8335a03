"""What a question names, with what the user put right in it: neither words nor earlier turns bring back what he took out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.catalog import Mention
from index.types import Document
from rag.question.periods import plan_years
from rag.question.scope import Named, fits_place, regions_of_names
from rag.types import Correction


def corrected(named: Named, correction: Correction | None, documents: Sequence[Document]) -> Named:
    """Return what is named as the user wants it; raises UserError for a place that there is not.

    A document set or left stands only if it is of the places set: the latest wish decides.
    """
    if not correction:
        return named
    named = _without(named, correction)
    if correction.years:
        named = _of_years(named, correction.years)
    if correction.regions:
        named = _of_places(named, correction.regions)
    return _of_documents(named, correction.doc_ids, documents) if correction.doc_ids else named


def _without(named: Named, correction: Correction) -> Named:
    """Take places, years and documents out; where each place has a year of its own, that goes with it."""
    places = [region for region in named.regions if region.name not in correction.without_regions]
    paired = named.compared and len(named.regions) == len(named.periods) > 1
    periods = [
        tuple(year for year in period if year not in correction.without_years)
        for at, period in enumerate(named.periods)
        if not paired or named.regions[at] in places
    ]
    kept = tuple(dict.fromkeys(year for period in periods for year in period))
    gone = set(correction.without_documents)
    return replace(
        _timed(named, kept, tuple(filter(None, periods))),
        regions=tuple(places),
        documents=tuple(doc for doc in named.documents if doc.doc_id not in gone),
        mentions=_without_documents(named.mentions, gone),
        missing=tuple(name for name in named.missing if name not in gone),
        of_towns=named.of_towns if places == list(named.regions) else frozenset(),
    )


def _without_documents(mentions: Sequence[Mention], gone: set[str]) -> tuple[Mention, ...]:
    """Return the mentions less some documents, and less those that then name none."""
    left = [(m, tuple(doc for doc in m.documents if doc.doc_id not in gone)) for m in mentions if m.name not in gone]
    return tuple(replace(m, documents=docs) for m, docs in left if docs or not m.documents)


def _timed(named: Named, years: tuple[int, ...], periods: tuple[tuple[int, ...], ...]) -> Named:
    """Return the same of fewer years, and of the plans and the years of printing among them."""
    if years == named.years:
        return named
    plans = tuple(plan for plan in named.plans if set(plan_years(plan)) <= set(years))
    return replace(
        named, years=years, periods=periods, plans=plans, issued=named.issued & set(years), this_year=False, assumed=""
    )


def _of_years(named: Named, years: tuple[int, ...]) -> Named:
    apart = tuple((year,) for year in years)
    return replace(named, years=years, periods=apart, plans=(), issued=frozenset(), this_year=False, assumed="")


def _of_places(named: Named, names: tuple[str, ...]) -> Named:
    regions = regions_of_names(names)
    documents = tuple(doc for doc in named.documents if fits_place(doc, regions))
    gone = {doc.doc_id for doc in named.documents if doc not in documents}
    mentions = _without_documents(named.mentions, gone)
    return replace(named, regions=regions, documents=documents, mentions=mentions, of_towns=frozenset())


def _of_documents(named: Named, doc_ids: tuple[str, ...], documents: Sequence[Document]) -> Named:
    """Name the documents that were set, in place of those that were read; one that is no longer held is missing."""
    held = {doc.doc_id: doc for doc in documents}
    chosen = tuple(held[doc_id] for doc_id in doc_ids if doc_id in held)
    mentions = tuple(Mention(-1, -1, doc.name, (doc,)) for doc in chosen)
    missing = tuple(doc_id for doc_id in doc_ids if doc_id not in held)
    return replace(named, documents=chosen, mentions=mentions, missing=missing)
