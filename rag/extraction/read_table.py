"""A comparison as a Markdown table: a row a statement, its side, and what the clause says with the marks of its citations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.types import Statement

_HEAD = "| 比较对象 | 条款写的是 |\n| --- | --- |"


def as_table(statements: Sequence[Statement], sides: Collection[str]) -> str:
    """Return the table of statements that begin with `side: `; empty where fewer than two sides have one."""
    rows = [(side, statement) for statement in statements if (side := _side_of(statement, sides))]
    if len(rows) < len(statements) or len({side for side, _ in rows}) < 2:
        return ""
    return "\n".join([_HEAD, *(_row(side, statement) for side, statement in rows)])


def _side_of(statement: Statement, sides: Collection[str]) -> str:
    return next((side for side in sides if statement.text.startswith(f"{side}: ")), "")


def _row(side: str, statement: Statement) -> str:
    said = statement.text.removeprefix(f"{side}: ")
    marks = "".join(f"〔{n}〕" for n in statement.citations)
    return f"| {_cell(side)} | {_cell(said)}{marks} |"


def _cell(text: str) -> str:
    """Return text that stays in its cell: no line break, no bar."""
    return " ".join(text.replace("|", "｜").split())
