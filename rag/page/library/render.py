"""The library's own HTML."""

from __future__ import annotations

from collections.abc import Sequence

from index.upkeep import SKIPPED, Outcome
from rag.page.library.catalog import Catalog
from rag.page.parts import render

_ADDED_SHOWN = 12  # files told of one by one; of more, those that were not taken


def render_added(text: str, outcomes: Sequence[Outcome]) -> str:
    """Return what became of the files that were sent."""
    shown = outcomes if len(outcomes) <= _ADDED_SHOWN else [o for o in outcomes if o.status == SKIPPED]
    if len(shown) < len(outcomes):
        text = f"{text} 共 {len(outcomes)} 件, 其中未能加入 {len(shown)} 件。"
    return render("library/added.html", text=text, outcomes=shown[: 5 * _ADDED_SHOWN])


def render_documents(catalog: Catalog) -> str:
    """Return the list of what is held."""
    return render("library/documents.html", catalog=catalog)
