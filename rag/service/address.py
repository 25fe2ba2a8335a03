"""Who can reach the address that the page listens on; others than this computer only with log-in."""

from __future__ import annotations

import ipaddress
import socket

from index.errors import UserError
from index.settings import Settings


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches the host, under every address of its name; False where it has none."""
    if not host:  # means every address to a server, though a resolver takes it for this computer
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return bool(found) and all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)
    except (OSError, ValueError):  # a host name that cannot be one is a UnicodeError, which is a ValueError
        return False


def check_log_in(settings: Settings) -> None:
    """Raise UserError when others could reach the page without logging in."""
    if settings.auth or is_loopback(settings.host):
        return
    raise UserError(
        f"没有开启登录,不能在 {settings.host or '所有地址'} 上启动:同一网络中的人都能查看和改动文件库。"
        "请设置 CLAUSE_AUTH=on 并用 python -m rag users add 用户名 --admin 添加管理员,或改用 --host 127.0.0.1。"
    )
