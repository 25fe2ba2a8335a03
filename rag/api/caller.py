"""Who asks through the API: a client by its token, a user by his session, or whoever sits at this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.access.roles import require_admin
from rag.access.users import NO_LOGIN
from rag.api.errors import Forbidden

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Caller:
    """A name for the records, and whether he may change the library."""

    name: str = NO_LOGIN
    is_admin: bool = True

    def need_admin(self) -> None:
        """Raise Forbidden where he administers nothing."""
        try:
            require_admin(self)
        except UserError as exc:
            raise Forbidden(str(exc)) from exc


def caller_of(request: Request) -> Caller:
    """Return who makes a request, as those who stand before the routes have found out."""
    known = getattr(request.state, "client", None) or getattr(request.state, "user", None)
    return Caller(known.name, known.is_admin) if known else Caller()
