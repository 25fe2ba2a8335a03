"""Segments are written: of documents that are new, or of what is left of older ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from index import rows
from index.progress import Report
from index.rows import Bounds, Entry, Put
from index.segment import PLACES, STORE, Places, Segment
from index.store import DENSE_VIEWS
from index.vector_cache import VectorCache
from index.vector_file import write_vectors
from index.views import embed_views

Facts = dict[str, Any]  # of a segment: its name, where it begins and ends, and how much it holds


def write_segment(
    folder: Path, put: Sequence[Entry], first: Bounds, dimension: int, cache: VectorCache, report: Report
) -> tuple[Facts, Put]:
    """Write documents as a segment in a folder; return its facts, and what of it is to be found by words."""
    target = _new(folder)
    new, end = rows.insert(target / STORE, put, first)
    starts = np.cumsum([0, *new.counts])
    sentences = np.arange(first.sentence, end.sentence)
    places = Places(np.array(new.rows, np.int64), np.array(new.numbers, np.int64), sentences, starts)
    vectors = embed_views(new.clauses, new.sentences, partial(cache.encode, report=report))
    _write(target, places, vectors, dimension)
    return _facts(target, places, first.row, first.number, end), new


def join_segments(
    folder: Path, parts: Sequence[tuple[Segment, Facts, Collection[int]]], dimension: int
) -> Facts | None:
    """Write what is left of segments, less the documents of some numbers, as one; return its facts, None if nothing is."""
    (_, first, _), (_, last, _) = parts[0], parts[-1]
    kept = [(segment, ~np.isin(segment.places.numbers, list(gone))) for segment, _, gone in parts]
    numbers = [number for segment, _, gone in parts for number in segment.documents if number not in gone]
    if not numbers:
        return None
    target = _new(folder)
    rows.join(target / STORE, [(segment.folder / STORE, gone) for segment, _, gone in parts])
    counts = np.concatenate([np.diff(segment.places.starts)[mask] for segment, mask in kept])
    places = Places(
        np.concatenate([segment.places.rows[mask] for segment, mask in kept]),
        np.concatenate([segment.places.numbers[mask] for segment, mask in kept]),
        np.concatenate([segment.places.sentences[_of_sentences(segment, mask)] for segment, mask in kept]),
        np.concatenate([[0], np.cumsum(counts)]),
    )
    vectors = {name: _kept_vectors(name, kept, dimension) for name in DENSE_VIEWS}
    _write(target, places, vectors, dimension)
    return _facts(target, places, first["row"], first["number"], Bounds(**last["end"]))


def count_segment(folder: Path, places: Places) -> dict[str, int]:
    """Return how much of everything a segment holds."""
    sizes = {name: len(places.sentences if name == "sentence" else places.rows) for name in DENSE_VIEWS}
    return rows.count(folder / STORE) | {f"vectors-{name}": size for name, size in sizes.items()}


def _new(folder: Path) -> Path:
    target = folder / f"seg-{uuid4().hex[:12]}"
    target.mkdir()
    return target


def _of_sentences(segment: Segment, mask: Any) -> Any:
    return np.repeat(mask, np.diff(segment.places.starts))


def _kept_vectors(name: str, kept: Sequence[tuple[Segment, Any]], dimension: int) -> Any:
    """Return the vectors of a view that are left of some segments."""
    masks = [(segment, _of_sentences(segment, mask) if name == "sentence" else mask) for segment, mask in kept]
    return np.concatenate([segment.vectors(name, dimension).all()[mask] for segment, mask in masks])


def _write(target: Path, places: Places, vectors: dict[str, Any], dimension: int) -> None:
    arrays: dict[str, Any] = {name: getattr(places, name) for name in Places.__slots__}
    with (target / PLACES).open("wb") as file:
        np.savez(file, **arrays)
    for name in DENSE_VIEWS:
        write_vectors(target / f"{name}.faiss", vectors[name], dimension)


def _facts(target: Path, places: Places, row: int, number: int, end: Bounds) -> Facts:
    ends = {"row": end.row, "sentence": end.sentence, "number": end.number}
    return {"name": target.name, "row": row, "number": number, "end": ends, "counts": count_segment(target, places)}
