"""python -m eval run"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings

_DEFAULT = ["test", "documents-test"]


def register(commands: Commands) -> None:
    parser = commands.add_parser("run", help="评测, 低于阈值时退出码为 1")
    sets = "评测集, 可写几个: test documents-test (默认), dev, documents-dev, all, 或 .jsonl 文件"
    parser.add_argument("--set", dest="names", nargs="+", action="extend", metavar="名", help=sets)
    modes = "extractive (默认, 不用大模型) 或 generative"
    parser.add_argument("--mode", default="extractive", choices=("extractive", "generative"), help=modes)
    parser.add_argument("--json", type=Path, help="结果存在这里; 不写则存在 eval/runs/")
    parser.add_argument("--details", action="store_true", help=argparse.SUPPRESS)  # every record has them now
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from eval.gates import below_thresholds
    from eval.golden import golden_sets
    from eval.record import make_record, save_record
    from eval.run import run_sets, settings_for
    from eval.table import table

    names = args.names or _DEFAULT
    settings = settings_for(load_settings(), args.mode)
    runs = run_sets(settings, golden_sets() if "all" in names else names)
    record = make_record(settings, runs, args.mode)
    print(table(record))
    print(f"结果: {save_record(record, args.json)}")
    misses = below_thresholds(record)
    for miss in misses:
        print(f"未达标: {miss}", file=sys.stderr)
    return 1 if misses else 0
