"""The two roles, and the refusal of what only an administrator may do."""

from __future__ import annotations

from typing import Protocol

from index.errors import UserError

READER, ADMIN = "reader", "admin"
ROLE_NAMES = {READER: "读者", ADMIN: "管理员"}


class Visitor(Protocol):
    """Whoever knows whether he is an administrator; without log-in everyone on this computer is."""

    @property
    def is_admin(self) -> bool: ...


def require_admin(visitor: Visitor) -> None:
    """Raise UserError when the visitor is no administrator; to be called first in every event that is his alone."""
    if not visitor.is_admin:
        raise UserError("此操作需要管理员权限。请以管理员身份登录,或联系管理员。")
