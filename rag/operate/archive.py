"""A backup as a file: a ZIP of everything with a manifest of hashes; a half or changed one is told at once.

manifest.json      what this is, when and of what it was made, size and SHA-256 of every other file
documents.jsonl    a document a line, [its record, those of its clauses]: an index of any make can be built of it
index/...          the version of the index that was in use
kept/...           what is written down beside the versions: when a document came, what people put right
records/...        conversations, feedback and audit; users
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from index.errors import UserError

MANIFEST, DOCUMENTS = "manifest.json", "documents.jsonl"
INDEX, KEPT, RECORDS = "index", "kept", "records"
_KIND = "clause-qa-backup"
_FORMAT = 1
_LEVEL = 1  # of deflate: 6 takes three times as long for a tenth less
_CHUNK = 2**20
_HALF = "备份 {} 不完整或已损坏 ({})。请换一份备份。"


@dataclass(frozen=True, slots=True)
class Held:
    """A file of a backup as it must come out again."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself; `counts` are told to people."""

    made: str
    program: str
    index_version: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, Held] = field(default_factory=dict)


class Writer:
    """Puts files into a backup that is being made."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Held] = {}

    def put(self, name: str, path: Path) -> str:
        """Put in a file and return its hash."""
        with path.open("rb") as file:
            return self._write(name, iter(lambda: file.read(_CHUNK), b""))

    def put_lines(self, name: str, lines: Iterable[str]) -> None:
        """Put in a file of these lines."""
        self._write(name, (f"{line}\n".encode() for line in lines))

    def sign(self, made: str, program: str, index_version: str, counts: dict[str, int]) -> None:
        """Put in the manifest, last."""
        contents = asdict(Contents(made, program, index_version, counts, self.files))
        told = {"kind": _KIND, "format": _FORMAT, **contents}
        self._archive.writestr(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1))

    def _write(self, name: str, chunks: Iterable[bytes]) -> str:
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as target:
            for chunk in chunks:
                digest.update(chunk)
                size += target.write(chunk)
        self.files[name] = Held(digest.hexdigest(), size)
        return digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Yield what puts files into a new backup: it is there whole and on the disk, or not at all, and nobody else's to read.

    Raises UserError if there is a file of that name or the disk cannot take it.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        if path.exists():
            raise UserError(f"{path} 已经存在, 没有覆盖。请换一个文件名。")
        draft.unlink(missing_ok=True)  # left by one that was killed
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield Writer(archive)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as exc:
        raise UserError(f"备份没有写成 ({path}: {exc.strerror})。请检查文件夹、权限和磁盘空间后再试。") from exc
    finally:
        draft.unlink(missing_ok=True)


class Archive:
    """An open backup; what is read from it is as its manifest says, or UserError is raised."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self.contents = self._manifest()

    def names(self, folder: str) -> list[str]:
        """Return the names of the files of a folder."""
        return [name for name in self.contents.files if name.startswith(f"{folder}/")]

    def copy(self, name: str, target: Path) -> None:
        """Write a file of the backup."""
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("wb") as file:
            for chunk in self._chunks(name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def check(self) -> None:
        """Read everything; raises UserError where it is not as it was written."""
        for name in self.contents.files:
            for _ in self._chunks(name):
                pass

    def _chunks(self, name: str) -> Iterator[bytes]:
        held, digest, size = self.contents.files[name], hashlib.sha256(), 0
        try:
            with self._archive.open(name) as file:
                while size <= held.size and (chunk := file.read(_CHUNK)):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
            raise UserError(_HALF.format(self._path.name, name)) from exc
        if (digest.hexdigest(), size) != (held.sha256, held.size):
            raise UserError(_HALF.format(self._path.name, name))

    def _manifest(self) -> Contents:
        try:
            told = json.loads(self._archive.read(MANIFEST))
            kind, form = told.pop("kind"), told.pop("format")
            files = {_safe(name): Held(**held) for name, held in told.pop("files").items()}
            contents = Contents(**told, files=files) if form == _FORMAT else None
        except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as exc:
            raise UserError(_HALF.format(self._path.name, MANIFEST)) from exc
        if kind != _KIND or contents is None:
            raise UserError(f"{self._path.name} 是更新版本的程序做的备份 (格式 {form})。请升级程序后再恢复。")
        if sorted(self._archive.namelist()) != sorted([MANIFEST, *files]):
            raise UserError(_HALF.format(self._path.name, "文件与清单不符"))
        return contents


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """Yield a backup to read; raises UserError if it is none, or is not whole."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield Archive(path, archive)
    except zipfile.BadZipFile as exc:
        raise UserError(_HALF.format(path.name, "文件不是备份, 或没有写完")) from exc
    except OSError as exc:
        raise UserError(f"不能恢复 {path}: {exc.strerror}。请检查路径、权限和磁盘空间; 现有的数据没有改动。") from exc


def _safe(name: Any) -> str:
    """Return a name that stays in the folder it is put in; raises ValueError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or any(char in name for char in ":\\\0"):
        raise ValueError(name)
    return str(name)
