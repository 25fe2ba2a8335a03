"""The scope of an answer as tags: each can be taken out, or exchanged for what is held instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.types import Document
from rag.page.ask.session import Turn
from rag.page.library.catalog import Catalog
from rag.question.document_years import years_of
from rag.question.periods import say_years
from rag.types import Answer, Correction, Scope

_CHOICES = 12  # of a menu; the filters at the left hold all, and can be searched
_KINDS = {"regions": "without_regions", "years": "without_years", "doc_ids": "without_documents"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What may stand in place of a tag: its name, and the scope that it brings."""

    name: str
    regions: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    doc_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A part of the scope: what it is of, its values, its name; none of its values means that it is not limited."""

    kind: str  # regions | years | doc_ids | missing
    values: tuple[str | int, ...]
    name: str
    choices: tuple[Choice, ...] = ()
    inherited: bool = False


def tags_of(answer: Answer, catalog: Catalog) -> tuple[Tag, ...]:
    """Return the tags of an answer: places, years, documents, documents that are not held; last what was taken over."""
    scope, near = answer.scope, [c.clause.doc for c in (*answer.citations, *answer.nearest)]
    inherited = set(scope.inherited)
    docs = [*dict.fromkeys(near), *(doc for doc in catalog.documents if doc not in near)]
    places = [
        Tag("regions", (name,), name, _places(scope, docs, name), "regions" in inherited) for name in scope.regions
    ]
    if not places and not scope.doc_ids and len(catalog.regions) > 1:
        places = [Tag("regions", (), "全部地区", _places(scope, docs, ""))]
    years = [
        Tag("years", run, say_years(run), _years(scope, docs, run), "years" in inherited) for run in _runs(scope.years)
    ]
    named = [
        Tag("doc_ids", (doc_id,), catalog.name_of(doc_id) or doc_id, _documents(docs, doc_id), "doc_ids" in inherited)
        for doc_id in scope.doc_ids
    ]
    tags = (*places, *years, *named, *(Tag("missing", (name,), name) for name in scope.missing))
    return tuple(sorted(tags, key=lambda tag: tag.inherited))


def without(turn: Turn, tag: Tag) -> Correction:
    """Return what puts the scope of a turn right by taking a tag out of it."""
    correction, scope = _of(turn)
    kind = "doc_ids" if tag.kind == "missing" else tag.kind
    left = tuple(value for value in getattr(scope, kind) if value not in tag.values)
    correction = _taken_out(correction, kind, tag.values)
    # Values once set stand for those read: the rest of them stays set.
    return _put(correction, kind, left if getattr(correction, kind) else ())


def instead(turn: Turn, tag: Tag, choice: Choice) -> Correction:
    """Return what puts the scope of a turn right by a choice in place of a tag."""
    correction, scope = _of(turn)
    if choice.doc_ids:  # a document has its own place and years
        for kind in ("regions", "years"):
            correction = _put(_taken_out(correction, kind, getattr(scope, kind)), kind, ())
    for kind in _KINDS:
        new = getattr(choice, kind)
        if new:
            old = getattr(scope, kind)
            gone = tag.values if tag.kind == kind else _beside(scope, tag) if kind == "years" else ()
            value = _exchanged(old, gone or old, new)
            correction = _put(_taken_out(correction, kind, old), kind, value)
    return correction


def _of(turn: Turn) -> tuple[Correction, Scope]:
    return turn.to_ask.correction or Correction(), turn.answer.scope if turn.answer else Scope()


def _taken_out(correction: Correction, kind: str, values: Sequence[str | int]) -> Correction:
    name = _KINDS[kind]
    return _put(correction, name, tuple(dict.fromkeys((*getattr(correction, name), *values))))


def _put(correction: Correction, name: str, values: tuple[Any, ...]) -> Correction:
    fields: dict[str, Any] = {name: values}
    return replace(correction, **fields)


def _exchanged(old: Sequence[str | int], gone: Sequence[str | int], new: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return values with new ones where those that go stood."""
    at = next((i for i, value in enumerate(old) if value in gone), len(old))
    kept = [value for value in old if value not in gone]
    return tuple(dict.fromkeys((*kept[:at], *new, *kept[at:])))


def _beside(scope: Scope, tag: Tag) -> tuple[int, ...]:
    """Return the year that stands beside a place, where each place has its own."""
    if len(scope.regions) != len(scope.years) or tag.values[:1] == () or tag.values[0] not in scope.regions:
        return ()
    return (scope.years[scope.regions.index(str(tag.values[0]))],)


def _places(scope: Scope, docs: Iterable[Document], name: str) -> tuple[Choice, ...]:
    """Return the other places held, with a year of theirs where they have nothing of the year asked about."""
    held: dict[str, list[Document]] = {}
    for doc in docs:
        if doc.region and doc.region[-1] not in scope.regions:
            held.setdefault(doc.region[-1], []).append(doc)
    choices = []
    for place, theirs in held.items():
        years = {year for doc in theirs for year in years_of(doc)}
        own = {
            doc.year for doc in theirs if doc.year
        } or years  # a text of 2018 on the policy of 2017 is told as of 2017
        other = (max(own),) if scope.years and years and not years & set(scope.years) else ()
        choices.append(Choice(f"{place} {say_years(other)}".strip(), regions=(place,), years=other))
    return tuple(sorted(choices, key=lambda choice: bool(choice.years)))[:_CHOICES]


def _years(scope: Scope, docs: Iterable[Document], run: Sequence[int]) -> tuple[Choice, ...]:
    """Return the other years held of the places asked about; of any, if these hold nothing."""
    docs = list(docs)
    there = [doc for doc in docs if doc.region and doc.region[-1] in scope.regions] or docs
    years = sorted({doc.year for doc in there if doc.year and doc.year not in scope.years}, reverse=True)
    return tuple(Choice(f"{year}年", years=(year,)) for year in years[:_CHOICES])


def _documents(docs: Iterable[Document], doc_id: str) -> tuple[Choice, ...]:
    others = [doc for doc in docs if doc.doc_id != doc_id]
    return tuple(Choice(doc.name, doc_ids=(doc.doc_id,)) for doc in others[:_CHOICES])


def _runs(years: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the years by the tags they make: a plan's five are one, two compared are two."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return [part for run in runs for part in ([tuple(run)] if len(run) > 2 else [(year,) for year in run])]
