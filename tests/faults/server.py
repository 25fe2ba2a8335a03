"""The service as a program of its own, to be broken and killed: `python app.py` in a place."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.faults.place import ROOT, Place

_PATIENCE = 90.0  # seconds: two cores shared with others


@dataclass(frozen=True)
class Server:
    """A service that runs, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    place: Place

    @property
    def log(self) -> str:
        return (self.place.folder / "log.txt").read_text("utf-8", "replace")

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer to a question."""
        response = self.client.post("/api/ask", json={"question": question})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def threads(self) -> int:
        """Return how many threads the process has."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.split("Threads:")[1].split()[0])


@contextmanager
def serving(place: Place, **settings: Any) -> Iterator[Server]:
    """Start the service and yield it once it answers; it is killed at the end. Settings are given without their prefix."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = place.environment | {f"CLAUSE_{name.upper()}": str(value) for name, value in settings.items()}
    with (place.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "--port", str(port)],
            cwd=place.folder,
            env=given,
            stdout=log,
            stderr=log,
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE) as client:
        server = Server(process, client, place)
        try:
            _wait(server)
            yield server
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _wait(server: Server) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.process.poll() is None:
        try:
            server.client.get("/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the service does not start:\n{server.log}")
