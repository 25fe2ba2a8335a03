"""python -m eval add"""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("add", help="把反馈或一问及其条款加为候选 (eval/golden/candidates.jsonl)")
    forms = '.json 或 .jsonl, 每条 {"question", "clause_id", "reason"}, 另可有 "answer", "history", "by"'
    parser.add_argument("feedback", type=Path, nargs="?", help=forms)
    parser.add_argument("--question", help="问题")
    parser.add_argument("--clause", nargs="+", action="extend", default=[], help="答案所在的条款号; 没有答案则不写")
    parser.add_argument("--answer", nargs="+", action="extend", default=[], help="答案须有的字句, A|B 为任一")
    parser.add_argument("--history", nargs="+", action="extend", default=[], help="此前的问题")
    parser.add_argument("--reason", default="", help="为什么加")
    parser.add_argument("--by", help="谁加的; 不写则为登录名")
    parser.set_defaults(run=_add)


def _add(args: argparse.Namespace) -> None:
    from eval.add import Report, add_candidates, read_reports
    from eval.golden import CANDIDATES
    from index.errors import UserError
    from index.store import ClauseIndex

    by = args.by or getpass.getuser()
    if bool(args.feedback) == bool(args.question):
        raise UserError("请给出一个反馈文件, 或用 --question 写明问题, 二者取一。")
    typed = (args.reason, by, tuple(args.answer), tuple(args.history))
    reports = read_reports(args.feedback, by) if args.feedback else [Report(args.question, tuple(args.clause), *typed)]
    added, known = add_candidates(reports, ClauseIndex.open_clauses(load_settings()))
    for golden in added:
        print(f"已加为候选 {golden.id} ({golden.kind}): {golden.question}")
    print("\n".join([*known, f"候选在 {CANDIDATES}, 经人看过再移入评测集。"]))
