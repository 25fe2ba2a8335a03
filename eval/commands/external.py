"""python -m eval external"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings

_SETS = ("legal-dc", "rgb", "lawbench")


def register(commands: Commands) -> None:
    parser = commands.add_parser("external", help="其他公开数据集: legal-dc, rgb, lawbench")
    parser.add_argument("name", choices=_SETS)
    parser.add_argument("path", type=Path, help="下载的文件夹 (legal-dc) 或 .json 文件 (rgb, lawbench)")
    parser.add_argument("--index", type=Path, help="索引保存在这里; 里面已有索引就直接用, 不再建立")
    parser.add_argument("--limit", type=_count, help="只问前几问")
    parser.add_argument("--json", type=Path, help="另存结果和每一问")
    parser.set_defaults(run=_external)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"问数应是正整数, 不是 {text}")
    return int(text)


def _external(args: argparse.Namespace) -> None:
    from eval.external.lawbench import measure_lawbench
    from eval.external.legal_dc import measure_legal_dc
    from eval.external.result import table, write_result
    from eval.external.rgb import measure_rgb

    measures = dict(zip(_SETS, (measure_legal_dc, measure_rgb, measure_lawbench), strict=True))
    result = measures[args.name](load_settings(), args.path, args.index, args.limit)
    print(table(result))
    if args.json:
        write_result(args.json, result)
