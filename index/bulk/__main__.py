"""python -m index.bulk [--workers N] PATH ...: the vectors of many files by many machines; `python -m index build` comes after."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from index.command import Parser, run_command, use_utf8
from index.settings import load_settings


def main(argv: list[str] | None = None) -> int:
    """Embed what a build of the files would; 1 if some could not be read, 2 and one line on stderr when the user can mend it."""
    use_utf8()
    parser = Parser(
        prog="python -m index.bulk", description="用 Ray 在多台机器上算向量, 存入索引文件夹, 供随后的 index build 使用"
    )
    parser.add_argument("paths", nargs="+", type=Path, help="文件或文件夹; 各台机器上路径相同 (共享磁盘)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="一共用几个进程 (默认: 本机核数)")
    args = parser.parse_args(argv)
    return run_command(lambda: _bulk(args))


def _bulk(args: argparse.Namespace) -> int:
    from index.bulk.machines import embed_files

    done = embed_files(load_settings(), args.paths, max(args.workers, 1))
    for name, reason in done.failures:
        print(f"跳过 {name}: {reason}")
    print(f"{done.files} 份文件, {done.texts:,} 段文字, 新算 {done.embedded:,} 段。请接着运行 python -m index build。")
    return 1 if done.failures else 0


if __name__ == "__main__":
    sys.exit(main())
