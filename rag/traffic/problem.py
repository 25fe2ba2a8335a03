"""How a refusal is told to a program: JSON with a code for it and a sentence for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag.telemetry.request_id import current_request_id

if TYPE_CHECKING:
    from starlette.responses import JSONResponse

_API = re.compile(r"/(api|v1|mcp)(/|$)")
_OPENAI = re.compile(r"/v1(/|$)")
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def is_api(path: str) -> bool:
    """Whether programs ask at this path, and not browsers."""
    return _API.match(path) is not None


def problem(path: str, status: int, code: str, message: str, wait: int = 0) -> JSONResponse:
    """Return the refusal in the form of the API that was asked; `wait` is in how many seconds to try again."""
    from starlette.responses import JSONResponse

    headers = {"Cache-Control": "no-store", **({"Retry-After": str(wait)} if wait else {})}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"error": error_of(path, status, code, message)}, status, headers=headers)


def error_of(path: str, status: int, code: str, message: str) -> dict[str, Any]:
    """Return the object that tells of an error; OpenAI's clients look for some more keys in it."""
    error: dict[str, Any] = {"code": code, "message": message, "request_id": current_request_id()}
    if _OPENAI.match(path):
        error |= {
            "type": _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error"),
            "param": None,
        }
    return error
