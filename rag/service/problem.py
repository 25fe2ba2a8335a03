"""A refusal before any route: a program is told in JSON, people are told in a sentence; and it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.telemetry.metrics import series
from rag.traffic.problem import is_api, problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

CODES = {
    401: "unauthorized", 403: "forbidden", 408: "request_timeout", 413: "too_large", 429: "too_many_requests",
    503: "unavailable", 504: "timeout",
}  # fmt: skip


def refuse(scope: Scope, status: int, message: str, limit: str, wait: int = 0) -> Response:
    """Return a refusal and count it under the limit that was met; `wait` is in how many seconds to try again."""
    from starlette.responses import PlainTextResponse

    series().refused.labels(limit).inc()
    if is_api(scope["path"]):
        return problem(scope["path"], status, CODES[status], message, wait)
    headers = {"Cache-Control": "no-store", **({"Retry-After": str(wait)} if wait else {})}
    return PlainTextResponse(message, status, headers=headers)
