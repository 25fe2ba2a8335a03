"""The documents held, by place and by year: a mask over all of them for each, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.regions import COUNTRY_CODE, Region
from index.store import ClauseIndex
from index.types import Document
from rag.question.document_years import printed_in, years_of

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]  # one for each document, in their order


_NONE = np.empty(0, np.int64)
_kept: WeakKeyDictionary[ClauseIndex, Held] = WeakKeyDictionary()


def held_of(index: ClauseIndex) -> Held:
    """Return the documents of an index by place and year; made once for each that is open."""
    if index not in _kept:
        _kept[index] = Held(index.documents, index.rows_by_document)
    return _kept[index]


class Held:
    """Masks over the documents of an index, and the rows of their searchable clauses."""

    def __init__(self, documents: Sequence[Document], rows: Mapping[str, Rows]) -> None:
        self.documents = documents
        self._at = {doc.doc_id: at for at, doc in enumerate(documents)}
        self._rows = [rows.get(doc.doc_id, _NONE) for doc in documents]
        self._of_place: dict[str, list[int]] = defaultdict(list)
        for at, doc in enumerate(documents):
            if doc.adcode:
                self._of_place[doc.adcode].append(at)

    def rows(self, documents: Mask) -> Rows:
        """Return the rows of the searchable clauses of some documents, in order."""
        return np.concatenate([_NONE, *(self._rows[at] for at in np.flatnonzero(documents))])

    def none(self) -> Mask:
        return np.zeros(len(self.documents), bool)

    def all(self) -> Mask:
        return np.ones(len(self.documents), bool)

    def these(self, doc_ids: Iterable[str]) -> Mask:
        """Return which are under the IDs given."""
        return self._mask(self._at[doc_id] for doc_id in doc_ids if doc_id in self._at)

    def named(self, doc_ids: Iterable[str]) -> list[Document]:
        return [self.documents[self._at[doc_id]] for doc_id in doc_ids if doc_id in self._at]

    def of_places(self, adcodes: Iterable[str]) -> Mask:
        """Return which are of one of some places."""
        return self._mask(at for adcode in adcodes for at in self._of_place.get(adcode, ()))

    def around(self, regions: Collection[Region]) -> Mask:
        """Return which are of a place that one of the regions lies in, or is."""
        return self.of_places({code for region in regions for code in _around(region) if code in self._of_place})

    def of_years(self, years: Sequence[int], issued: Collection[int]) -> Mask:
        """Return which are of some years, or were printed in those asked about as such; one of no year may be of any."""
        if not years:
            return self.all()
        own = [at for year in years for at in self._of_year.get(year, ())]
        return self._mask([*own, *self._timeless, *(at for year in issued for at in self._printed.get(year, ()))])

    def newest_year(self, documents: Mask, before: int) -> int | None:
        """Return the last year before another that some of the documents are of, or None."""
        years = sorted((year for year in self._of_year if year < before), reverse=True)
        return next((year for year in years if documents[self._of_year[year]].any()), None)

    @cached_property
    def _of_year(self) -> dict[int, list[int]]:
        return _by_year(years_of(doc) for doc in self.documents)

    @cached_property
    def _printed(self) -> dict[int, list[int]]:
        return _by_year(printed_in(doc) for doc in self.documents)

    @cached_property
    def _timeless(self) -> list[int]:
        timed = {at for places in self._of_year.values() for at in places}
        return [at for at in range(len(self.documents)) if at not in timed]

    def _mask(self, places: Iterable[int]) -> Mask:
        mask = self.none()
        mask[list(places)] = True
        return mask


def _around(region: Region) -> list[str]:
    """Return the codes of the places that a region lies in, and its own."""
    code = region.adcode
    return [COUNTRY_CODE, f"{code[:2]}0000", f"{code[:4]}00", code]


def _by_year(years: Iterable[set[int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for at, own in enumerate(years):
        for year in own:
            found[year].append(at)
    return found
