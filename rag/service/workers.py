"""Several worker processes behind one port: they are started together, replaced when one dies, stopped together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from index.errors import UserError
from index.settings import Settings
from rag.service.worker import Shared, run_worker
from rag.telemetry.metrics import FOLDER, forget_process

_log = logging.getLogger(__name__)
_START = 300.0  # seconds that a worker may take until it listens
_GRACE = 10.0  # seconds that it may take to stop
_SOON = 30.0  # seconds: who dies sooner after his start may do so again
_TIMES = 5  # deaths soon after a start, after which something is wrong that no start mends
_SPAWN = multiprocessing.get_context("spawn")  # what was loaded has threads, which a fork would not take along


@dataclass
class _Worker:
    process: SpawnProcess
    is_ready: Event
    started: float


class Workers:
    """The workers of a service."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._workers = [self._start(number) for number in range(shared.settings.workers)]
        self._deaths = 0

    def wait_ready(self) -> None:
        """Wait until all listen; raises UserError where one does not."""
        end = time.monotonic() + _START
        for worker in self._workers:
            while not worker.is_ready.wait(0.1):
                if not worker.process.is_alive() or time.monotonic() > end:
                    raise UserError("有一个进程没有启动。请看上面的日志,或去掉 --workers 再试。")

    def watch(self) -> None:
        """Replace who dies, without end; raises UserError where that is in vain."""
        while True:
            gone = wait([worker.process.sentinel for worker in self._workers])
            for number, worker in enumerate(self._workers):
                if worker.process.sentinel in gone:
                    self._workers[number] = self._replace(number, worker)

    def stop(self) -> None:
        """Stop all, those that do not by force."""
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()
        end = time.monotonic() + _GRACE
        for worker in self._workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()

    def _start(self, number: int) -> _Worker:
        is_ready = _SPAWN.Event()
        process = _SPAWN.Process(
            target=run_worker, args=(self._shared, number == 0, is_ready), name=f"worker-{number}", daemon=True
        )
        process.start()
        return _Worker(process, is_ready, time.monotonic())

    def _replace(self, number: int, worker: _Worker) -> _Worker:
        worker.process.join()
        forget_process(worker.process.pid or 0)
        self._deaths = self._deaths + 1 if time.monotonic() - worker.started < _SOON else 1
        _log.error("worker %d ended with %s and is replaced", number, worker.process.exitcode)
        if self._deaths >= _TIMES:
            raise UserError("进程一再退出,服务已停止。请看上面的日志。")
        return self._start(number)


@contextmanager
def working(settings: Settings, evaluation: Path) -> Iterator[Workers]:
    """Yield the workers, all of which listen at the address of the settings; raises UserError where they cannot."""
    if not hasattr(socket, "AF_UNIX") or os.name == "nt":
        raise UserError("这个系统上只能有一个进程。请去掉 --workers 和 CLAUSE_WORKERS。")
    if settings.store == "milvus" and settings.milvus_uri.endswith(".db"):
        raise UserError(
            "试用的 Milvus 文件只能由一个进程打开。请去掉 --workers,或把 CLAUSE_MILVUS_URI 设为服务的地址。"
        )
    with tempfile.TemporaryDirectory(prefix="clause-") as folder, _listening(settings) as listener:
        (Path(folder) / "metrics").mkdir()
        os.environ[FOLDER] = str(Path(folder) / "metrics")  # what `forget_process` looks at
        workers = Workers(Shared(settings, listener, Path(folder), evaluation))
        try:
            workers.wait_ready()
            yield workers
        finally:
            workers.stop()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Yield the socket that all workers take connections from: while one is replaced, the others do, or they wait."""
    family, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
        listener.set_inheritable(True)
        yield listener
