"""The pages of the log-in as HTML: no script, nothing of Gradio's, and every value in them is text."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.page.words.say import language_of, say
from rag.service.guard import NO_STORE

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

# A page needs nothing but its own style sheet and its own form.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NOTHING = {"back": "/", "said": "", "error": "", "name": "", "minutes": 0, "again": False}


def show_page(request: Request, template: str, status: int = 200, **shown: object) -> Response:
    """Return a page in the browser's language: `error` or what was `said`, the `name`, and `back`, where it leads to."""
    from starlette.responses import HTMLResponse

    language = language_of(request.headers.get("accept-language", ""))
    values = {**_NOTHING, **shown, "language": language, "_": partial(say, language)}
    headers = {**NO_STORE, "Content-Security-Policy": _POLICY, "Vary": "Accept-Language"}
    return HTMLResponse(_templates().get_template(template).render(values), status, headers=headers)


def lead_to(path: str) -> Response:
    """Return the way to a page of ours, to be fetched anew."""
    from starlette.responses import RedirectResponse

    return RedirectResponse(path, status_code=303, headers=NO_STORE)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
