"""python -m eval bench"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.registry import Commands
from index.errors import UserError

_SEEDS, _LAWS = "seeds", "laws"  # all of either


def register(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="用时、内存和磁盘: 与编码器单独、LangChain、LlamaIndex 并排, 按规模")
    parser.add_argument(
        "--size", default=f"{_SEEDS},10000", help="条款数, 以逗号分开; seeds 是自带的文件, laws 是 --laws 的全部法律"
    )
    parser.add_argument("--laws", type=Path, help="STARD 的文件夹: 用它的法律条文 (默认用自带的文件及其副本)")
    parser.add_argument("--vectors", type=Path, help="已算好的向量 (某个索引文件夹里的 vectors.sqlite), 建库时不再计算")
    parser.add_argument("--work", type=Path, help="各规模的索引留在这个文件夹, 再量时不必重建 (默认用后删除)")
    parser.add_argument("--make", type=Path, metavar="文件夹", help="只建一个规模, 不量: 与 --clauses 同用")
    parser.add_argument("--clauses", type=int, help="--make 的条款数")
    parser.add_argument("--at", type=Path, action="append", default=[], metavar="文件夹", help="量 --make 建好的规模")
    parser.add_argument(
        "--systems", help="只量这些, 以逗号分开: encoder,ours,langchain-faiss,langchain-memory,llama-index"
    )
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30, help="每种同时人数最多量多少秒")
    parser.add_argument("--add", type=int, default=0, metavar="份数", help="再量本系统加入这么多份文件的用时")
    parser.add_argument("--json", type=Path, help="另存结果")
    parser.add_argument("--svg", type=Path, help="另存为图 (.svg)")
    parser.add_argument("--markdown", action="store_true", help="按 docs/scale.md 的样式打印")
    parser.set_defaults(run=_bench)


def _bench(args: argparse.Namespace) -> None:
    from eval.bench.run import Source, make_place

    source = Source(args.laws, args.vectors)
    if args.make:
        if not args.clauses or args.clauses < 1:
            raise UserError("--make 要同时用 --clauses 写明条款数, 例如 --make 文件夹 --clauses 1000000。")
        made = make_place(args.make, args.clauses, source).made()
        print(f"{args.make}: {made['clauses']:,} 条, {made['documents']:,} 份文件")
        return
    with TemporaryDirectory(prefix="clause-bench-") as temporary:
        _measure(args, source, args.work or Path(temporary))


def _measure(args: argparse.Namespace, source: object, work: Path) -> None:
    from eval.bench.place import Place
    from eval.bench.plot import draw
    from eval.bench.run import Bench, Plan, Source, make_place
    from eval.bench.systems import SYSTEMS
    from eval.bench.table import markdown, table

    assert isinstance(source, Source)
    bench = Bench(Plan(_names(args.systems, list(SYSTEMS)), args.questions, seconds=args.seconds, added=args.add))
    for size in [] if args.at else args.size.split(","):
        made_of = Source() if size == _SEEDS else source
        bench.measure(make_place(work / size, 0 if size in (_SEEDS, _LAWS) else _count(size), made_of))
    for folder in args.at:
        bench.measure(Place(folder))
    report = bench.report()
    print(markdown(report) if args.markdown else table(report))
    if args.svg:
        args.svg.write_text(draw(report), "utf-8")
    if args.json:
        args.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _count(size: str) -> int:
    try:
        return int(size)
    except ValueError as exc:
        raise UserError(f"--size 应是条款数或 {_SEEDS}, 以逗号分开: {size!r}。") from exc


def _names(given: str | None, known: list[str]) -> list[str]:
    names = given.split(",") if given else known
    if wrong := [name for name in names if name not in known]:
        raise UserError(f"没有 {wrong[0]}。可以量的: {', '.join(known)}。")
    return names
