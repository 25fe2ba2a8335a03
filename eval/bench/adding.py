"""What it takes to add documents to an index of a size: by its stages, on a copy that shares the files of the index."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.bench.copies import copied, searchable, write_texts
from eval.bench.place import Place
from index.build import add_documents
from index.corpus import find_files, read_corpus
from index.regions import all_regions
from index.rows import Entry
from index.settings import Settings

_YEAR = 2030  # of no copy that is held
_LONGEST = 100  # clauses of a document that is added: an office's notices have some dozens
_CANDIDATES = 2  # files read for each document that is added


def measure_adding(place: Place, settings: Settings, documents: int) -> dict[str, Any]:
    """Return clauses added, seconds of each stage and in all; the index of the place stays as it was."""
    with TemporaryDirectory(prefix="adding-", dir=place.folder) as temporary:
        folder = Path(temporary)
        # Hard links: no file of a version is ever changed where it lies; those beside the versions are, and are copied.
        shutil.copytree(place.index_dir, folder / "index", copy_function=_linked)
        entries = list(_newcomers(place, settings, documents))
        files = write_texts(entries, folder / "files")
        stages = _Stages()
        own = place.settings(settings).model_copy(update={"index_dir": folder / "index"})
        _, outcomes = add_documents(own, files, stages)
        stages("", 0, 0)
        added = sum(outcome.clauses for outcome in outcomes if outcome.doc_id)
    seconds = dict(stages.seconds)
    return {"documents": len(files), "clauses": added, "seconds": sum(seconds.values()), "stages": seconds}


class _Stages:
    """Adds up the seconds between what is reported, under the stage that was reported first."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._stage, self._since = "", time.perf_counter()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self.seconds[self._stage] += now - self._since
        self._stage, self._since = stage, now


def _linked(source: str, target: str) -> None:
    if Path(source).parent.name == "index":
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def _newcomers(place: Place, settings: Settings, documents: int) -> Iterable[Entry]:
    """Yield short documents as places might issue them next."""
    folder = place.folder / "originals"
    files = find_files([folder if folder.exists() else settings.seeds_dir])[: documents * _CANDIDATES]
    reads = read_corpus(files, place.folder / "errors.log")
    short = [entry for read in reads for entry in read.documents if searchable([entry]) <= _LONGEST]
    places = [region for region in all_regions() if region.level == "市"]
    for number in range(documents):
        yield copied(short[number % len(short)], places[number % len(places)], _YEAR, 9_000_000 + number)
