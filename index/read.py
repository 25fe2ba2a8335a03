"""A file -> the documents in it, as text: the format is told by content, never by the file's name."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.errors import UserError
from index.readers import archive, mhtml, sniff, text
from index.readers.markdown import front_matter, is_markdown

_MAX_TEXT = 64 * 1024 * 1024  # a regulation of a million characters is 3 MB
_MAX_CONTAINER = 200 * 1024 * 1024  # .pdf and .zip, mostly pictures
_MAX_CHARS = 20_000_000
_CONTAINERS = ("pdf", "docx", "ofd", "zip")
# The library that stands behind a format's reader, named alike on disk; the others are our own.
_LIBRARIES = {"docx": "lxml", "html": "selectolax", "ofd": "ofdkit", "pdf": "pypdfium2", "rtf": "striprtf"}
_MISSING = "缺少程序库 {}, 不能读取这种文件。请运行 pip install -r requirements.txt 后重试。"
_EMPTY = "文件是空的。请换成有正文的文件。"
_TOO_LONG = f"文字超过 {_MAX_CHARS // 10_000} 万字, 请拆分后再加入。"


@dataclass(frozen=True, slots=True)
class Source:
    """A document as its reader returns it: paragraphs as lines, a table as rows of cells (see index/readers).

    `name` is what users see: the file's, and for a member of an archive its path inside too.
    """

    name: str
    sha256: str
    text: str
    format: str
    reader: str
    meta: dict[str, str] = field(default_factory=dict)


def read_file(path: Path) -> tuple[list[Source], list[tuple[str, str]]]:
    """Return the documents of a file, several if it is an archive, and (name, reason) of each bad one in an archive.

    Raises UserError when the file itself cannot be read, is not a document, or is empty.
    """
    data = _load(path)
    name = _printable(path.name)
    try:
        if sniff.sniff(data) == "zip":
            return _read_archive(name, data)
        return [_read_one(name, data)], []
    except UserError as exc:
        raise UserError(f"{_printable(str(path))}: {exc}") from exc


def _load(path: Path) -> bytes:
    """Return the file's bytes; raises UserError when it is no file or too large for what it is."""
    try:
        if not path.is_file():  # a pipe would be waited for, a device read for ever
            raise UserError(f"不是文件: {_printable(str(path))}。请给出文件, 如 .docx、.pdf、.ofd、网页或文本。")
        with path.open("rb") as file:
            # No more than it holds is asked for: room for all that may be read is made beforehand.
            data = file.read(min(os.fstat(file.fileno()).st_size, _MAX_CONTAINER) + 1)
    except OSError as exc:
        raise UserError(f"无法读取文件 {_printable(str(path))}: {exc.strerror or exc}。请检查路径和权限。") from exc
    if len(data) > _MAX_CONTAINER:
        raise UserError(f"文件过大: {_printable(str(path))} 超过 {_MAX_CONTAINER // 2**20} MB, 请拆分后再加入。")
    return data


def _read_archive(name: str, data: bytes) -> tuple[list[Source], list[tuple[str, str]]]:
    sources: list[Source] = []
    failures: list[tuple[str, str]] = []
    for member in archive.members(data):
        path = f"{name}/{member.name}"
        try:
            if member.failure:
                raise UserError(member.failure)
            sources.append(_read_one(path, member.data))
        except UserError as exc:
            failures.append((path, str(exc)))
    return sources, failures


def _read_one(name: str, data: bytes) -> Source:
    """Return the document that the bytes are; raises UserError, without the name, if they are none."""
    kind = sniff.sniff(data)
    digest = hashlib.sha256(data).hexdigest()
    if kind not in _CONTAINERS and len(data) > _MAX_TEXT:
        raise UserError(f"文本超过 {_MAX_TEXT // 2**20} MB, 请拆分后再加入。")
    if kind == "mhtml":
        kind, data = "", mhtml.page(data)
    try:
        kind, result, meta = _read_as(kind, data)
    except ImportError as exc:  # one that is there but not whole, or `cn2an`, which numbers alone want
        library = exc.name.partition(".")[0] if exc.name else str(exc)
        if library == "index":  # a mistake of our own: installing would not mend it
            raise
        raise UserError(_MISSING.format(library)) from exc
    if not result.strip():
        raise UserError(_EMPTY)
    if len(result) > _MAX_CHARS:
        raise UserError(_TOO_LONG)
    return Source(name, digest, result, kind, _library(kind), meta)


def _read_as(kind: str, data: bytes) -> tuple[str, str, dict[str, str]]:
    """Return the format, told by the text itself if it has no kind yet, the text, and what it states of itself."""
    meta: dict[str, str] = {}
    if not kind:
        kind, meta = _kind_of_text(text.decode(data))
    return kind, _module(kind).read(data), meta


def _kind_of_text(decoded: str) -> tuple[str, dict[str, str]]:
    """Return html, markdown or text, and what the text states of itself."""
    if is_markdown(decoded):
        kind, meta = "markdown", front_matter(decoded)
    elif sniff.has_tags(decoded):
        return "html", _module("html").metadata(decoded)
    else:
        kind, meta = "text", {}
    if len(decoded) > _MAX_CHARS:
        raise UserError(_TOO_LONG)
    return kind, meta


def _module(kind: str) -> Any:
    """Import a format's reader; raises UserError if its library is not installed."""
    library = _LIBRARIES.get(kind)
    if library and not find_spec(library):
        raise UserError(_MISSING.format(library))
    return import_module(f"index.readers.{kind}")


def _library(kind: str) -> str:
    """Return the name and version of what read the format: `ofdkit 0.2.0`."""
    library = _LIBRARIES.get(kind)
    return f"{library} {version(library)}" if library else f"python {platform.python_version()}"


def _printable(name: str) -> str:
    """Return a file's name as text: a name that is not UTF-8 reaches Python with lone surrogates."""
    return name.encode("utf-8", "replace").decode("utf-8")
