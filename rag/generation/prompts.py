"""Prompts are prose in prompts/, with holes `${name}` that are checked when they are filled."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent.parent.parent / "prompts"


def fill(name: str, **values: str) -> str:
    """Return a prompt with its holes filled; ValueError for a hole not filled or a value not used."""
    template = _template(name)
    holes = set(template.get_identifiers())
    if holes != set(values):
        raise ValueError(f"prompts/{name}.md has holes {sorted(holes)}, given {sorted(values)}")
    return template.substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.md").read_text("utf-8"))
