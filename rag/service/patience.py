"""Connections that never finish what they say are closed: each holds a file of the process, which has only so many.

Uvicorn limits how long a connection may be idle between two requests, and nothing before the first or in the middle of one.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD = 15.0  # seconds to say what is asked for, from the connection's first moment or the request's first byte
BODY = 60.0  # seconds without a byte of a body that was announced: an upload over a slow line stalls, and goes on
MOST = 4000  # connections; further ones are told 503, when all of them are busy
_FILES = 16_384  # what a process may open, where the system's own limit is lower (1024 for a service of systemd)


def allow_files() -> None:
    """Raise the number of files, connections among them, that this process may open, as far as the system lets it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@cache
def impatient_protocol() -> type[H11Protocol]:
    """Return uvicorn's protocol with an end to waiting for a request."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        _waiting: asyncio.TimerHandle | None = None
        _in_head = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._wait()

        def _wait(self) -> None:
            state: Any = self.conn.their_state
            if state is h11.IDLE and self._in_head:
                return  # what drips in does not make the time longer
            self._stop()
            self._in_head = state is h11.IDLE
            if self._in_head or state is h11.SEND_BODY:
                self._waiting = self.loop.call_later(HEAD if self._in_head else BODY, self._give_up)

        def _stop(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
            self._waiting, self._in_head = None, False

        def _give_up(self) -> None:
            if not self._in_head and self.flow.read_paused:  # it is we who do not read
                self._waiting = self.loop.call_later(BODY, self._give_up)
            else:
                self.transport.close()

    return Impatient
