"""python -m rag ask "问题" | --batch FILE.jsonl; python -m rag users ..."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.command import Parser, run_command, use_utf8
from index.errors import UserError
from index.settings import load_settings
from rag import commands_records
from rag.access import client_commands
from rag.access.commands import add_commands
from rag.explanation.show import show_trace
from rag.mcp import command as command_mcp
from rag.operate import commands as commands_operate
from rag.types import Answer, Question, printable

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_STATUS = {"grounded": "有依据", "partial": "部分有依据", "refused": "未找到依据"}
_WIDTH = 110  # columns where there is no terminal
_FIRST = "  (首次提问, 含装入词表)"
_NARROWEST = 70  # the table of scores


def main(argv: list[str] | None = None) -> int:
    """Answer; 2 and one line on stderr when the user can mend it."""
    use_utf8()
    args = _parser().parse_args(argv)
    return run_command(lambda: int(args.run(args)))


def _run(args: argparse.Namespace) -> int:
    return _batch(args.batch, args.explain) if args.batch else _ask(args)


def _ask(args: argparse.Namespace) -> int:
    if args.question is None:
        raise UserError('请写出问题, 例如: python -m rag ask "某市某年的补助标准?"')
    answer = _chain(warm=args.explain).invoke(
        Question(printable(args.question), tuple(args.history), tuple(args.region), tuple(args.year))
    )
    bad_input = answer.reason in ("empty", "too_long")
    if bad_input and not args.json:
        raise UserError(answer.answer)
    print(_dump(answer, args.explain) if args.json else _text(answer, args.explain))
    return 2 if bad_input else 0


def _parser() -> Parser:
    parser = Parser(prog="python -m rag", description="政策条款问答")
    commands = parser.add_subparsers(required=True, metavar="命令")
    ask = commands.add_parser("ask", help="回答一个问题, 或一个文件里的问题")
    ask.set_defaults(run=_run)
    ask.add_argument("question", nargs="?")
    ask.add_argument("--history", nargs="*", default=[], metavar="上一问", help="此前的问题, 从早到晚")
    ask.add_argument("--region", action="append", default=[], help="只查这个地区, 可重复")
    ask.add_argument("--year", action="append", default=[], type=int, help="只查这一年, 可重复")
    ask.add_argument("--json", action="store_true")
    ask.add_argument("--explain", action="store_true", help="另附检索过程: 范围, 各条款的得分, 核对, 各步用时")
    ask.add_argument("--batch", type=Path, metavar="FILE.jsonl", help="每行一个 {id, question, history}")
    add_commands(commands)
    client_commands.add_commands(commands)
    commands_records.add_commands(commands)
    commands_operate.add_commands(commands)
    command_mcp.add_command(commands)
    return parser


def _chain(warm: bool) -> Runnable[Question, Answer]:
    """Return the chain; warm it loads beforehand what would else count as time of the first question."""
    from index.build import ensure_index
    from index.store import ClauseIndex
    from rag.chain import build_chain

    settings = load_settings()
    ensure_index(settings)
    index = ClauseIndex.open(settings)
    if warm:
        index.warm()
    return build_chain(index, settings)


def _batch(path: Path, explain: bool) -> int:
    """Print one JSON answer a line, in the order of the file; the file is read whole before the first."""
    questions = list(_questions(path))
    chain = _chain(warm=explain)
    for question in questions:
        print(_dump(chain.invoke(question), explain, indent=None), flush=True)
    return 0


def _questions(path: Path) -> Iterator[Question]:
    try:
        lines = path.read_text("utf-8-sig").split("\n")  # U+2028 may stand in a question
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError(f"无法读取 {path}: {exc}。请确认是 UTF-8 的 .jsonl 文件。") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _question(line, f"{path.name} 第 {number} 行")


def _question(line: str, place: str) -> Question:
    try:
        record = json.loads(line)
    except ValueError as exc:
        raise UserError(f"{place}不是有效的 JSON: {exc}") from exc
    if not isinstance(record, dict) or not isinstance(record.get("question"), str):
        raise UserError(f'{place}须为 {{"id", "question", "history"}}, 且 question 是文字。')
    history = record.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        raise UserError(f"{place}的 history 须为文字的列表。")
    name = record.get("id")
    if isinstance(name, str):
        name = printable(name)
    elif name is not None and not isinstance(name, int):
        raise UserError(f"{place}的 id 须为文字或整数。")
    return Question(printable(record["question"]), tuple(map(printable, history)), id=name)


def _dump(answer: Answer, explain: bool, indent: int | None = 1) -> str:
    return json.dumps(answer.to_json(explain), ensure_ascii=False, indent=indent)


def _text(answer: Answer, explain: bool) -> str:
    """Return an answer for reading: the words, each clause cited or those nearest, how it came about if asked for."""
    said = f"\n{answer.answer}" if answer.answer.startswith("|") else f" {answer.answer}"
    lines = [f"【{_STATUS[answer.status]}】{said}"]
    lines += [_card(f"〔{c.n}〕", c.to_json()) for c in answer.citations]
    if answer.status == "refused" and answer.nearest:
        lines.append("最接近的条款:")
        lines += [_card("·", c.to_json()) for c in answer.nearest]
    if explain:
        lines += ["", show_trace(answer, _width(), _FIRST)]
    return "\n".join(lines)


def _width() -> int:
    return max(_NARROWEST, shutil.get_terminal_size((_WIDTH, 0)).columns)


def _card(mark: str, citation: dict[str, Any]) -> str:
    return f"{mark} {citation['label']}  ({citation['clause_id']})\n   {citation['cited_text']}"


if __name__ == "__main__":
    sys.exit(main())
