"""python -m rag users add NAME [--admin] | list | passwd NAME | role NAME | disable NAME | enable NAME | remove NAME"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from getpass import getpass
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from index.settings import load_settings
from rag.access.roles import ADMIN, READER, ROLE_NAMES

if TYPE_CHECKING:
    from rag.access.gate import Gate

_Run = Callable[["Gate", argparse.Namespace], str]


def add_commands(commands: Any) -> None:
    """Put `users` among the commands; `args.run()` then carries out what was asked for."""
    users = commands.add_parser("users", help="登录的用户: 添加、列出、改密码、改角色、停用、移除")
    parts = users.add_subparsers(required=True, metavar="操作")
    for name, run, words in _COMMANDS:
        part = parts.add_parser(name, help=words)
        if run is not _list:
            part.add_argument("name", metavar="用户名")
        if name in ("add", "role"):
            part.add_argument("--admin", action="store_true", help="管理员: 可管理文件库、查看审计; 不写就是读者")
        part.set_defaults(run=_carry_out(run))


def _carry_out(run: _Run) -> Callable[[argparse.Namespace], int]:
    def carry_out(args: argparse.Namespace) -> int:
        from rag.access.open_gate import open_gate

        print(run(open_gate(load_settings()), args))
        return 0

    return carry_out


def _add(gate: Gate, args: argparse.Namespace) -> str:
    user = gate.users.add(args.name, _ask_password(args.name), ADMIN if args.admin else READER)
    return f"已添加{ROLE_NAMES[user.role]} {user.name}。"


def _list(gate: Gate, _: argparse.Namespace) -> str:
    users = gate.users.list()
    if not users:
        return "还没有用户。请用 python -m rag users add 用户名 --admin 添加第一位管理员。"
    rows = [(u.name, ROLE_NAMES[u.role], "停用" if u.disabled else "", _day(u.last_login)) for u in users]
    return "\n".join("\t".join(row) for row in [("用户名", "角色", "状态", "上次登录"), *rows])


def _passwd(gate: Gate, args: argparse.Namespace) -> str:
    user = gate.users.get(args.name)
    gate.users.set_password(user.name, _ask_password(user.name))
    gate.forgive(user)
    return f"已更改 {user.name} 的密码,他的登录已全部结束。"


def _role(gate: Gate, args: argparse.Namespace) -> str:
    role = ADMIN if args.admin else READER
    gate.users.set_role(args.name, role)
    return f"{args.name} 现在是{ROLE_NAMES[role]}。"


def _disable(gate: Gate, args: argparse.Namespace) -> str:
    gate.users.disable(args.name)
    return f"已停用 {args.name},他的登录已全部结束。python -m rag users enable {args.name} 可以恢复。"


def _enable(gate: Gate, args: argparse.Namespace) -> str:
    gate.users.disable(args.name, disabled=False)
    return f"{args.name} 可以重新登录了。"


def _remove(gate: Gate, args: argparse.Namespace) -> str:
    gate.users.remove(args.name)
    return f"已移除 {args.name}。他的会话和审计记录仍以此名保存,请不要把这个名字给另一人。"


_COMMANDS: tuple[tuple[str, _Run, str], ...] = (
    ("add", _add, "添加用户, 密码在提示后输入(或由标准输入给出)"),
    ("list", _list, "列出用户"),
    ("passwd", _passwd, "改密码, 并结束他的所有登录"),
    ("role", _role, "改角色"),
    ("disable", _disable, "停用, 并结束他的所有登录"),
    ("enable", _enable, "恢复停用的用户"),
    ("remove", _remove, "移除用户"),
)


def _ask_password(name: str) -> str:
    """Return the password, typed twice or read from stdin: an argument would stand in the list of processes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass(f"{name} 的密码: ")
    if getpass("再输入一次: ") != password:
        raise UserError("两次输入的密码不同。请重新运行命令。")
    return password


def _day(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else "从未"
