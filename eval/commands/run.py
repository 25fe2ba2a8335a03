"""python -m eval run"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from eval.registry import Commands
from index.settings import load_settings

_DEFAULT = ["test", "documents-test", "critical"]


def register(commands: Commands) -> None:
    parser = commands.add_parser("run", help="评测, 未过门槛时退出码为 1")
    sets = "评测集, 可写几个; 默认 test documents-test critical, 另有 dev, documents-dev, all, 或 .jsonl 文件"
    parser.add_argument("--set", dest="names", nargs="+", action="extend", metavar="名", help=sets)
    modes = "extractive (默认, 不用大模型) 或 generative"
    parser.add_argument("--mode", default="extractive", choices=("extractive", "generative"), help=modes)
    encoders = "另一个编码器的名字或文件夹; 它的索引建在旁边"
    parser.add_argument("--encoder", metavar="名", help=encoders)
    from eval.ablate import PARTS

    parts = f"关闭一部分, 看它起多大作用: {', '.join(PARTS)}"
    parser.add_argument("--ablate", nargs="+", action="extend", default=[], choices=PARTS, metavar="部分", help=parts)
    parser.add_argument("--json", type=Path, help="结果存在这里; 不写则存在 eval/runs/")
    parser.add_argument("--accept", action="store_true", help="作为以后比较的基准, 写入 eval/results.json")
    parser.add_argument("--details", action="store_true", help=argparse.SUPPRESS)  # every record has them now
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from eval.ablate import without
    from eval.accepted import accept, load_accepted
    from eval.golden import golden_sets
    from eval.record import make_record
    from eval.run import run_sets, settings_for
    from eval.run_file import save_record
    from eval.table import table

    names = golden_sets() if "all" in (args.names or ()) else args.names or _DEFAULT
    settings = settings_for(load_settings(), args.mode, args.encoder)
    with without(args.ablate):
        runs = run_sets(settings, names)
    record = make_record(settings, runs, args.mode, args.ablate)
    print(table(record))
    print(f"结果: {save_record(record, args.json)}")
    accepted = load_accepted()
    _print_changes(accepted, record)
    if args.accept:
        print(f"已接受: {accept(record)}")
    return 0 if args.ablate else _print_misses(record, accepted)


def _print_changes(accepted: dict[str, Any] | None, record: dict[str, Any]) -> None:
    from eval.diff import diff, fallen_lines, summary_lines

    if accepted is None:
        print("还没有接受过的运行可比: python -m eval accept 结果.json")
        return
    print(f"\n与上次接受的运行相比 ({accepted['commit']}, {accepted['time']}):")
    found = diff(accepted, record)
    print("\n".join([*summary_lines(found), *fallen_lines(found)]))


def _print_misses(record: dict[str, Any], accepted: dict[str, Any] | None) -> int:
    from eval.gates import misses

    found = misses(record, accepted)
    for miss in found:
        print("未过门槛: " + "\n".join(miss.lines()), file=sys.stderr)
    return 1 if found else 0
