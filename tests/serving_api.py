"""The service for tests of the API: a real server on the loopback over the real index, or over a copy that may change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from browser import free_port

from index.settings import Settings
from rag.access.gate import Gate
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.page.desk import Desk
from rag.page.library.library import Library, OpenLibrary
from rag.records.records import Records
from rag.service.serve import serving
from rag.service.service import build_service

QUESTION = "长春2012年新农合补助标准?"
REFUSED = "沈阳2015年新农合补助标准?"


@dataclass
class Api:
    """A service, and what stands behind it."""

    url: str
    desk: Desk
    gate: Gate | None

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        own = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=own | headers, trust_env=False, timeout=60)


@contextmanager
def serve_api(
    settings: Settings, folder: Path, guarded: bool = False, copies: bool = False, library: Library | None = None
) -> Iterator[Api]:
    """Serve; what is kept lies in the folder, and so does the index where it is to be a copy."""
    own = settings.model_copy(update={"records_dir": folder / "records", "auth": guarded, "per_minute": 100_000})
    if copies:
        shutil.copytree(settings.index_dir, folder / "index")
        own = own.model_copy(update={"index_dir": folder / "index"})
    gate = open_gate(own, passwords=Passwords(PasswordHasher(1, 64, 1))) if guarded else None
    desk = Desk(library or OpenLibrary(own), own, Records.open(own.records_dir))
    with serving(build_service(desk, gate), "127.0.0.1", free_port()) as url:
        yield Api(url, desk, gate)


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream by name; comments are left out."""
    blocks = (
        dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block[:1] != ":"
    )
    return [(block.get("event", ""), json.loads(block["data"])) for block in blocks if block]


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what differs each time."""
    return {key: value for key, value in record.items() if key != "elapsed_ms"}
