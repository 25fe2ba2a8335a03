"""python -m eval report"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands


def register(commands: Commands) -> None:
    parser = commands.add_parser("report", help="把评测记录写成一个网页")
    parser.add_argument(
        "runs", nargs="*", type=Path, help="python -m eval run 写出的 .json; 不写则用 eval/runs/ 里全部"
    )
    parser.add_argument("--out", type=Path, help="写到这里 (默认 eval/runs/report.html)")
    show = "逐条列出 test 评测集的问题 (默认不列: 照着它们改程序, 分数就不可信了)"
    parser.add_argument("--show-test", action="store_true", help=show)
    parser.set_defaults(run=_report)


def _report(args: argparse.Namespace) -> None:
    from eval.report.page import REPORT, write_report

    out = args.out or REPORT
    sets = write_report(args.runs, out, show_test=args.show_test)
    told = ", ".join(f"{one.part.name} {one.part.questions} 问" for one in sets)
    print(f"{told}\n报告: {out} (用浏览器打开)")
