"""Where a log-in leads to: a page of this service, never another host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

ROOT = "/"
LOGIN, LOGOUT, PASSWORD, STYLE = "/login", "/logout", "/password", "/login/style.css"
HEALTH, READY, METRICS = "/healthz", "/readyz", "/metrics"

# One slash, then no second one and no backslash, which browsers read as a slash; no tab or line break, which they drop.
_OWN = re.compile(r"/(?!/)[!-\[\]-~]{0,2000}")
_NOT_BACK_TO = re.compile(r"/log(in|out)(?![\w-])")


def own_path(path: str) -> str:
    """Return the path if it leads to a page of this service, else the root."""
    return path if _OWN.fullmatch(path) and not _NOT_BACK_TO.match(path) else ROOT


def login_path(scope: Mapping[str, Any]) -> str:
    """Return the log-in page's address that leads back to what was asked for."""
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(scope["path"], safe="/=:,.@") + (f"?{query}" if query else "")
    back = own_path(wanted)
    return LOGIN if back == ROOT else f"{LOGIN}?{urlencode({'next': back})}"
