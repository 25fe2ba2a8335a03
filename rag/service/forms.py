"""What a form of the log-in sends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from rag.access.gate import Attempt
from rag.service.cookies import read_device, read_session

if TYPE_CHECKING:
    from starlette.requests import Request

_LONGEST = 8192  # bytes


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of the form; none where it is too long to be one of ours, or none at all."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    except ValueError:  # more fields than any form of ours has
        return {}
    return {name: values[0] for name, values in fields.items()}


def attempt_of(request: Request, name: str, password: str) -> Attempt:
    """Return the attempt with what the browser still holds of former ones."""
    address = request.client.host if request.client else ""
    return Attempt(name, password, address, device=read_device(request), session=read_session(request))
