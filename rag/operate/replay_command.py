"""python -m rag replay ID ... [--since DAY] [--until DAY] [--json]: status 1 where an answer is not as it was"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from index.settings import load_settings
from rag.commands_records import day

if TYPE_CHECKING:
    from rag.operate.replay import Replayed
    from rag.records.audit import AuditLog, Entry


def add_replay(commands: Any) -> None:
    """Put `replay` among the commands."""
    replay = commands.add_parser("replay", help="按审计记录再问一次, 说明与当时有什么不同; 有不同时退出码为 1")
    replay.add_argument("ids", nargs="*", metavar="审计编号或请求号")
    replay.add_argument("--since", type=day, metavar="年-月-日", help="从这一天起的全部记录")
    replay.add_argument("--until", type=day, metavar="年-月-日", help="到这一天为止的全部记录")
    replay.add_argument("--json", action="store_true", help="每条一行 JSON")
    replay.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from index.store import ClauseIndex
    from rag.chain import build_chain
    from rag.operate.replay import replay
    from rag.records.records import Records

    settings = load_settings()
    entries = _entries(Records.open(settings.records_dir).audit, args)
    index = ClauseIndex.open(settings)
    chain = build_chain(index, settings)
    different = []
    for entry in entries:
        replayed = replay(entry, chain, index, settings)
        print(_json(replayed) if args.json else _text(replayed), flush=True)
        different += [entry.id] if replayed.differences else []
    if len(entries) > 1 and not args.json:
        named = f": {', '.join(map(str, different))}" if different else ""
        print(f"共 {len(entries)} 条, 相同 {len(entries) - len(different)} 条, 不同 {len(different)} 条{named}")
    return 1 if different else 0


def _entries(audit: AuditLog, args: argparse.Namespace) -> Sequence[Entry]:
    """Return the entries that are named, or those of some days, oldest first; raises UserError if there are none."""
    from rag.records.audit import Sought

    if args.ids:
        return [entry for name in args.ids for entry in _named(audit, name)]
    if not args.since and not args.until:
        raise UserError("请写出审计编号或请求号, 或用 --since 年-月-日 重放那天以来的全部记录。")
    found = audit.list(Sought(since=args.since, until=args.until), limit=-1)
    if not found:
        raise UserError("这些天里没有审计记录。")
    return found[::-1]


def _named(audit: AuditLog, name: str) -> Iterator[Entry]:
    found = audit.find(name)
    if not found:
        raise UserError(f"没有编号或请求号是 {name} 的审计记录。可用 python -m rag audit export 查看。")
    yield from found


def _text(replayed: Replayed) -> str:
    entry = replayed.entry
    lines = [f"{entry.id}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.user}  {entry.question}"]
    lines += ["   与当时不同" if replayed.differences else "   与当时相同"]
    lines += [f"   - {one}" for one in replayed.differences]
    lines += [f"   ({one})" for one in replayed.circumstances]
    return "\n".join(lines)


def _json(replayed: Replayed) -> str:
    told = {
        "id": replayed.entry.id,
        "request_id": replayed.entry.request_id,
        "question": replayed.entry.question,
        "same": not replayed.differences,
        "differences": replayed.differences,
        "circumstances": replayed.circumstances,
    }
    return json.dumps(told, ensure_ascii=False)
