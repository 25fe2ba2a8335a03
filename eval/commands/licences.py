"""python -m eval licences"""

from __future__ import annotations

import argparse

from eval.registry import Commands


def register(commands: Commands) -> None:
    parser = commands.add_parser("licences", help="核对所装各包的许可证; 有不允许的以状态 1 结束")
    parser.add_argument("--write", action="store_true", help="重写 docs/licences.md")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from eval.licences import PAGE, licences, table

    found = licences()
    if args.write:
        PAGE.write_text(table(found), "utf-8")
    refused = [one for one in found if not one.is_allowed]
    for one in refused:
        print(f"不允许: {one.package} {one.version} {one.expression}")
    print(f"共 {len(found)} 个包, {len(refused)} 个不允许。")
    return 1 if refused else 0
