"""Serving: a web application on an address, until it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from index.errors import UserError

_GRACE = 2  # seconds that open event streams are given when the service stops


@contextmanager
def serving(service: Any, host: str, port: int) -> Iterator[str]:
    """Serve in a thread and yield the address; raises UserError where nothing can listen there."""
    import uvicorn

    config = uvicorn.Config(
        service, host=host, port=port, log_level="warning", timeout_graceful_shutdown=_GRACE, server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="service", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise UserError(f"无法在 {host}:{port} 上启动:端口已被占用或地址无效")
            time.sleep(0.02)
        yield f"http://{'127.0.0.1' if host in ('0.0.0.0', '') else host}:{port}/"
    finally:
        server.should_exit = True
        thread.join(2 * _GRACE + 1)
