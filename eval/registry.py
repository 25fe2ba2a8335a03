"""Finds the commands: a new one is a file in `commands/` with a function `register`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from typing import TypeAlias

from eval import commands
from index.command import Parser

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def register_all(parser: Parser) -> None:
    """Give a parser every command, in the order of their names."""
    added = parser.add_subparsers(required=True, metavar="命令")
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}").register(added)
