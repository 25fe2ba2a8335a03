"""The tab 评测, read anew each time it is opened."""

from __future__ import annotations

from typing import Any

from rag.page.desk import Desk
from rag.page.measured.evaluation import render_evaluation
from rag.page.parts import QUIET, html
from rag.page.visitor import Visitor, with_visitor


def build(gr: Any, desk: Desk, tab: Any) -> None:
    """Make the tab's parts and wire them."""
    scores = html("")

    def show(visitor: Visitor) -> str:
        return render_evaluation(desk.evaluation, visitor.language)

    tab.select(with_visitor(show), None, [scores], **QUIET)
