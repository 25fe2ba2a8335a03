"""A real service behind its log-in, over a copy of the index that may be changed, and raw connections to it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from hostile import Trap

from index.settings import Settings
from rag.access.gate import Gate
from rag.access.passwords import Passwords
from rag.page.desk import Desk

ADMIN_NAME, ADMIN_WORD = "赵主任", "planted 密码 of the admin"
READER_NAME, READER_WORD = "xiaowang", "planted 密码 of the reader"


@dataclass
class Served:
    """A service, and what stands behind it; the tokens are of clients with the two roles."""

    url: str
    gate: Gate
    settings: Settings
    desk: Desk
    admin_token: str
    reader_token: str

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)

    def admin(self) -> httpx.Client:
        return self.client(Authorization=f"Bearer {self.admin_token}")

    def reader(self) -> httpx.Client:
        return self.client(Authorization=f"Bearer {self.reader_token}")

    @contextmanager
    def logged_in(self, name: str = ADMIN_NAME, password: str = ADMIN_WORD) -> Iterator[httpx.Client]:
        with self.client() as client:
            assert client.post("/login", data={"name": name, "password": password}).status_code == 303
            yield client

    def connect(self) -> socket.socket:
        url = httpx.URL(self.url)
        connection = socket.create_connection((url.host, url.port))
        connection.settimeout(20)
        return connection

    def raw(self, sent: bytes) -> bytes:
        """Send bytes and return all that comes back until the connection is closed."""
        with self.connect() as connection:
            came = b""
            try:
                connection.sendall(sent)
                while part := connection.recv(65536):
                    came += part
            except (ConnectionResetError, BrokenPipeError):  # refused in the middle of what was sent
                pass
            return came


@dataclass(frozen=True)
class Attacked:
    """A service that holds the hostile documents, under these IDs, and the trap that they point to."""

    served: Served
    trap: Trap
    doc_ids: tuple[str, ...]


def own_settings(settings: Settings, folder: Path) -> Settings:
    """Return settings for a copy of the index and records of its own."""
    shutil.copytree(settings.index_dir, folder / "index", ignore=shutil.ignore_patterns(".new-*", "writer.lock"))
    update = {"auth": True, "index_dir": folder / "index", "records_dir": folder / "records", "per_minute": 100_000}
    return settings.model_copy(update=update)


def cheap_passwords() -> Passwords:
    from argon2 import PasswordHasher

    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
