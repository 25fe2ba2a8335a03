"""python -m eval accept"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands


def register(commands: Commands) -> None:
    parser = commands.add_parser("accept", help="把一次运行作为以后比较的基准, 写入 eval/results.json")
    parser.add_argument("record", type=Path, metavar="结果", help="eval run 写出的文件")
    parser.set_defaults(run=_accept)


def _accept(args: argparse.Namespace) -> None:
    from eval.accepted import accept
    from eval.run_file import load_record

    print(f"已接受: {accept(load_record(args.record))}")
