"""python -m eval baseline"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("baseline", help="与别的库并排: 同一批问题、文件、编码器和机器")
    parser.add_argument("--set", dest="name", default="test", help="评测集: test(默认), dev, 或 .jsonl 文件")
    parser.add_argument("--json", type=Path, help="另存结果")
    parser.add_argument("--svg", type=Path, help="另存为图 (.svg)")
    parser.add_argument("--markdown", action="store_true", help="按 README 的样式打印")
    parser.set_defaults(run=_baseline)


def _baseline(args: argparse.Namespace) -> None:
    from eval.baseline import compare
    from eval.baselines.plot import draw
    from eval.baselines.table import markdown, table
    from eval.corpora import settings_of

    report = compare(settings_of(load_settings(), args.name), args.name)
    print(markdown(report) if args.markdown else table(report))
    if args.svg:
        args.svg.write_text(draw(report), "utf-8")
    if args.json:
        args.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
