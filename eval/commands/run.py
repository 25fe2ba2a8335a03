"""python -m eval run"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    run = commands.add_parser("run", help="评测, 低于阈值时退出码为 1")
    run.add_argument("--set", dest="name", default="test", help="评测集: test(默认), dev, all, 或 .jsonl 文件")
    run.add_argument("--json", type=Path, help="另存结果")
    run.add_argument("--details", action="store_true", help="结果里含每一问")
    run.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from eval.run import below_thresholds, run, table, write_json

    names = ["dev", "test"] if args.name == "all" else [args.name]
    scored, report = run(load_settings(), names)
    print(table(report))
    if args.json:
        write_json(args.json, report, scored if args.details else None)
    misses = below_thresholds(report)
    for miss in misses:
        print(f"未达标: {miss}", file=sys.stderr)
    return 1 if misses else 0
