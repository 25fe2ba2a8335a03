"""python -m eval COMMAND: each command is a file of `eval/commands/`."""

from __future__ import annotations

import sys

from eval.registry import register_all
from index.command import Parser, run_command, use_utf8


def main(argv: list[str] | None = None) -> int:
    """Run one command; 1 if what it measures is not good enough, 2 and one line on stderr when the user can mend it."""
    use_utf8()
    parser = Parser(prog="python -m eval", description="引用准确度评测")
    register_all(parser)
    args = parser.parse_args(argv)
    return run_command(lambda: int(args.run(args) or 0))


if __name__ == "__main__":
    sys.exit(main())
