"""Files that were sent and not yet confirmed: a folder for each sending, gone at confirming, cancelling or after an hour."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import uuid4

from index.errors import UserError
from index.given import MANIFEST, write_manifest
from index.settings import Settings
from rag.page.library.stated import Corrections

KEPT = 3600  # seconds
_FOLDER = "staging"
_NAME = re.compile(r"[0-9a-f]{32}")
_RESERVED = {MANIFEST, "readme.md", "thumbs.db", "desktop.ini"}  # what an index takes for no document
_LONGEST = 60  # characters of a name: 180 bytes, and file systems allow 255
MEGABYTE = 2**20


@dataclass(slots=True)
class Stage:
    """The files of one sending, by whom, and what he stated of them that they do not say."""

    folder: Path
    owner: str
    names: list[str]
    replaces: str = ""
    stated: dict[str, dict[str, str]] = field(default_factory=dict)
    was: dict[str, dict[str, str]] = field(default_factory=dict)  # the same fields as they were read
    carried: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)  # from the version held

    @property
    def paths(self) -> list[Path]:
        return [self.folder / name for name in self.names]

    def state(self, name: str, fields: dict[str, str], read: Mapping[str, str]) -> None:
        """Keep what is stated of a file, or of one in an archive, that reads otherwise; raises UserError if that cannot be."""
        stated = {**self.stated, name: {**self.stated.get(name, {}), **fields}}
        write_manifest(self.folder, stated)
        self.stated = stated
        self.was[name] = {field: read[field] for field in fields} | self.was.get(name, {})
        for one in fields:
            self.carried.get(name, {}).pop(one, None)

    def carry(self, name: str, corrections: Corrections, read: Mapping[str, str]) -> bool:
        """State what was put right of the version held where this one reads the same; True if there was something."""
        known = self.was.get(name, {})
        found = {f: pair for f, pair in corrections.items() if f not in known and read.get(f) == pair[0] != pair[1]}
        if found:
            self.state(name, {one: value for one, (_, value) in found.items()}, read)
            self.carried[name] = {**self.carried.get(name, {}), **found}
        return bool(found)

    def corrections_of(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what is stated of a file, each field with what was read."""
        return {one: (self.was[name][one], value) for one, value in self.stated.get(name, {}).items()}

    def carry_over(self, before: Stage) -> None:
        """Keep what was stated of files that came with an earlier sending, and are the first of this one."""
        if before.stated:
            write_manifest(self.folder, before.stated)
            self.stated, self.was, self.carried = dict(before.stated), dict(before.was), dict(before.carried)

    def drop(self, name: str) -> None:
        """Leave out a file that was sent."""
        if name in self.names:
            self.names.remove(name)
            (self.folder / name).unlink(missing_ok=True)

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def open_stage(settings: Settings, owner: str, sent: Sequence[Path], replaces: str = "") -> Stage:
    """Copy the files sent into a folder of their own; raises UserError if they are too many, too large or gone."""
    sweep(settings)
    try:
        _check_size(settings, sent)
        folder = settings.records_dir / _FOLDER / uuid4().hex
        folder.mkdir(parents=True, mode=0o700)
        names = [_copy(path, folder, name) for path, name in zip(sent, _names(sent), strict=True)]
    except OSError as exc:
        raise UserError(f"文件没有完整传到 ({exc.strerror}), 请重新选择后再试。") from exc
    return Stage(folder, owner, names, replaces)


def sweep(settings: Settings, now: float | None = None) -> None:
    """Remove the folders that are older than an hour."""
    root, now = settings.records_dir / _FOLDER, time.time() if now is None else now
    for folder in root.iterdir() if root.is_dir() else ():
        with suppress(OSError):  # another was quicker
            if _NAME.fullmatch(folder.name) and now - folder.stat().st_mtime > KEPT:
                shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a file's name that is no path, hides nothing and is not too long: it is what people see, and the index keeps."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(char for char in bare if char.isprintable() and char not in '<>:"|?*').strip(" .~$")
    stem, dot, suffix = bare.rpartition(".") if "." in bare else (bare, "", "")
    bare = f"{stem[:_LONGEST]}{dot}{suffix[:10]}" or "文件"
    return f"文件-{bare}" if bare.lower() in _RESERVED else bare


def _names(sent: Sequence[Path]) -> Iterator[str]:
    """Yield a name for each file; the second of a name is numbered."""
    taken: set[str] = set()
    for path in sent:
        name = safe_name(path.name)
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        numbered = (f"{stem}({number}){dot}{suffix}" for number in range(2, len(sent) + 2))
        name = next(one for one in (name, *numbered) if one.lower() not in taken)
        taken.add(name.lower())
        yield name


def _copy(path: Path, folder: Path, name: str) -> str:
    shutil.copyfile(path, folder / name)
    return name


def _check_size(settings: Settings, sent: Sequence[Path]) -> None:
    count = size = 0
    for path in sent:
        for found in _sizes(path, settings.upload_mb * MEGABYTE):
            count, size = count + 1, size + found
            if count > settings.upload_files:
                raise UserError(f"一次最多加入 {settings.upload_files} 份文件 (压缩包按里面的文件算), 请分几次加入。")
            if size > settings.upload_mb * MEGABYTE:
                raise UserError(
                    f"一次最多加入 {settings.upload_mb} MB (压缩包按展开后算), 请分几次加入或去掉图片较多的文件。"
                )


def too_large(settings: Settings) -> UserError:
    return UserError(f"一次最多加入 {settings.upload_mb} MB (压缩包按展开后算), 请分几次加入或去掉图片较多的文件。")


def _sizes(path: Path, limit: int) -> Iterator[int]:
    """Yield the sizes of what a file holds: its own, or those of the files in an archive."""
    from index.readers import archive, sniff

    size = path.stat().st_size
    if size > limit:
        yield size
        return
    data = path.read_bytes()
    try:
        if sniff.sniff(data) == "zip":
            for member in archive.members(data):
                yield len(member.data)
            return
    except UserError:  # it will be told of as a file that cannot be read
        pass
    yield size
