"""python -m rag audit export | prune --before DAY; python -m rag feedback export"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from index.settings import load_settings

if TYPE_CHECKING:
    from rag.records.records import Records

_Run = Callable[["Records", argparse.Namespace], None]


def add_commands(commands: Any) -> None:
    """Put `audit` and `feedback` among the commands; `args.run(args)` then carries out what was asked for."""
    audit = commands.add_parser("audit", help="审计记录: 导出, 删去旧的").add_subparsers(required=True, metavar="操作")
    export = audit.add_parser("export", help="以 CSV 输出")
    export.add_argument("--since", type=day, metavar="年-月-日", help="从这一天起")
    export.add_argument("--until", type=day, metavar="年-月-日", help="到这一天为止")
    export.set_defaults(run=_carry_out(_export))
    prune = audit.add_parser("prune", help="删去某一天以前的记录")
    prune.add_argument("--before", type=day, required=True, metavar="年-月-日")
    prune.set_defaults(run=_carry_out(_prune))
    feedback = commands.add_parser("feedback", help="引用有误的反馈").add_subparsers(required=True, metavar="操作")
    candidates = feedback.add_parser("export", help="以 .jsonl 输出, 供 python -m eval add 读取")
    candidates.set_defaults(run=_carry_out(_candidates))


def _carry_out(run: _Run) -> Callable[[argparse.Namespace], int]:
    def carry_out(args: argparse.Namespace) -> int:
        from rag.records.records import Records

        run(Records.open(load_settings().records_dir), args)
        return 0

    return carry_out


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"日期应写成 2026-01-31 的样子, 收到 {text!r}") from exc


def _export(records: Records, args: argparse.Namespace) -> None:
    from rag.records.audit import Sought
    from rag.records.audit_csv import audit_csv

    sought = Sought(since=args.since, until=args.until)
    sys.stdout.buffer.write(audit_csv(records.audit.list(sought, limit=-1)))


def _prune(records: Records, args: argparse.Namespace) -> None:
    print(f"已删去 {args.before} 以前的审计记录 {records.audit.prune(args.before)} 条。")


def _candidates(records: Records, _: argparse.Namespace) -> None:
    from index.store import ClauseIndex

    index = ClauseIndex.open_clauses(load_settings())
    held = {clause.clause_id for _, clauses in index.corpus() for clause in clauses}
    sys.stdout.write(records.feedback.as_candidates(held.__contains__))
