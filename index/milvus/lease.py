"""One writer at a time, on whatever machine: a row of the meta collection says who writes, and until when.

Milvus has no locks. Who finds the row free writes its own name there, waits longer than another needs between looking
and writing, and looks again: the last name stands, and it is seen by all (Fischer's algorithm, Lamport 1987). A row
that this machine wrote is free: here a file lock lets one process write at a time, and is let go when that is killed.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from index.errors import UserError
from index.milvus.schema import BLANK, meta_of
from index.milvus.server import Server

_KEY = "writer"
_HOLDS = 600  # seconds after which a writer that was killed on another machine is taken for gone
_SETTLES = 0.3  # seconds; far more than lies between another's look and its write


class Lease:
    """The right to write, as long as it is renewed."""

    def __init__(self, server: Server) -> None:
        self._server, self._name = server, uuid4().hex

    def take(self) -> None:
        """Take the right to write; raises UserError if another machine has it."""
        if (host := _holder(self._server)) not in ("", socket.gethostname()):
            raise _busy(host)
        self._write(time.time() + _HOLDS)
        time.sleep(_SETTLES)
        self.check()

    def renew(self) -> None:
        """Hold it for longer; raises UserError if another took it."""
        self.check()
        self._write(time.time() + _HOLDS)

    def check(self) -> None:
        """Raise UserError if another took it: what was written then names no version."""
        if (row := _row(self._server)).get("name") != self._name:
            raise _busy(str(row.get("host", "?")))

    def end(self) -> None:
        self._write(0)

    def _write(self, until: float) -> None:
        data = json.dumps({"name": self._name, "host": socket.gethostname(), "until": until})
        self._server.put(meta_of(self._server), [{"key": _KEY, "data": data, "blank": BLANK}])


@contextmanager
def lease(server: Server) -> Iterator[Lease]:
    """Have the right to write for a while; raises UserError if another machine has it."""
    held = Lease(server)
    held.take()
    yield held
    held.end()  # after a failure it is left: this machine may take it again, another must wait


def _row(server: Server) -> dict[str, object]:
    rows = server.query(meta_of(server), f'key == "{_KEY}"', ["data"], fresh=True)
    found: dict[str, object] = json.loads(rows[0]["data"]) if rows else {}
    return found


def _holder(server: Server) -> str:
    """Return the machine that writes, empty if none does."""
    row = _row(server)
    return str(row["host"]) if float(str(row.get("until", 0))) > time.time() else ""


def _busy(host: str) -> UserError:
    return UserError(f"另一台机器 ({host}) 正在写 Milvus 里的索引, 没有改动。请等它完成后再运行同一条命令。")
