"""The two cookies of the log-in: the session, and the mark of a browser that a user has logged in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.access.devices import KEPT

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from rag.access.gate import Admission

_SESSION, _DEVICE = "clause_session", "clause_device"


def read_session(connection: HTTPConnection) -> str:
    """Return the session's token, or nothing."""
    return connection.cookies.get(_name(_SESSION, connection), "")


def read_device(connection: HTTPConnection) -> str:
    """Return the browser's mark, or nothing."""
    return connection.cookies.get(_DEVICE, "")


def give(response: Response, admission: Admission, connection: HTTPConnection) -> None:
    """Put both into the answer to a log-in; the session's goes with the browser, and ends on the server besides."""
    secure = _is_secure(connection)
    name = _name(_SESSION, connection)
    response.set_cookie(name, admission.session, path="/", httponly=True, samesite="strict", secure=secure)
    response.set_cookie(
        _DEVICE, admission.device, path="/login", max_age=KEPT, httponly=True, samesite="strict", secure=secure
    )


def take_session(response: Response, connection: HTTPConnection) -> None:
    """Take the session's cookie away."""
    secure = _is_secure(connection)
    response.delete_cookie(_name(_SESSION, connection), path="/", httponly=True, samesite="strict", secure=secure)


def _is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")  # a reverse proxy on this computer says so by X-Forwarded-Proto


def _name(name: str, connection: HTTPConnection) -> str:
    # The prefix keeps other hosts of the domain from planting a session; browsers grant it under https alone.
    return f"__Host-{name}" if _is_secure(connection) else name
