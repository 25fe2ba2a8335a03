"""ZIP archives: the documents inside, those of archives inside too, each bad one with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zipfile import ZipInfo

from index.errors import UserError
from index.readers.container import MAX_MEMBERS, MAX_TOTAL, is_encrypted, member_name, open_zip, read_member
from index.readers.sniff import is_archive

_MAX_DEPTH = 3
_MAX_NAME = 500  # characters; a folder's name may be as long again in each archive inside
_NOT_DOCUMENTS = {"readme.md", "manifest.csv", "thumbs.db", "desktop.ini"}
_BOMB = "压缩包(连同里面的压缩包)展开后过大或文件过多, 请解压后挑出需要的文件再加入。"
_LOCKED = "压缩包加了密码, 请去掉密码重新压缩后再加入。"
_EMPTY = "压缩包里没有文件, 请确认选对了文件。"


@dataclass(slots=True)
class Member:
    """A file inside: its path, and its bytes or what is wrong with it."""

    name: str
    data: bytes = b""
    failure: str = ""


def members(data: bytes) -> Iterator[Member]:
    """Yield the documents inside; raises UserError if the archive is damaged, locked, empty or a bomb."""
    return _Archive().members(data, 1)


class _Archive:
    """What may still be unpacked, whatever archives lie inside one another."""

    def __init__(self) -> None:
        self._bytes = MAX_TOTAL
        self._members = MAX_MEMBERS

    def members(self, data: bytes, depth: int) -> Iterator[Member]:
        with open_zip(data) as archive:
            infos = [(info, member_name(info)) for info in archive.infolist()]
            documents = [(info, name) for info, name in infos if not info.is_dir() and not _is_skipped(name)]
            if not documents:
                raise UserError(_EMPTY)
            if all(is_encrypted(info) for info, _ in documents):
                raise UserError(_LOCKED)
            for info, name in documents:
                self._count(info)
                try:
                    content = read_member(archive, info)
                except UserError as failure:
                    yield Member(name, failure=str(failure))
                    continue
                yield from self._inside(Member(name, content), depth)

    def _count(self, info: ZipInfo) -> None:
        self._bytes -= info.file_size
        self._members -= 1
        if min(self._bytes, self._members) < 0:
            raise UserError(_BOMB)

    def _inside(self, member: Member, depth: int) -> Iterator[Member]:
        """Yield the member itself, or those of the archive that it is."""
        try:
            if not is_archive(member.data):
                yield member
            elif depth == _MAX_DEPTH:
                yield Member(member.name, failure=f"压缩包嵌套超过 {_MAX_DEPTH} 层, 请解压后再加入。")
            else:
                for inner in self.members(member.data, depth + 1):
                    inner.name = f"{member.name}/{inner.name}"[:_MAX_NAME]
                    yield inner
        except UserError as failure:
            if self._bytes < 0 or self._members < 0:
                raise
            yield Member(member.name, failure=str(failure))


def _is_skipped(name: str) -> bool:
    """Tell whether a path is no document: what macOS and Windows put in, Word's lock files, hidden files."""
    parts = name.split("/")
    hidden = any(part.startswith((".", "__MACOSX", "~$")) for part in parts)
    return hidden or not name or parts[-1].lower() in _NOT_DOCUMENTS
