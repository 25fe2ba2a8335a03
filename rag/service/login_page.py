"""The log-in page as HTML; every value in it is text."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.page.words.say import say

if TYPE_CHECKING:
    from jinja2 import Template

# The page needs nothing but its own style sheet and its own form.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render_login(
    language: str,
    *,
    back: str,
    said: str = "",
    error: str = "",
    name: str = "",
    minutes: int = 0,
    again: bool = False,
) -> str:
    """Return the page: with what was said or went wrong, the name typed before, and `back`, where a log-in leads."""
    return _template().render(
        _=partial(say, language), language=language, back=back, said=said, error=error, name=name, minutes=minutes,
        again=again,
    )  # fmt: skip


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent)
    loaded: Template = Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("login.html")
    return loaded
