"""What every tab is made of: Gradio imported quietly, HTML of our own, templates in which all values are text.

Gradio has templates of its own in the browser, but they put the rendered text into a JavaScript template
literal: a clause that holds `${...}` would run, and one that holds a backslash would change. So Jinja escapes
here and Gradio's template is the bare `${value}`, which it reads as a variable and not as code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.page.words.say import english, say

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE = Path(__file__).parent

# An event that is over at once: it does not wait behind questions, and is no API.
QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def import_gradio() -> Any:
    """Import Gradio, which takes seconds and calls home unless told not to beforehand."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio

    return gradio


def html(value: str, js: str | None = None, functions: Sequence[Callable[..., Any]] = (), **options: Any) -> Any:
    """Return a part of our own HTML; `js` runs when it is loaded, and may call the `functions` of the server."""
    return import_gradio().HTML(
        value,
        html_template="${value}",
        js_on_load=js,
        apply_default_css=False,
        server_functions=list(functions) or None,
        **options,
    )


def render(name: str, language: str = "zh", **values: object) -> str:
    """Return a template (`ask/notice.html`) filled in; every value in it is text and never markup."""
    return _templates().get_template(name).render(_=partial(say, language), language=language, **values)


def label(text: str) -> Any:
    """Return a component's words, told in the browser's language."""
    return _translations()(text)


def translations() -> Any:
    """Return what Gradio's components are told in: the languages of `words`."""
    return _translations()


@cache
def _translations() -> Any:
    chinese = {text: text for text in english()}
    return import_gradio().I18n(**{"zh-CN": chinese, "zh": chinese, "zh-TW": chinese, "en": english()})


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
