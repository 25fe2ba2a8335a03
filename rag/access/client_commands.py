"""python -m rag clients add NAME [--admin] [--per-minute N] | list | rotate NAME | revoke NAME"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from index.settings import load_settings
from rag.access.clients import ClientBook
from rag.access.database import Database

_Run = Callable[[ClientBook, argparse.Namespace], str]
_MOST = 100_000  # requests a minute


def add_commands(commands: Any) -> None:
    """Put `clients` among the commands; `args.run()` then carries out what was asked for."""
    clients = commands.add_parser("clients", help="接口的客户(程序): 添加并给出令牌、列出、换令牌、吊销")
    parts = clients.add_subparsers(required=True, metavar="操作")
    for name, run, words in _COMMANDS:
        part = parts.add_parser(name, help=words)
        if run is not _list:
            part.add_argument("name", metavar="客户名")
        if run is _add:
            part.add_argument("--admin", action="store_true", help="可增减文件; 不写就只能查询")
            part.add_argument("--per-minute", type=_count, metavar="次数", help="每分钟最多几次请求; 不写就照设置")
        part.set_defaults(run=_carry_out(run))


def _carry_out(run: _Run) -> Callable[[argparse.Namespace], int]:
    def carry_out(args: argparse.Namespace) -> int:
        print(run(ClientBook(Database(load_settings().records_dir), time.time), args))
        return 0

    return carry_out


def _add(book: ClientBook, args: argparse.Namespace) -> str:
    return _shown(args.name, book.add(args.name, args.admin, args.per_minute))


def _rotate(book: ClientBook, args: argparse.Namespace) -> str:
    return _shown(args.name, book.rotate(args.name))


def _shown(name: str, token: str) -> str:
    return f"{token}\n以上是 {name} 的令牌, 只显示这一次, 请现在保存。用法: Authorization: Bearer 令牌"


def _list(book: ClientBook, _: argparse.Namespace) -> str:
    clients = book.list()
    if not clients:
        return "还没有客户。请用 python -m rag clients add 客户名 添加。"
    rows = [
        (held.client.name, "管理" if held.client.is_admin else "查询", str(held.client.per_minute or "照设置"))
        + (_day(held.created), _day(held.last_used))
        for held in clients
    ]
    return "\n".join("\t".join(row) for row in [("客户名", "权限", "每分钟", "添加", "上次使用"), *rows])


def _revoke(book: ClientBook, args: argparse.Namespace) -> str:
    book.revoke(args.name)
    return f"已吊销 {args.name} 的令牌。审计记录仍以此名保存,请不要把这个名字给另一个客户。"


_COMMANDS: tuple[tuple[str, _Run, str], ...] = (
    ("add", _add, "添加客户, 令牌只显示一次"),
    ("list", _list, "列出客户"),
    ("rotate", _rotate, "换一个令牌, 原来的立即失效"),
    ("revoke", _revoke, "吊销: 令牌立即失效"),
)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"次数应为 1—{_MOST} 的整数, 收到 {text!r}")
    return int(text)


def _day(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else "从未"
