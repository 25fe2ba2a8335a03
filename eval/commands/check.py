"""python -m eval check"""

from __future__ import annotations

import argparse

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    commands.add_parser("check", help="核对所有评测集: 条款、字句、类别、来历、重复").set_defaults(run=_check)


def _check(args: argparse.Namespace) -> int:
    from eval.check import check_sets, load_sets

    sets = load_sets()
    problems = check_sets(sets, load_settings())
    for problem in problems:
        print(problem)
    for name, questions in sets.items():
        unanswerable = sum(not golden.answerable for golden in questions)
        print(f"{name}: {len(questions)} 问, 其中不可答 {unanswerable} 问")
    print(f"共 {sum(map(len, sets.values()))} 问, 错误 {len(problems)} 处")
    return 1 if problems else 0
