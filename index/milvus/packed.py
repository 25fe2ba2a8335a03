"""What is longer than a row of Milvus: JSON, compressed, as ASCII, in pieces."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from typing import Any

from index.errors import Damaged
from index.version import REBUILD

PIECE = 60_000  # characters of ASCII in one row: a VARCHAR of Milvus has 65,535 bytes


def pack(record: Any) -> list[str]:
    """Return a record as one or more pieces."""
    plain = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    data = base64.b64encode(zlib.compress(plain, 6)).decode()
    return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]


def unpack(pieces: Sequence[str]) -> Any:
    """Return the record that was packed; raises Damaged if a piece is missing or was changed."""
    try:
        plain = zlib.decompress(base64.b64decode("".join(pieces), validate=True))
        return json.loads(plain.decode("utf-8", "surrogatepass"))
    except (zlib.error, binascii.Error, ValueError) as exc:
        raise damaged("有一条记录不完整") from exc


def damaged(what: str) -> Damaged:
    """Return the error for a store that answers, and whose content is not what was written."""
    return Damaged(f"Milvus 里的索引已损坏 ({what})。{REBUILD}")
