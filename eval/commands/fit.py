"""python -m eval fit"""

from __future__ import annotations

import argparse

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    commands.add_parser("fit", help="用 dev 学习排序权重").set_defaults(run=_fit)


def _fit(args: argparse.Namespace) -> None:
    from eval.fit import fit

    fit(load_settings())
