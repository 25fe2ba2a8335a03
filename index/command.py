"""What the three command lines share: UTF-8, one clear line and status 2 for what the user can mend."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from typing import NoReturn

from index.errors import UserError


class Parser(argparse.ArgumentParser):
    """Says in one Chinese line what argparse says in several."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"错误: 参数有误 ({message})。用法见 {self.prog} --help\n")


def use_utf8() -> None:
    """Write UTF-8 whatever the locale; what cannot be written is replaced."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def run_command(work: Callable[[], int]) -> int:
    """Return the status of a command; 2 and one line on stderr when the user can mend what went wrong."""
    try:
        return work()
    except UserError as exc:
        print(f"错误: {exc}", file=sys.stderr)
    except sqlite3.DatabaseError:
        print("错误: 索引的条款库已损坏。请运行 python -m index build 重建。", file=sys.stderr)
    except BrokenPipeError:  # the reader had enough: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 2
