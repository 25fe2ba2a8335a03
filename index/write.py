"""A new version of the index: from nothing, or from the one before it with documents taken out and put in.

It is written in a folder of its own and becomes current in one rename, so that a reader, and a writer that is
killed at any moment, leave either the old version or the new one. What does not change is not written again: segments
and tantivy's files are shared with the version before. Those that lose a document, and the last one till it is full,
are written anew, so that what is removed leaves the disk.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index import version
from index.encoder import Encoder
from index.errors import UserError
from index.local import LocalIndex
from index.progress import WAITING, WRITING, Report, silent
from index.quantised import VIEW, quantise
from index.rows import Bounds, Entry, Put
from index.segment import STORE, Segment
from index.segment_files import Facts, join_segments, write_segment
from index.settings import Settings
from index.sparse import SparseView, SparseWriter, link_or_copy
from index.store import SPARSE_VIEWS
from index.tokens import dictionary_hash
from index.vector_cache import VectorCache
from index.version import REBUILD, Manifest
from index.views import context_text

if TYPE_CHECKING:
    from filelock import FileLock

FULL = 32_768  # clauses of a segment: written anew in a second or two when one of its documents changes
SMALL = 20_000  # clauses of an index whose words are written anew, rather than marked, when a document goes
_PATIENCE = 600  # seconds that a second writer waits for the first
_NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


def writer(settings: Settings, report: Report = silent) -> AbstractContextManager[object]:
    """Return the lock that lets one process write at a time, what a killed one left removed; raises UserError."""
    from filelock import FileLock, Timeout

    try:
        settings.index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.index_dir / "writer.lock")
        held = _acquired(lock, report)
        version.sweep(settings.index_dir)
    except Timeout as exc:
        raise UserError("另一个进程正在写索引, 请稍后再试。") from exc
    except OSError as exc:
        raise UserError(
            f"无法写入索引文件夹 {settings.index_dir}: {exc.strerror}。请检查权限或 CLAUSE_INDEX_DIR。"
        ) from exc
    return held


def _acquired(lock: FileLock, report: Report) -> AbstractContextManager[object]:
    from filelock import Timeout

    try:
        return lock.acquire(timeout=1)
    except Timeout:
        logging.getLogger(__name__).warning("另一个进程正在写索引, 等待它完成……")
        report(WAITING, 0, 0)
        return lock.acquire(timeout=_PATIENCE)


def write_version(
    settings: Settings,
    encoder: Encoder,
    put: Iterable[Entry],
    base: LocalIndex | None = None,
    drop: Iterable[str] = (),
    report: Report = silent,
) -> LocalIndex:
    """Write the documents put, and with a base its own less those dropped, and make that current.

    Raises UserError when the disk cannot take it or the base is damaged; the version before stays as it was.
    """
    try:
        folder = version.new_draft(settings.index_dir)
        try:
            draft = _Draft(folder, settings, encoder, base, drop, report)
            draft.put(put)
            report(WRITING, 0, 0)
            segments = draft.settle()
            manifest = _sign(folder, settings, encoder, base, segments)
            final = settings.index_dir / manifest.version
            os.replace(folder, final)
            version.swap(settings.index_dir, final.name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except (OSError, sqlite3.Error) as exc:
        raise _unwritable(settings, exc) from exc
    return LocalIndex(final, manifest, encoder)


def count_all(folder: Path, segments: Sequence[Facts]) -> dict[str, int]:
    """Return how much of everything a version holds."""
    names = dict.fromkeys(name for one in segments for name in one["counts"])
    counts = {name: sum(one["counts"][name] for one in segments) for name in names}
    return counts | {f"lexical-{name}": len(SparseView.load(folder / f"lexical-{name}")) for name in SPARSE_VIEWS}


@dataclass(slots=True)
class _Part:
    """A segment that the version is to hold: one of the base, or a new one; and what of it goes."""

    segment: Segment
    facts: Facts
    gone: frozenset[int] = frozenset()
    is_new: bool = False


class _Draft:
    """A version that is being written."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        encoder: Encoder,
        base: LocalIndex | None,
        drop: Iterable[str],
        report: Report,
    ) -> None:
        self._folder, self._settings, self._encoder, self._base, self._report = folder, settings, encoder, base, report
        self._parts = _parts_of(base, set(drop))
        self._next = _bounds_after([part.facts for part in self._parts])
        small = sum(part.facts["counts"]["vectors-clause"] for part in self._parts) < SMALL
        gone = [_gone_of(part) for part in self._parts if part.gone]
        self._words = {
            name: SparseWriter(
                folder / f"lexical-{name}",
                base.folder / f"lexical-{name}" if base else None,
                np.concatenate([np.empty(0, np.int64), *(rows[at] for rows in gone)]),
                small,
            )
            for at, name in enumerate(SPARSE_VIEWS)
        }

    def put(self, entries: Iterable[Entry]) -> None:
        """Embed and index documents, and write them as segments of a size that memory holds."""
        cache = VectorCache(self._settings.index_dir / "vectors.sqlite", self._encoder)
        try:
            for some in _together(entries):
                facts, new = write_segment(self._folder, some, self._next, self._encoder.dimension, cache, self._report)
                self._parts.append(_Part(Segment(self._folder / facts["name"]), facts, is_new=True))
                self._index_words(new)
                self._next = _bounds_after([facts])
        finally:
            cache.close()

    def settle(self) -> list[Facts]:
        """Write what is left of the base, and return the facts of all segments in order."""
        for words in self._words.values():
            words.close()
        self._check_merged()
        settled = [facts for group in _groups(self._parts) if (facts := self._settled(group))]
        segments = [Segment(self._folder / facts["name"]) for facts in settled]
        vectors = [segment.vectors(VIEW, self._encoder.dimension) for segment in segments]
        quantise(self._folder, vectors, self._base.folder if self._base else None)
        return settled

    def _index_words(self, new: Put) -> None:
        self._words["clause"].add(new.rows, new.numbers, map(context_text, new.clauses))
        numbers = np.repeat(np.array(new.numbers, np.int64), new.counts).tolist()
        first = self._next.sentence
        self._words["sentence"].add(range(first, first + len(new.sentences)), numbers, new.sentences)

    def _settled(self, group: list[_Part]) -> Facts | None:
        if len(group) == 1 and not group[0].gone:
            if not group[0].is_new:
                _link(group[0].segment.folder, self._folder)
            return group[0].facts
        for part in group:
            if not part.is_new:
                self._check_files(part.segment.folder.name)
        facts = join_segments(self._folder, [(p.segment, p.facts, p.gone) for p in group], self._encoder.dimension)
        for part in group:
            if part.is_new:
                shutil.rmtree(part.segment.folder)
        return facts

    def _check_merged(self) -> None:
        """Have the words that were read of the base be those that were written there."""
        for name in SPARSE_VIEWS if self._base else ():
            folder = f"lexical-{name}"
            self._check_files(folder, lambda path: not (self._folder / path).exists())

    def _check_files(self, folder: str, which: Any = lambda path: True) -> None:
        """What is written again must be what was written, or damage would be signed anew; raises UserError."""
        assert self._base is not None
        manifest, held = self._base.manifest, self._base.folder
        names = [name for name in manifest.files if name.startswith(f"{folder}/") and which(name)]
        bad = [name for name in names if version.digest_file(held / name) != manifest.files[name]]
        if bad:
            raise UserError(f"索引已损坏: {'; '.join(f'文件内容已改变 {name}' for name in bad)}。{REBUILD}")


def _parts_of(base: LocalIndex | None, drop: set[str]) -> list[_Part]:
    """Return the segments of a base, and of each the numbers of the documents dropped."""
    parts = []
    for segment, facts in zip(base.segments, base.manifest.segments, strict=True) if base else ():
        gone = frozenset(n for n, doc in segment.documents.items() if doc.doc_id in drop) if drop else frozenset()
        parts.append(_Part(segment, facts, gone))
    return parts


def _gone_of(part: _Part) -> tuple[Any, Any]:
    """Return the rows of the clauses and of the sentences that go with documents."""
    places = part.segment.places
    gone = np.isin(places.numbers, list(part.gone))
    return places.rows[gone], places.sentences[np.repeat(gone, np.diff(places.starts))]


def _groups(parts: Sequence[_Part]) -> list[list[_Part]]:
    """Return the segments as they are to be: neighbours that are short are joined, where one is to be written anyhow."""
    groups: list[list[_Part]] = []
    for part in parts:
        group = groups[-1] if groups else []
        written = part.is_new or part.gone or any(one.is_new or one.gone for one in group)
        if group and written and sum(one.facts["counts"]["vectors-clause"] for one in (*group, part)) <= FULL:
            group.append(part)
        else:
            groups.append([part])
    return groups


def _together(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Yield documents in runs that make a segment."""
    run: list[Entry] = []
    size = 0
    for entry in entries:
        if run and size + len(entry[1]) > FULL:
            yield run
            run, size = [], 0
        run.append(entry)
        size += len(entry[1])
    if run:
        yield run


def _bounds_after(facts: Sequence[Facts]) -> Bounds:
    ends = facts[-1]["end"] if facts else {}
    return Bounds(**ends)


def _link(segment: Path, folder: Path) -> None:
    (folder / segment.name).mkdir()
    for path in segment.iterdir():
        link_or_copy(path, folder / segment.name / path.name)


def _sign(
    folder: Path, settings: Settings, encoder: Encoder, base: LocalIndex | None, segments: Sequence[Facts]
) -> Manifest:
    """Have the files on the disk and write the manifest that names, counts and hashes them."""
    files = version.files_of(folder)
    digests = {name: _digest(name, path, base) for name, path in files.items()}
    stores = [digests[f"{one['name']}/{STORE}"] for one in segments]
    documents = [doc for one in segments for doc in Segment(folder / one["name"]).documents.values()]
    manifest = Manifest(
        format=version.FORMAT,
        version=version.new_name(settings.index_dir, hashlib.sha256("".join(stores).encode()).hexdigest()),
        encoder=encoder.name,
        dimension=encoder.dimension,
        dictionary=dictionary_hash(),
        sources={doc.source: doc.sha256 for doc in documents},
        counts=count_all(folder, segments),
        files=digests,
        sizes={name: path.stat().st_size for name, path in files.items()},
        segments=tuple(segments),
    ).signed()
    version.write_manifest(folder, manifest)
    version.sync_file(folder / version.MANIFEST)
    version.sync_folder(folder)
    return manifest


def _digest(name: str, path: Path, base: LocalIndex | None) -> str:
    """Return a file's hash, once it is on the disk; that of one shared with the base is as signed there.

    It is not read again: if it was damaged, `check` finds it against what was signed when it was written.
    """
    if base and name in base.manifest.files and os.path.samefile(path, base.folder / name):
        return base.manifest.files[name]
    version.sync_file(path)
    return version.digest_file(path)


def _unwritable(settings: Settings, exc: OSError | sqlite3.Error) -> UserError:
    full = getattr(exc, "errno", None) in _NO_SPACE or "full" in str(exc) or "space" in str(exc)
    reason = "磁盘空间不足或超出限额" if full else getattr(exc, "strerror", None) or exc
    return UserError(
        f"无法写入索引 {settings.index_dir}: {reason}。原来的索引没有改动, 已算好的向量已保留; "
        "请检查磁盘空间和权限后再运行同一条命令。"
    )
