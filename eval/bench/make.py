"""Makes a size: our index of so many clauses, timed, and what the others are built from."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

from eval.bench.copies import grown, searchable, write_texts
from eval.bench.copy_encoder import CopyEncoder
from eval.bench.place import Place
from eval.external.stard import Stard
from eval.golden import load_golden
from index.build import build_index
from index.corpus import find_files, read_corpus
from index.rows import Entry
from index.settings import Settings
from index.store import ClauseIndex, encoder_of
from index.write import write_version, writer

_BY_FILES = 150_000  # clauses, up to which every document is read and split from a file of its own
_FILES = 128  # read together: enough for helpers to be started
_QUESTIONS = 400
_T = TypeVar("_T")


def make(place: Place, settings: Settings, laws: Path | None, clauses: int, vectors: Path | None = None) -> None:
    """Make a size of the seeds, or of the laws in a STARD folder, and note what it took; 0 clauses are just all of these.

    `vectors` is a table of embeddings to begin with, as a build leaves it in its folder.
    """
    place.index_dir.mkdir(parents=True, exist_ok=True)
    if vectors:
        shutil.copyfile(vectors, place.index_dir / "vectors.sqlite")
    files = _originals(place, settings, laws)
    entries, seconds = _timed(lambda: _read(place, files, clauses))
    place.note(read={"clauses": searchable(entries), "seconds": seconds})
    own, build = place.settings(settings), _build_files if clauses <= _BY_FILES else _write_copies
    build(place, own, files, entries, clauses)
    index = ClauseIndex.open(own)
    is_copied = len(index.documents) > len(entries)
    place.note(questions=_questions(index, laws, is_copied), copies=is_copied)
    place.note(clauses=place.export(index), documents=len(index.documents))


def _originals(place: Place, settings: Settings, laws: Path | None) -> list[Path]:
    if laws is None:
        return find_files([settings.seeds_dir])
    Stard.load(laws).write_texts(place.folder / "originals")
    return find_files([place.folder / "originals"])


def _read(place: Place, files: Sequence[Path], clauses: int) -> list[Entry]:
    """Return the documents of the files, as many as hold so many clauses."""
    held: list[Entry] = []
    for start in range(0, len(files), _FILES):
        reads = read_corpus(files[start : start + _FILES], place.folder / "errors.log")
        held += [entry for read in reads for entry in read.documents]
        if clauses and searchable(held) >= clauses:
            break
    return list(islice(grown(held, clauses), len(held))) if clauses else held


def _build_files(place: Place, own: Settings, files: Sequence[Path], entries: Sequence[Entry], clauses: int) -> None:
    """Build from files as anyone does, and once more when every vector is known."""
    sources = {doc.source for doc, _ in entries}
    copies = write_texts(islice(grown(entries, clauses), len(entries), None), place.folder / "copies")
    given = [*(file for file in files if file.name in sources), *copies]
    _build(place, "build", own, lambda: build_index(own, given))
    for folder in own.index_dir.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    (own.index_dir / "CURRENT").unlink()
    _build(place, "rebuild", own, lambda: build_index(own, given))


def _write_copies(place: Place, own: Settings, files: Sequence[Path], entries: Sequence[Entry], clauses: int) -> None:
    """Write documents that are copies in memory, as they are made."""
    encoder = CopyEncoder(encoder_of(own), own.index_dir / "vectors.sqlite")

    def documents() -> Iterator[Entry]:
        for number, (doc, held) in enumerate(grown(entries, clauses)):
            if number >= len(entries):
                encoder.titles[doc.title] = entries[number % len(entries)][0].title
            yield doc, held

    def write() -> None:
        with writer(own):
            write_version(own, encoder, documents())

    _build(place, "rebuild", own, write)


def _build(place: Place, name: str, own: Settings, work: Callable[[], object]) -> None:
    """Note how long a build took, and how many texts it had to embed."""
    before = _known(own)
    _, seconds = _timed(work)
    place.note(**{name: {"seconds": seconds, "embedded": _known(own) - before}})


def _known(own: Settings) -> int:
    path = own.index_dir / "vectors.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("select count(*) from vectors").fetchone()[0])


def _questions(index: ClauseIndex, laws: Path | None, is_copied: bool) -> dict[str, list[str]]:
    """Return the questions of people, and where copies are held the same ones of a place and a year that are held."""
    if laws is None:
        return {"plain": [golden.question for golden in load_golden("dev") if golden.answerable][:_QUESTIONS]}
    stard = Stard.load(laws)
    plain = [stard.questions[name] for name in stard.splits["dev"][:_QUESTIONS]]
    if not is_copied:
        return {"plain": plain}
    rng, documents = random.Random(0), [doc for doc in index.documents if doc.adcode and doc.year]
    asked = [(rng.choice(documents), question) for question in plain]
    return {"plain": plain, "placed": [f"{doc.region[-1]}{doc.year}年，{question}" for doc, question in asked]}


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    started = time.perf_counter()
    return work(), round(time.perf_counter() - started, 3)
