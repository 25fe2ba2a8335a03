"""Documents enough for a size: real ones, and copies of them that other places issued in other years."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from index.regions import Region, all_regions
from index.rows import Entry, is_searchable

_YEARS = range(2000, 2025)
_STATE = "中华人民共和国"
_ISSUING = ("省", "市")  # a county's own rules are few
# What a copy says of other documents: that it repeals one would make hundreds of copies repeal the same.
_LINKS = {"clause", "cites"}


def searchable(entries: Iterable[Entry]) -> int:
    """Return how many clauses of some documents can be found."""
    return sum(map(is_searchable, (clause for _, clauses in entries for clause in clauses)))


def grown(originals: Sequence[Entry], clauses: int, seed: int = 0) -> Iterator[Entry]:
    """Yield documents until they hold so many searchable clauses: the originals first, then copies; the last is whole."""
    rng, places, held = random.Random(seed), list(_places()), 0
    for number in count():
        original = originals[number % len(originals)]
        entry = (
            original if number < len(originals) else copied(original, rng.choice(places), rng.choice(_YEARS), number)
        )
        held += searchable([entry])
        yield entry
        if held >= clauses:
            return


def copied(entry: Entry, place: Region, year: int, number: int) -> Entry:
    """Return a document as a place might have issued it: title, 文号, place and year are others, the clauses are the same."""
    doc, clauses = entry
    new = replace(
        doc,
        doc_id=f"{place.adcode}-{year}-{number}",
        title=f"{place.name}{doc.title.removeprefix(_STATE)}",
        source=f"{number:07d}.txt",
        sha256=f"{number:064x}",
        doc_no=(doc_no := f"{place.short}政发〔{year}〕{number}号"),
        doc_no_raw=doc_no,
        issuers=(f"{place.name}人民政府",),
        region=place.path,
        adcode=place.adcode,
        year=year,
        date_issued=f"{year}-06-01",
        parent=None,
        links=tuple(link for link in doc.links if link.kind in _LINKS),
        evidence=(),
        origin=(),
    )
    return new, tuple(replace(clause, doc=new) for clause in clauses)


def write_texts(entries: Iterable[Entry], folder: Path) -> list[Path]:
    """Write each document as a text file, ready for `python -m index add`, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, (doc, _) in enumerate(entries):
        files.append(folder / f"{number:07d}.txt")
        files[-1].write_text("\n".join(filter(None, (doc.title, doc.doc_no, doc.text))) + "\n", "utf-8")
    return files


def _places() -> Iterator[Region]:
    return (region for region in all_regions() if region.level in _ISSUING)
