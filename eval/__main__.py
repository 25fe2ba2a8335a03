"""python -m eval run | check | speed | structure | curve | fit | stard | tune"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from index.command import Parser, run_command, use_utf8
from index.settings import load_settings


def main(argv: list[str] | None = None) -> int:
    """Run one command; 1 under the thresholds, 2 and one line on stderr when the user can mend it."""
    use_utf8()
    args = _parser().parse_args(argv)
    return run_command(lambda: int(args.run(args) or 0))


def _parser() -> Parser:
    parser = Parser(prog="python -m eval", description="引用准确度评测")
    commands = parser.add_subparsers(required=True, metavar="命令")
    run = commands.add_parser("run", help="评测, 低于阈值时退出码为 1")
    run.add_argument("--set", dest="name", default="test", help="评测集: test(默认), dev, all, 或 .jsonl 文件")
    run.add_argument("--json", type=Path, help="另存结果")
    run.add_argument("--details", action="store_true", help="结果里含每一问")
    run.set_defaults(run=_run)
    commands.add_parser("check", help="核对评测集").set_defaults(run=_check)
    speed = commands.add_parser("speed", help="一问用时与编码器单独用时之比")
    speed.add_argument("--set", dest="name", default="dev")
    speed.set_defaults(run=_speed)
    structure = commands.add_parser("structure", help="条款路径与文件信息的读取准确度 (tests/documents)")
    structure.add_argument("--set", dest="name", default="test", help="test(默认), dev, all, 或文件名")
    structure.add_argument("--details", action="store_true", help="列出每一处不同 (只用于 dev)")
    structure.set_defaults(run=_structure)
    curve = commands.add_parser("curve", help="把握阈值的取舍曲线")
    curve.add_argument("--set", dest="name", default="dev", help="评测集: dev(默认), test, 或 .jsonl 文件")
    curve.add_argument("--svg", type=Path, help="另存为图 (.svg)")
    curve.set_defaults(run=_curve)
    commands.add_parser("fit", help="用 dev 学习排序权重").set_defaults(run=_fit)
    stard = commands.add_parser("stard", help="外部数据集 STARD: 法律问答的条文召回率")
    stard.add_argument("folder", type=Path, help="含 corpus.jsonl, queries.jsonl, qrels.tsv, splits.json 的文件夹")
    stard.add_argument("--texts", type=Path, help="把每部法律写成文本文件, 供 index build 使用")
    stard.add_argument("--split", default="dev", choices=("train", "dev"))
    stard.add_argument("--questions", type=Path, help="改问这个文件里的问题, 例如 eval/laws/test.jsonl")
    stard.set_defaults(run=_stard)
    tune = commands.add_parser("tune", help="用 STARD 的 train 调整问题编码和初筛 (需 torch)")
    tune.add_argument("part", choices=("encoder", "sieve", "examples"))
    tune.add_argument("folder", type=Path)
    tune.add_argument("--hold-out", action="store_true", help="编码器不学留给初筛的问题")
    tune.set_defaults(run=_tune)
    return parser


def _run(args: argparse.Namespace) -> int:
    from eval.run import below_thresholds, run, table, write_json

    names = ["dev", "test"] if args.name == "all" else [args.name]
    scored, report = run(load_settings(), names)
    print(table(report))
    if args.json:
        write_json(args.json, report, scored if args.details else None)
    misses = below_thresholds(report)
    for miss in misses:
        print(f"未达标: {miss}", file=sys.stderr)
    return 1 if misses else 0


def _check(args: argparse.Namespace) -> int:
    from eval.golden import check_golden, golden_sets, load_golden
    from index.store import ClauseIndex

    index = ClauseIndex.open(load_settings())
    questions = [golden for name in golden_sets() for golden in load_golden(name)]
    problems = check_golden(questions, index)
    for problem in problems:
        print(problem)
    unanswerable = sum(not golden.answerable for golden in questions)
    print(f"{len(questions)} 问, 其中不可答 {unanswerable} 问, 错误 {len(problems)} 处")
    return 1 if problems else 0


def _speed(args: argparse.Namespace) -> int:
    from eval.speed import measure

    times = measure(load_settings(), args.name)
    print(
        f"一问 {times['chain_ms']:.1f} 毫秒, 编码器 {times['encoder_ms']:.1f} 毫秒, 比值 {times['ratio']:.2f} (中位数)"
    )
    return 0


def _structure(args: argparse.Namespace) -> int:
    from eval.structure import measure, table

    measured = measure(args.name)
    print(table(measured))
    if args.details:
        print("\n".join(measured.misses))
    return 0


def _curve(args: argparse.Namespace) -> int:
    from eval.curve import measure, table, write_plot

    settings = load_settings()
    ceilings = measure(settings, args.name)
    print(table(ceilings, settings.min_confidence))
    if args.svg:
        write_plot(args.svg, ceilings, settings.min_confidence, args.name)
    return 0


def _fit(args: argparse.Namespace) -> int:
    from eval.fit import fit
    from index.store import ClauseIndex

    fit(ClauseIndex.open(load_settings()))
    return 0


def _stard(args: argparse.Namespace) -> int:
    from eval.external.stard import Stard, measure_stard

    stard = Stard.load(args.folder)
    if args.texts:
        stard.write_texts(args.texts)
        print(f"已写出 {len(stard.laws)} 部法律: {args.texts}")
        return 0
    stard, split = (stard.ask(args.questions), "asked") if args.questions else (stard, args.split)
    for name, value in measure_stard(load_settings(), stard, split).items():
        print(f"{name:<12}{value:.3f}")
    return 0


def _tune(args: argparse.Namespace) -> int:
    from eval.external.stard import Stard
    from eval.tune import learn_encoder, learn_examples, learn_sieve

    settings, stard = load_settings(), Stard.load(args.folder)
    if args.part == "encoder":
        learn_encoder(settings, stard, all_questions=not args.hold_out)
    elif args.part == "sieve":
        learn_sieve(settings, stard)
    else:
        learn_examples(settings, stard)
    return 0


if __name__ == "__main__":
    sys.exit(main())
