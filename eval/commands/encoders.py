"""python -m eval encoders"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("encoders", help="编码器的各种跑法: 每秒几段, 与 float32 相差多少, 单凭向量找到多少")
    parser.add_argument("--laws", type=Path, help="STARD 的文件夹 (默认只用评测集 dev)")
    parser.add_argument("--articles", type=int, default=1500, help="从 STARD 取多少条文")
    parser.add_argument("--ways", default="", help="只比这些, 以逗号分开 (默认全部)")
    parser.set_defaults(run=_encoders)


def _encoders(args: argparse.Namespace) -> None:
    from eval.encoders.compare import compare

    print(
        "| 跑法 | 段/CPU 秒 | 与现用之比 | 余弦 (最小) | dev recall@10 | STARD recall@10 |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for one in compare(load_settings(), args.laws, args.articles, args.ways.split(",") if args.ways else ()):
        cosines = f"{one.cosines[0]:.4f} ({one.cosines[1]:.4f})"
        recalls = " | ".join(f"{one.recalls[name]:.3f}" if name in one.recalls else "—" for name in ("dev", "STARD"))
        print(
            f"| {one.way.title} | {one.speed:.0f} | {one.speed / one.beside:.2f} | {cosines} | {recalls} |", flush=True
        )
