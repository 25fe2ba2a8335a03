"""The line above the conversation that takes it away; the buttons under each answer work by its ID too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.page.desk import Desk
from rag.page.parts import QUIET, html, render
from rag.page.visitor import Visitor, with_visitor


def build(gr: Any, desk: Desk, conversation: Any, listed: Any) -> None:
    """Make the part; it follows the state that holds the ID of the open conversation. Nothing where none are kept."""
    if desk.records is None:
        return
    bar = html(_bar("", Visitor()), elem_id="takeaway")
    # Gradio tells of a state's change only where an event of its queue made it; what else opens or closes a conversation
    # draws the list anew.
    gr.on([conversation.change, listed.change], with_visitor(_show()), [conversation], [bar], **QUIET)


def _show() -> Callable[..., str]:
    def show(visitor: Visitor, conversation: str) -> str:
        return _bar(conversation, visitor)

    return show


def _bar(conversation: str, visitor: Visitor) -> str:
    return render("takeaway/bar.html", visitor.language, conversation=conversation)
