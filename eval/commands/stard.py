"""python -m eval stard"""

from __future__ import annotations

import argparse
from pathlib import Path

from eval.registry import Commands
from index.settings import load_settings


def register(commands: Commands) -> None:
    parser = commands.add_parser("stard", help="外部数据集 STARD: 法律问答的条文召回率")
    parser.add_argument("folder", type=Path, help="含 corpus.jsonl, queries.jsonl, qrels.tsv, splits.json 的文件夹")
    parser.add_argument("--texts", type=Path, help="把每部法律写成文本文件, 供 index build 使用")
    parser.add_argument("--split", default="dev", choices=("train", "dev"))
    parser.add_argument("--questions", type=Path, help="改问这个文件里的问题, 例如 eval/laws/test.jsonl")
    parser.add_argument("--parts", action="store_true", help="检索的每一部分各使召回率提高多少")
    parser.set_defaults(run=_stard)


def _stard(args: argparse.Namespace) -> None:
    from eval.external.result import table
    from eval.external.stard import Stard, measure_stard
    from eval.external.stard_parts import measure_parts

    stard = Stard.load(args.folder)
    if args.texts:
        stard.write_texts(args.texts)
        print(f"已写出 {len(stard.laws)} 部法律: {args.texts}")
        return
    stard, split = (stard.ask(args.questions), "asked") if args.questions else (stard, args.split)
    if args.parts:
        print(table(measure_parts(load_settings(), stard, split)))
        return
    for name, value in measure_stard(load_settings(), stard, split).items():
        print(f"{name:<16}{value:.3f}")
