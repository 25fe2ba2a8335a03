"""A Milvus of one process (milvus-lite) on loopback, and a line to it that can be cut: what a remote store may do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class MilvusServer:
    """Serves a folder; stopped and started again it has the same address and what was written."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port, self._running = folder, 0, None  # type: tuple[Any, Any] | None
        self.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        from milvus_lite.adapter.grpc.server import start_server_in_thread

        server, held, self._port = start_server_in_thread(str(self._folder), port=self._port)
        self._running = server, held

    def stop(self) -> None:
        if self._running:
            server, held = self._running
            server.stop(grace=0).wait()
            held.close()
            self._running = None


class Line:
    """A TCP proxy to a server: open, cut (nobody listens), or dead (what is sent is never answered)."""

    def __init__(self, uri: str) -> None:
        self._server = ("127.0.0.1", int(uri.rpartition(":")[2]))
        self._port, self._ends, self._dead = 0, [], threading.Event()  # type: int, list[socket.socket], threading.Event
        self.open()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen again at the same address."""
        self._dead.clear()
        self._listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Close every connection and listen no more."""
        self._shut(self._listener)
        while self._ends:
            self._shut(self._ends.pop())

    def die(self) -> None:
        """Go on listening, and hand nothing on."""
        self._dead.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if not self._dead.is_set():
                    other.sendall(data)
        self._shut(one)
        self._shut(other)

    @staticmethod
    def _shut(end: socket.socket) -> None:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
