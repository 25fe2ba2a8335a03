"""The gate of the settings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from index.errors import UserError
from index.settings import Settings
from rag.access.database import Clock
from rag.access.gate import Gate
from rag.access.sessions import Ends

if TYPE_CHECKING:
    from rag.access.passwords import Passwords


def open_gate(settings: Settings, clock: Clock = time.time, passwords: Passwords | None = None) -> Gate:
    """Return the gate over the users of the records folder; raises UserError when their file cannot be used."""
    ends = Ends(idle=settings.session_idle_minutes * 60, absolute=settings.session_hours * 3600)
    return Gate(settings.records_dir, ends, clock, passwords)


def open_guarded(settings: Settings) -> Gate | None:
    """Return the gate that the page stands behind, None without log-in; raises UserError when nobody could manage it."""
    if not settings.auth:
        return None
    gate = open_gate(settings)
    if not gate.users.has_admin():
        gate.close()
        raise UserError(
            "登录已开启(CLAUSE_AUTH=on),但还没有管理员。请先运行 python -m rag users add 用户名 --admin 添加一位。"
        )
    return gate
