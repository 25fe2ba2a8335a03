"""python -m eval check"""

from __future__ import annotations

import argparse

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    commands.add_parser("check", help="核对评测集").set_defaults(run=_check)


def _check(args: argparse.Namespace) -> int:
    from eval.corpora import corpus_of
    from eval.golden import check_golden, golden_sets, load_golden
    from index.store import ClauseIndex

    index = ClauseIndex.open(load_settings())
    questions = [golden for name in golden_sets() if not corpus_of(name) for golden in load_golden(name)]
    problems = check_golden(questions, index)
    for problem in problems:
        print(problem)
    unanswerable = sum(not golden.answerable for golden in questions)
    print(f"{len(questions)} 问, 其中不可答 {unanswerable} 问, 错误 {len(problems)} 处")
    return 1 if problems else 0
