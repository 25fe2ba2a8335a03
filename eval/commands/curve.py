"""python -m eval curve"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("curve", help="把握阈值的取舍曲线")
    parser.add_argument("--set", dest="name", default="dev", help="评测集: dev(默认), test, 或 .jsonl 文件")
    parser.add_argument("--svg", type=Path, help="另存为图 (.svg)")
    parser.set_defaults(run=_curve)


def _curve(args: argparse.Namespace) -> None:
    from eval.curve import measure, table, write_plot

    settings = load_settings()
    ceilings = measure(settings, args.name)
    print(table(ceilings, settings.min_confidence))
    if args.svg:
        write_plot(args.svg, ceilings, settings.min_confidence, args.name)
