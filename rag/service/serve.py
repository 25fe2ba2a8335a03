"""Serving: a web application on an address, until it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.service.patience import MOST, allow_files, impatient_protocol
from rag.service.streams import Streams

if TYPE_CHECKING:
    from uvicorn import Server

_GRACE = 2  # seconds that what is being answered is given when the service stops


@contextmanager
def serving(service: Any, host: str, port: int) -> Iterator[str]:
    """Serve in a thread and yield the address; raises UserError where nothing can listen there."""
    server = make_server(service, host, port)
    thread = threading.Thread(target=server.run, name="service", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise UserError(f"无法在 {host}:{port} 上启动:端口已被占用或地址无效")
            time.sleep(0.02)
        yield address_of(host, port)
    finally:
        server.should_exit = True
        thread.join(2 * _GRACE + 1)


def make_server(service: Any, host: str, port: int) -> Server:
    """Return a server that ends the event streams before it waits for what is being answered."""
    import uvicorn

    allow_files()
    streams = Streams(service)

    class EndingStreams(uvicorn.Server):
        async def shutdown(self, sockets: Any = None) -> None:
            streams.end()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        streams, host=host, port=port, server_header=False, timeout_graceful_shutdown=_GRACE,
        log_config=None, log_level="warning", access_log=False,  # see `Observe`
        http=impatient_protocol(), limit_concurrency=MOST,
    )  # fmt: skip
    return EndingStreams(config)


def address_of(host: str, port: int) -> str:
    """Return what to type into a browser on this computer."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"
