"""python -m eval speed"""

from __future__ import annotations

import argparse

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("speed", help="一问用时与编码器单独用时之比")
    parser.add_argument("--set", dest="name", default="dev")
    parser.set_defaults(run=_speed)


def _speed(args: argparse.Namespace) -> None:
    from eval.speed import measure

    times = measure(load_settings(), args.name)
    chain, encoder, ratio = times["chain_ms"], times["encoder_ms"], times["ratio"]
    print(f"一问 {chain:.1f} 毫秒, 编码器 {encoder:.1f} 毫秒, 比值 {ratio:.2f} (中位数)")
