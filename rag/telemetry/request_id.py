"""The ID of the request that is being answered: in its answer's header, every log line, the audit, error bodies."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "x-request-id"
# Nothing that could break a line of a log, a header or a cell of a table.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the ID of the request that this task or thread works for; nothing where it is none."""
    return _current.get()


def begin_request(given: str = "") -> str:
    """Return the ID of a request, the one it came with if that is sane; from here on it is the current one."""
    id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
    _current.set(id)
    return id
