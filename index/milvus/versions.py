"""Which version is current, and what it is made of: rows of the meta collection, the current one named by a single row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.errors import UserError
from index.milvus.packed import damaged, pack, unpack
from index.milvus.schema import BLANK, meta_of
from index.milvus.server import Missing, Server
from index.version import REBUILD, Manifest

FORMAT = 1  # of what lies in Milvus
_CURRENT = "current"
_ASKED = 100  # pieces in one answer: 6 MB


@dataclass(frozen=True, slots=True)
class Version:
    """A version: its manifest, the generation whose collections hold it, and how many pieces each of its parts has."""

    manifest: Manifest
    generation: str
    pieces: dict[str, int]


def current(server: Server, fresh: bool = True) -> Version | None:
    """Return the version in use, None if there is none; raises UserError if it is of another format or damaged."""
    try:
        rows = server.query(meta_of(server), f'key == "{_CURRENT}"', ["data"], fresh)
    except Missing:
        return None
    return _read(rows[0]["data"]) if rows else None


def current_name(server: Server) -> str:
    """Return the name of the version in use, empty if there is none."""
    version = current(server, fresh=False)
    return version.manifest.version if version else ""


def make_current(server: Server, version: Version) -> None:
    """Name the version in use: one row, so that readers have the old one or the new one."""
    data = json.dumps(asdict(version), ensure_ascii=False)
    server.put(meta_of(server), [{"key": _CURRENT, "data": data, "blank": BLANK}])
    server.flush(meta_of(server))


def write_part(server: Server, version: str, name: str, record: Any) -> tuple[int, str]:
    """Write a part of a version; return how many pieces it has, and their hash."""
    pieces = pack(record)
    rows = [{"key": _key(version, name, i), "data": piece, "blank": BLANK} for i, piece in enumerate(pieces)]
    for at in range(0, len(rows), _ASKED):
        server.put(meta_of(server), rows[at : at + _ASKED])
    return len(pieces), _digest(pieces)


def read_part(server: Server, version: Version, name: str) -> Any:
    """Return a part of a version; raises UserError if it is not as it was written, or a later version is in use."""
    keys = [_key(version.manifest.version, name, i) for i in range(version.pieces[name])]
    held: dict[str, str] = {}
    for at in range(0, len(keys), _ASKED):
        asked = json.dumps(keys[at : at + _ASKED])
        held.update(
            (row["key"], row["data"]) for row in server.query(meta_of(server), f"key in {asked}", ["key", "data"])
        )
    pieces = [held[key] for key in keys if key in held]
    if len(pieces) < len(keys) and current_name(server) != version.manifest.version:
        raise Missing("Milvus 里的索引已经更新。请重试。")
    if _digest(pieces) != version.manifest.files[name]:
        raise damaged(f"{name} 与清单不符")
    return unpack(pieces)


def discard_others(server: Server, kept: Sequence[str]) -> None:
    """Remove what belongs to no version that is kept."""
    rows = server.query(meta_of(server), f'key != "{_CURRENT}"', ["key"], fresh=True)
    gone = [row["key"] for row in rows if row["key"].partition("/")[0] not in kept]
    for at in range(0, len(gone), _ASKED):
        server.delete(meta_of(server), f"key in {json.dumps(gone[at : at + _ASKED])}")


def _key(version: str, name: str, i: int) -> str:
    return f"{version}/{name}/{i}"


def _digest(pieces: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(pieces).encode()).hexdigest()


def _read(data: str) -> Version:
    try:
        record: Mapping[str, Any] = json.loads(data)
        if (found := record["manifest"]["format"]) != FORMAT:
            raise UserError(f"Milvus 里的索引格式是 {found}, 本程序需要 {FORMAT}。{REBUILD}")
        return Version(Manifest(**record["manifest"]), record["generation"], record["pieces"])
    except (ValueError, KeyError, TypeError) as exc:
        raise damaged("清单无法读取") from exc
