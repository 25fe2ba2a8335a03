"""python -m eval structure"""

from __future__ import annotations

import argparse

from eval.registry import Commands


def register(commands: Commands) -> None:
    parser = commands.add_parser("structure", help="条款路径与文件信息的读取准确度 (tests/documents)")
    parser.add_argument("--set", dest="name", default="test", help="test(默认), dev, all, 或文件名")
    parser.add_argument("--details", action="store_true", help="列出每一处不同 (只用于 dev)")
    parser.set_defaults(run=_structure)


def _structure(args: argparse.Namespace) -> None:
    from eval.structure import measure, table

    measured = measure(args.name)
    print(table(measured))
    if args.details:
        print("\n".join(measured.misses))
