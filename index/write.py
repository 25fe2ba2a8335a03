"""A new version of the index: from nothing, or from the one before it with documents taken out and put in.

It is written in a folder of its own and becomes current in one rename, so that a reader, and a writer that is
killed at any moment, leave either the old version or the new one. What changes little is not written again:
SQLite and FAISS files are copied and changed, tantivy's segments shared with the version before.
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
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index import rows, version
from index.dense import DenseView
from index.encoder import Encoder
from index.errors import UserError
from index.local import LocalIndex
from index.progress import WAITING, WRITING, Report, silent
from index.rows import Entry, Gone, Put
from index.settings import Settings
from index.sparse import SparseView
from index.store import DENSE_VIEWS, SPARSE_VIEWS
from index.tokens import dictionary_hash
from index.vector_cache import VectorCache
from index.version import REBUILD, Manifest
from index.views import context_text, embed_views

if TYPE_CHECKING:
    from filelock import FileLock

_STORE = "clauses.sqlite"
_PATIENCE = 600  # seconds that a second writer waits for the first
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


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
    put: Sequence[Entry],
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
            gone, new = _write_rows(folder, put, base, drop)
            _write_views(folder, settings, encoder, base, gone, new, report)
            report(WRITING, 0, 0)
            manifest = _sign(folder, encoder, base)
            final = settings.index_dir / manifest.version
            os.replace(folder, final)
            version.swap(settings.index_dir, final.name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except (OSError, sqlite3.OperationalError) as exc:
        raise _unwritable(settings, exc) from exc
    return LocalIndex(final, manifest, encoder)


def count_all(folder: Path) -> dict[str, int]:
    """Return how much of everything a version holds."""
    counts = rows.count(folder / _STORE)
    counts |= {f"vectors-{name}": len(DenseView.load(folder / f"{name}.faiss")) for name in DENSE_VIEWS}
    return counts | {f"lexical-{name}": len(SparseView.load(folder / f"lexical-{name}")) for name in SPARSE_VIEWS}


def _write_rows(folder: Path, put: Sequence[Entry], base: LocalIndex | None, drop: Iterable[str]) -> tuple[Gone, Put]:
    """Write the store of clauses; what a base holds must be what was written there, or damage would be signed anew."""
    path = folder / _STORE
    if base is None:
        rows.create(path)
    elif problems := version.changed_files(base.folder, base.manifest):
        raise UserError(f"索引已损坏: {'; '.join(problems)}。{REBUILD}")
    else:
        shutil.copyfile(base.folder / _STORE, path)
    return rows.change(path, drop, put)


def _write_views(
    folder: Path,
    settings: Settings,
    encoder: Encoder,
    base: LocalIndex | None,
    gone: Gone,
    new: Put,
    report: Report,
) -> None:
    """Embed and index the new clauses: alone, in context, and by sentence."""
    contexts = [context_text(clause) for clause in new.clauses]
    cache = VectorCache(settings.index_dir / "vectors.sqlite", encoder)
    try:
        vectors = embed_views(new.clauses, new.sentences, partial(cache.encode, report=report))
    finally:
        cache.close()
    for name in DENSE_VIEWS:
        view = DenseView.load(base.folder / f"{name}.faiss") if base else DenseView.empty(encoder.dimension)
        view.change(gone.of(name), vectors[name], np.array(new.rows_of(name), np.int64))
        view.save(folder / f"{name}.faiss")
    for name, words in zip(SPARSE_VIEWS, (contexts, new.sentences), strict=True):
        target = folder / f"lexical-{name}"
        if base:
            SparseView.change(base.folder / target.name, target, gone.of(name), words, new.rows_of(name))
        else:
            SparseView.build(target, words, new.rows_of(name))


def _sign(folder: Path, encoder: Encoder, base: LocalIndex | None) -> Manifest:
    """Have the files on the disk and write the manifest that names, counts and hashes them."""
    files = version.files_of(folder)
    digests = {name: _digest(name, path, base) for name, path in files.items()}
    content = hashlib.sha256(digests[_STORE].encode()).hexdigest()
    manifest = Manifest(
        format=version.FORMAT,
        version=f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{content[:8]}",
        encoder=encoder.name,
        dimension=encoder.dimension,
        dictionary=dictionary_hash(),
        sources=rows.sources(folder / _STORE),
        counts=count_all(folder),
        files=digests,
        sizes={name: path.stat().st_size for name, path in files.items()},
    )
    version.write_manifest(folder, manifest)
    version.sync_file(folder / version.MANIFEST)
    version.sync_folder(folder)
    return manifest


def _digest(name: str, path: Path, base: LocalIndex | None) -> str:
    """Return a file's hash, once it is on the disk; one shared with the base was just found to be as signed there."""
    if base and name in base.manifest.files and os.path.samefile(path, base.folder / name):
        return base.manifest.files[name]
    version.sync_file(path)
    return version.digest_file(path)


def _unwritable(settings: Settings, exc: OSError | sqlite3.OperationalError) -> UserError:
    full = getattr(exc, "errno", None) in _FULL or "full" in str(exc) or "space" in str(exc)
    reason = "磁盘空间不足或超出限额" if full else getattr(exc, "strerror", None) or exc
    return UserError(
        f"无法写入索引 {settings.index_dir}: {reason}。原来的索引没有改动, 已算好的向量已保留; "
        "请检查磁盘空间和权限后再运行同一条命令。"
    )
