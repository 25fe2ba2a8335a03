"""The index of a backup: the version as it was where this program can use it, else built anew of its documents."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from index.errors import UserError
from index.local import LocalIndex
from index.rows import Entry, read_clause_record
from index.settings import Settings
from index.store import encoder_of, make_difference, store_of
from index.types import Document
from index.version import current_name, new_draft, new_name, read_manifest, swap, sync_folder, write_manifest
from rag.operate.archive import DOCUMENTS, INDEX, KEPT, Archive


@dataclass(frozen=True, slots=True)
class Ready:
    """An index that only has to be made current."""

    put: Callable[[], None]
    rebuilds: bool


def has_index(archive: Archive) -> bool:
    """True if a backup holds an index."""
    return DOCUMENTS in archive.contents.files


def unpack_index(archive: Archive, settings: Settings, drafts: ExitStack) -> Ready:
    """Write what is needed of the index beside the one in use and return it ready; raises UserError if it is not whole."""
    if store_of(settings) is LocalIndex and archive.names(INDEX):
        folder = _draft(settings, drafts)
        for name in archive.names(INDEX):
            archive.copy(name, folder / PurePosixPath(name).relative_to(INDEX))
        if _is_usable(folder, settings):
            return Ready(lambda: _place(folder, settings.index_dir), rebuilds=False)
    folder = _draft(settings, drafts)
    archive.copy(DOCUMENTS, folder / DOCUMENTS)
    entries = _entries(folder / DOCUMENTS)
    return Ready(lambda: _build(settings, entries), rebuilds=True)


def back_to(settings: Settings) -> Callable[[], None]:
    """Return what makes the version current again that is so now."""
    version = current_name(settings.index_dir)
    return lambda: swap(settings.index_dir, version) if version else None


def put_notes(archive: Archive, settings: Settings) -> None:
    """Put back what is written down beside the versions."""
    for name in archive.names(KEPT):
        target = settings.index_dir / PurePosixPath(name).name
        archive.copy(name, target.with_name(f".{target.name}.new"))
        os.replace(target.with_name(f".{target.name}.new"), target)


def _draft(settings: Settings, drafts: ExitStack) -> Path:
    """Make a folder that is removed at the end, and by the next writer if we are killed."""
    folder = new_draft(settings.index_dir)
    drafts.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_usable(folder: Path, settings: Settings) -> bool:
    try:
        return make_difference(read_manifest(folder), encoder_of(settings)) is None
    except UserError:  # of another format
        return False


def _place(folder: Path, index_dir: Path) -> None:
    """Make an unpacked version current, under a new name where one of its name is there: that may be damaged, or in use."""
    manifest = read_manifest(folder)
    if (index_dir / manifest.version).exists():
        manifest = replace(manifest, version=new_name(index_dir, manifest.version[-8:]))
        write_manifest(folder, manifest)
    sync_folder(folder)
    os.replace(folder, index_dir / manifest.version)
    swap(index_dir, manifest.version)


def _build(settings: Settings, entries: list[Entry]) -> None:
    store_of(settings).write(settings, encoder_of(settings), entries)


def _entries(path: Path) -> list[Entry]:
    try:
        with path.open(encoding="utf-8") as lines:
            return [_entry(json.loads(line)) for line in lines]
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise UserError(
            "备份里的文件是另一版本的程序写的, 本程序读不懂。请用原文件重建: python -m index build 文件夹。"
        ) from exc


def _entry(records: list[dict[str, Any]]) -> Entry:
    doc = Document.from_record(records[0])
    return doc, tuple(read_clause_record(doc, json.dumps(record)) for record in records[1:])
