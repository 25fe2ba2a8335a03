"""python -m rag backup PLACE | restore FILE [--only index|records] [--check] | replay ..."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.settings import load_settings
from rag.operate.replay_command import add_replay

if TYPE_CHECKING:
    from rag.operate.archive import Contents
    from rag.operate.restore import Restored

_MEGABYTE = 2**20
_DATABASES = {"records.sqlite3": "对话、反馈和审计", "users.sqlite3": "用户"}


def add_commands(commands: Any) -> None:
    """Put `backup` and `restore` among the commands; `args.run(args)` then carries out what was asked for."""
    backup = commands.add_parser("backup", help="备份索引、记录和用户到一个文件; 服务可以开着")
    backup.add_argument("target", type=Path, metavar="文件或文件夹")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="从备份恢复: 先核对, 再一次换上; 服务可以开着")
    restore.add_argument("source", type=Path, metavar="备份文件")
    restore.add_argument("--only", choices=("index", "records"), default="all", help="只恢复索引, 或只恢复记录和用户")
    restore.add_argument("--check", action="store_true", help="只核对备份是否完整, 什么也不改")
    restore.set_defaults(run=_restore)
    add_replay(commands)


def _backup(args: argparse.Namespace) -> int:
    from rag.operate.backup import back_up

    path, contents = back_up(load_settings(), args.target)
    print(f"已备份到 {path} ({path.stat().st_size / _MEGABYTE:.1f} MB), 并已核对。\n{_held(contents)}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from rag.operate.backup import describe
    from rag.operate.restore import restore

    if args.check:
        contents = describe(args.source)
        print(f"备份完好, {len(contents.files)} 个文件都与清单相符。\n{_held(contents)}")
        return 0
    print(_told(restore(load_settings(), args.source, args.only)))
    return 0


def _held(contents: Contents) -> str:
    """Return what a backup holds, a line each."""
    lines = [f"做于 {contents.made}, 程序指纹 {contents.program}"]
    if contents.index_version:
        counts = contents.counts
        lines += [f"索引 {contents.index_version}: {counts['documents']} 份文件, {counts['clauses']} 条"]
    else:
        lines += ["索引: 没有"]
    lines += [
        f"{words}: {'有' if f'records/{name}' in contents.files else '没有'}" for name, words in _DATABASES.items()
    ]
    return "\n".join(lines)


def _told(done: Restored) -> str:
    lines = []
    if done.index_version:
        how = "格式或编码器与当前程序不同, 已用备份里的文件重新建立" if done.rebuilt else "正在运行的服务在下一问时换上"
        lines.append(f"已恢复索引 {done.index_version} ({how})。")
    if done.databases:
        lines.append(f"已恢复{'; '.join(_DATABASES[name] for name in done.databases)}。登录的人须重新登录。")
    if done.before:
        lines.append(f"恢复之前的记录保存在 {done.before}, 确认无误后可以删除。")
    for name in done.damaged:
        lines.append(f"原来的 {name} 已损坏, 已改名留在记录文件夹; 请重新启动服务。")
    return "\n".join(lines)
