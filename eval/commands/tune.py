"""python -m eval tune"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("tune", help="用 STARD 的 train 调整问题编码和初筛 (需 torch)")
    parser.add_argument("part", choices=("encoder", "sieve", "examples"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hold-out", action="store_true", help="编码器不学留给初筛的问题")
    parser.set_defaults(run=_tune)


def _tune(args: argparse.Namespace) -> None:
    from eval.external.stard import Stard
    from eval.tune import learn_encoder, learn_examples, learn_sieve

    settings, stard = load_settings(), Stard.load(args.folder)
    if args.part == "encoder":
        learn_encoder(settings, stard, all_questions=not args.hold_out)
    elif args.part == "sieve":
        learn_sieve(settings, stard)
    else:
        learn_examples(settings, stard)
