"""The versions of the index: a folder each, swapped in whole, checked when it is opened.

index_dir/CURRENT                   the name of the version in use
index_dir/<version>/manifest.json   format, encoder, dictionary, sources, counts, segments, file hashes
index_dir/<version>/seg-*/          a run of documents with their clauses and vectors, shared by the versions that hold it
index_dir/<version>/lexical-*/      a BM25 view each
index_dir/vectors.sqlite            embeddings by content hash, kept from version to version
index_dir/errors.log                what the readers of files did not expect
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import finalize

from index.errors import UserError

if sys.platform != "win32":
    import fcntl

FORMAT = 5
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
REBUILD = "请运行 python -m index build 重建。"
_LONGEST_NAME = 100  # of a version; what is longer is damage
_VERSION = re.compile(r"(\d{8}T\d{12})-[0-9a-f]{8}")
_STAMP = "%Y%m%dT%H%M%S%f"
_DRAFT = re.compile(r"\.new-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version was built from and with; every field is checked when it is opened."""

    format: int
    version: str
    encoder: str
    dimension: int
    dictionary: str
    sources: dict[str, str]
    counts: dict[str, int]
    files: dict[str, str]
    sizes: dict[str, int]
    segments: tuple[dict[str, Any], ...] = ()  # the name, the counts and the bounds of each, in order
    digest: str = ""  # of all the others

    def signed(self) -> Manifest:
        """Return it with the digest that it should have."""
        record = {name: value for name, value in asdict(self).items() if name != "digest"}
        said = json.dumps(record, ensure_ascii=False, sort_keys=True)
        return replace(self, digest=hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


def current_name(index_dir: Path) -> str:
    """Return the name of the version in use, empty if there is none.

    Where CURRENT names none that is there, it is damaged, and the newest version is in use: a flipped letter must not
    cost what no seed holds.
    """
    try:
        name = (index_dir / CURRENT).read_bytes().decode("utf-8", "replace").strip()
        if _VERSION.fullmatch(name) and (index_dir / name).is_dir():
            return name
        return max((folder.name for folder in _versions(index_dir)), default=name)
    except OSError:
        return ""


def current_folder(index_dir: Path) -> Path:
    """Return the folder of the version in use; raises UserError if there is none."""
    name = current_name(index_dir)
    if not (index_dir / CURRENT).exists():
        raise UserError(f"还没有索引 ({index_dir})。请先运行 python -m index build。")
    folder = index_dir / name
    if not 0 < len(name) <= _LONGEST_NAME or Path(name).name != name or not folder.is_dir():
        raise UserError(f"索引不完整: {index_dir} 里没有版本 {name[:40]!r}。{REBUILD}")
    return folder


def read_manifest(folder: Path) -> Manifest:
    """Return a version's manifest; raises UserError if it is missing, damaged or of another format."""
    try:
        record = json.loads((folder / MANIFEST).read_text("utf-8"))
        if isinstance(record, dict) and record.get("format", FORMAT) != FORMAT:
            raise UserError(f"索引格式是 {record['format']}, 本程序需要 {FORMAT}。{REBUILD}")
        manifest = Manifest(**{**record, "segments": tuple(record.get("segments", ()))})
        if manifest.digest and manifest.signed() != manifest:
            raise ValueError("it was changed")
        return manifest
    except (OSError, ValueError, TypeError) as exc:
        raise UserError(f"索引清单缺失或损坏: {folder.name}/{MANIFEST}。{REBUILD}") from exc


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest.signed()), ensure_ascii=False, indent=1), "utf-8")


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raise UserError if a file is missing or cut short."""
    for name, size in manifest.sizes.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise UserError(f"索引文件缺失或被截断: {name}。{REBUILD}")


def changed_files(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is wrong with the files of a version, read in full."""
    files = files_of(folder)
    problems = [f"缺少文件 {name}" for name in manifest.files if name not in files]
    return problems + [
        f"文件内容已改变 {name}"
        for name, digest in manifest.files.items()
        if name in files and digest_file(files[name]) != digest
    ]


def digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """Return every data file of a version by its relative name."""
    paths = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != MANIFEST and p.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path for path in paths}


def new_draft(index_dir: Path) -> Path:
    """Make the folder in which a version is written; a name that `sweep` knows as unfinished."""
    folder = index_dir / f".new-{uuid4().hex}"
    folder.mkdir()
    return folder


def new_name(index_dir: Path, content: str) -> str:
    """Return a name for a version that sorts after the one in use, even where the clock was set back."""
    now = datetime.now(UTC)
    if match := _VERSION.fullmatch(current_name(index_dir)):
        now = max(now, datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return f"{now.strftime(_STAMP)}-{content[:8]}"


def swap(index_dir: Path, version: str) -> None:
    """Point CURRENT at the version in one rename; the one before it stays until the next."""
    before = current_name(index_dir)
    draft = index_dir / f"{CURRENT}.new"
    with draft.open("w", encoding="utf-8") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, index_dir / CURRENT)
    sync_folder(index_dir)
    _discard(folder for folder in _versions(index_dir) if folder.name not in (version, before))


def sweep(index_dir: Path) -> None:
    """Remove what a killed writer left: drafts, and versions made later than the one in use."""
    current = current_name(index_dir)
    (index_dir / f"{CURRENT}.new").unlink(missing_ok=True)
    for folder in index_dir.iterdir():
        if folder.is_dir() and _DRAFT.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    if current:
        _discard(folder for folder in _versions(index_dir) if folder.name > current)


class Lease:
    """A reader's hold on a version, that ends when nobody has it any more."""

    def __init__(self, folder: Path) -> None:
        handle = hold(folder)
        if handle is not None:
            finalize(self, os.close, handle)


def hold(folder: Path) -> int | None:
    """Take a reader's lease on a version, so that no writer removes it; None if it is gone or cannot be held.

    The lease is a shared lock on the manifest: the system drops it with the process, however that ends.
    """
    if sys.platform == "win32":  # an open file cannot be removed there
        return None
    try:
        lease = os.open(folder / MANIFEST, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lease, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lease), (folder / MANIFEST).stat()):
            return lease
    except OSError:
        pass
    os.close(lease)
    return None


def sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the system write a folder's names to the disk, where it can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _versions(index_dir: Path) -> list[Path]:
    # Nothing else is ours: CLAUSE_INDEX_DIR may name a folder that holds other things.
    return [folder for folder in index_dir.iterdir() if folder.is_dir() and _VERSION.fullmatch(folder.name)]


def _discard(folders: Iterable[Path]) -> None:
    """Remove versions that no reader holds; renamed first, so that none is ever seen half removed."""
    for folder in folders:
        if _is_held(folder):
            continue
        gone = folder.with_name(f".new-{uuid4().hex}")
        try:
            folder.rename(gone)
        except OSError:  # a file in it is open, on a system that minds
            continue
        shutil.rmtree(gone, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        with (folder / MANIFEST).open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
