"""python -m eval diff"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from eval.registry import Commands


def register(commands: Commands) -> None:
    parser = commands.add_parser("diff", help="两次运行之间变了什么, 变在哪一步")
    parser.add_argument("before", type=Path, metavar="前", help="eval run 写出的文件, 或 accepted: 上次接受的运行")
    parser.add_argument("after", type=Path, metavar="后")
    parser.set_defaults(run=_diff)


def _diff(args: argparse.Namespace) -> None:
    from eval.diff import change_lines, diff, summary_lines

    found = diff(_load(args.before), _load(args.after))
    print("\n".join([*summary_lines(found), *change_lines(found)]))


def _load(path: Path) -> dict[str, Any]:
    from eval.accepted import RESULTS, load_accepted
    from eval.run_file import load_record
    from index.errors import UserError

    if str(path) not in ("accepted", str(RESULTS)) and path.resolve() != RESULTS:
        record = load_record(path)
    elif (accepted := load_accepted()) is not None:
        record = accepted
    else:
        raise UserError("还没有接受过的运行。请先运行 python -m eval accept 结果.json。")
    if "details" not in record:
        raise UserError(f"{path.name} 没有逐问的记录, 不能比较。请用 python -m eval run 重新评测。")
    return record
