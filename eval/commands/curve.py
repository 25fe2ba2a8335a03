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
    parser.add_argument("--json", type=Path, help="另存各问的数值; 存为 eval/runs/curve-评测集.json 时 report 会用上")
    parser.set_defaults(run=_curve)


def _curve(args: argparse.Namespace) -> None:
    from eval.curve import measure, save, table, write_plot

    settings = load_settings()
    ceilings = measure(settings, args.name)
    print(table(ceilings, settings.min_confidence))
    if args.svg:
        write_plot(args.svg, ceilings, settings.min_confidence, args.name)
    if args.json:
        save(args.json, ceilings, args.name)
