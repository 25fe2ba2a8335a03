"""One worker of several: it answers programs itself; the first one is the page's as well."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.settings import Settings
from rag.service.forward import Forward, FromWorkers
from rag.telemetry.metrics import FOLDER

if TYPE_CHECKING:
    from uvicorn import Server

_AT_ONCE = 8  # connections taken in one go: what a worker leaves in the queue is there for one that has time
_QUEUED = 2048
_NOTICE = 0.05  # seconds between two looks whether it listens


@dataclass(frozen=True)
class Shared:
    """What all workers have in common: where they listen, and a folder that nobody else can open."""

    settings: Settings
    listener: socket.socket
    folder: Path
    evaluation: Path

    @property
    def page(self) -> Path:
        """The socket of the page's worker."""
        return self.folder / "page"


def run_worker(shared: Shared, has_page: bool, is_ready: Event) -> None:
    """Serve until the parent stops it or is gone."""
    os.environ[FOLDER] = str(shared.folder / "metrics")  # before the first count: the library looks only then
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):
        _serve(shared, has_page, is_ready)


def _serve(shared: Shared, has_page: bool, is_ready: Event) -> None:
    from rag.service.opening import open_desk
    from rag.service.serve import make_server
    from rag.service.service import build_service
    from rag.telemetry.logs import set_up_logs
    from rag.traffic.rates import Rates

    set_up_logs(shared.settings)
    desk, rates = open_desk(shared.settings, shared.evaluation), Rates(str(shared.folder / "rates"))
    service: Any = build_service(desk, rates=rates, has_page=has_page)
    service = FromWorkers(service) if has_page else Forward(service, str(shared.page))
    sockets = [shared.listener, _listen(shared.page)] if has_page else [shared.listener]
    server = make_server(service, shared.settings.host, shared.settings.port)
    server.config.backlog = _AT_ONCE
    threading.Thread(target=_tell, args=(server, sockets, is_ready), daemon=True).start()
    server.run(sockets)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # of a worker that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(_QUEUED)
    return listener


def _tell(server: Server, sockets: list[socket.socket], is_ready: Event) -> None:
    """Say that the worker listens, once it does."""
    nothing = threading.Event()
    while not server.started:
        nothing.wait(_NOTICE)
    for listener in sockets:
        listener.listen(_QUEUED)  # the server has made the queue as short as what it takes in one go
    is_ready.set()


def _end_with_parent() -> None:
    """Stop when the parent was killed: it would hold the port, and nobody would stop it."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
