"""python -m index build | add | remove | check | list | show"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.command import Parser, run_command, use_utf8
from index.errors import UserError
from index.settings import load_settings
from index.show import clause_json, clause_text, document_json, document_row, document_tree
from index.types import Clause, Document

if TYPE_CHECKING:
    from index.store import ClauseIndex
    from index.upkeep import Outcome


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 and one line on stderr when the user can mend it."""
    use_utf8()
    args = _parser().parse_args(argv)
    try:
        return run_command(lambda: int(args.run(args) or 0))
    except KeyboardInterrupt:
        print("已中断。索引没有改动; 已算好的向量已保留, 再次运行同一条命令会接着做。", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m index", description="政策文件索引: 建立、维护、查看")
    commands = parser.add_subparsers(required=True, metavar="命令")

    def command(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help)
        sub.set_defaults(run=run)
        return sub

    command("build", _build, "用 seeds/ 或给出的文件(夹)重建索引").add_argument("paths", nargs="*", type=Path)
    command("add", _add, "加入文件").add_argument("paths", nargs="+", type=Path)
    command("remove", _remove, "移除文件").add_argument("doc_id")
    move = command("move", _move, "把索引从一处搬到另一处: 本机或 Milvus")
    move.add_argument(
        "--to", required=True, choices=("local", "milvus"), help="搬到哪里; 那里原有的索引被替换, 原处的留着"
    )
    command("check", _check, "核对索引的每个文件")
    command("list", _list, "列出文件").add_argument("--json", action="store_true")
    show = command("show", _show, "查看条款或整份文件")
    show.add_argument("name", metavar="ID或引用")
    show.add_argument("--depth", type=_depth, metavar="层数", help="只展开到第几层, 其余折叠并计数")
    show.add_argument("--json", action="store_true")
    return parser


def _depth(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"层数应为 1 以上的整数, 收到 {text!r}")
    return int(text)


def _build(args: argparse.Namespace) -> int:
    from index.build import build_index

    return _report(lambda: build_index(load_settings(), args.paths))


def _add(args: argparse.Namespace) -> int:
    from index.build import add_documents

    return _report(lambda: add_documents(load_settings(), args.paths))


def _remove(args: argparse.Namespace) -> int:
    from index.build import remove_document

    return _report(lambda: remove_document(load_settings(), args.doc_id))


def _move(args: argparse.Namespace) -> int:
    from index.move import move_index

    return _report(lambda: (move_index(load_settings(), args.to), []))


def _check(args: argparse.Namespace) -> int:
    from index.check import check_index, describe_problems

    problems = check_index(load_settings())
    if problems:
        raise UserError(f"索引有问题: {describe_problems(problems)}")
    print("索引完好。")
    return 0


def _list(args: argparse.Namespace) -> None:
    index = _open()
    records = [document_json(_standing(index, doc), index.clauses_of(doc.doc_id)) for doc in index.documents]
    print(_dump(records) if args.json else "\n".join(map(document_row, records)))


def _show(args: argparse.Namespace) -> None:
    index = _open()
    found = index.find(args.name)
    if found is None:
        raise UserError(f"没有找到 {args.name}。可用 python -m index list 查看已有文件。")
    if isinstance(found, Clause):
        print(_dump(clause_json(found)) if args.json else clause_text(found))
        return
    clauses = index.clauses_of(found.doc_id)
    found = _standing(index, found)
    if args.json:
        print(_dump(document_json(found, clauses) | {"clauses": [clause_json(clause) for clause in clauses]}))
        return
    sent = [doc for doc in index.documents if doc.parent == found.doc_id]
    print(document_tree(found, clauses, sent, args.depth))


def _standing(index: ClauseIndex, doc: Document) -> Document:
    """Return a document with its validity of today in place of what its page once said."""
    return replace(doc, validity=index.validity(doc).status)


def _open() -> ClauseIndex:
    from index.store import ClauseIndex

    return ClauseIndex.open_clauses(load_settings())


def _report(work: Callable[[], tuple[ClauseIndex, list[Outcome]]]) -> int:
    """Do the work and print what became of each file, then what could not be read; 2 if anything could not."""
    from index.report import counts_of, rows_of, skipped_of

    started = time.monotonic()
    index, outcomes = work()
    for line in rows_of(outcomes):
        print(line)
    sys.stdout.flush()
    skipped = list(skipped_of(outcomes))
    for line in skipped:
        print(line, file=sys.stderr)
    counts = index.manifest.counts
    total = f"共 {counts['documents']} 份文件, {counts['leaves']} 条, 版本 {index.version}"
    told = "; ".join(filter(None, (counts_of(outcomes), total)))
    print(f"{told}, 用时 {time.monotonic() - started:.1f} 秒")
    return 2 if skipped else 0


def _dump(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    sys.exit(main())
