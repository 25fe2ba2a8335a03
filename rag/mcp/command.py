"""python -m rag mcp: the tools over stdin and stdout, for an agent that starts them as a program of its own."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Any


def add_command(commands: Any) -> None:
    """Add the command to those of `python -m rag`."""
    command = commands.add_parser("mcp", help="以 MCP 工具供智能体调用 (经标准输入输出)")
    command.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    from index.settings import load_settings
    from rag.api.answering import Answering
    from rag.mcp.late import LateLibrary
    from rag.mcp.server import build_server
    from rag.page.desk import Desk
    from rag.records.records import Records

    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)  # stdout is the protocol's
    settings = load_settings()
    desk = Desk(LateLibrary(settings), settings, Records.open(settings.records_dir))
    build_server(desk, Answering(desk)).run("stdio")
    return 0
