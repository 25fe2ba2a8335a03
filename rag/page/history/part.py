"""The visitor's conversations in the left column: found, opened, renamed, deleted; and the button that begins another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.page.ask.session import Turns
from rag.page.desk import Desk
from rag.page.history.keeping import restore_turns
from rag.page.history.view import render_list
from rag.page.parts import QUIET, html, label, render
from rag.page.visitor import Visitor, with_visitor

if TYPE_CHECKING:
    from gradio import EventData

Show = Callable[[Turns, Visitor], Sequence[Any]]  # the values of all that shows a conversation

_STEP = 50  # conversations listed at a time
_LONGEST = 100  # characters sought
_NO_INDEX = "现在没有可用的索引, 不能显示对话。"
_LISTEN = "window.clauseHistory.listen(element, trigger, watch);"


@dataclass(frozen=True)
class HistoryPart:
    """The part: the state that holds the ID of the open conversation (none: empty), the list, and 新对话."""

    conversation: Any
    head: Any
    list: Any
    words: Any
    shown: Any
    clear: Any


def build(gr: Any, desk: Desk) -> HistoryPart:
    """Make the part; `wire` joins it to the conversation that it opens."""
    keeps = desk.records is not None
    conversation, shown = gr.State(""), gr.State(_STEP)
    with gr.Column(elem_id="history", scale=0, min_width=0, elem_classes=[] if keeps else ["is-off"]):
        with gr.Row(elem_id="history-head"):
            head = html(head_of(desk, Visitor()), elem_id="history-title")
            clear = gr.Button(label("新对话"), elem_id="clear", size="sm", min_width=64, scale=0)
        words = gr.Textbox(
            label=label("查找对话"),
            placeholder=label("查找对话"),
            show_label=False,
            container=False,
            max_lines=1,
            max_length=_LONGEST,
            elem_id="history-words",
            visible=keeps,
        )
        listed = html("", js=_LISTEN, elem_id="history-list", visible=keeps)
    return HistoryPart(conversation, head, listed, words, shown, clear)


def wire(desk: Desk, part: HistoryPart, show: Show, outputs: Sequence[Any], cancels: Sequence[Any]) -> None:
    """Join the part to `outputs`, which `show` has values for; `cancels` is what another conversation must not run into."""
    if desk.records is None:
        return
    quick: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
    told = [part.conversation, part.words, part.shown]
    # Not `input`: Gradio tells of none when the box is emptied.
    part.words.change(with_visitor(_search(desk)), told[:2], [part.list, part.shown], **quick)
    part.list.submit(
        with_visitor(_act(desk, show)), told, [part.list, part.conversation, part.shown, *outputs], **QUIET
    )
    part.list.select(
        with_visitor(_open(desk, show)), told, [part.list, part.conversation, *outputs], cancels=list(cancels), **QUIET
    )


def head_of(desk: Desk, visitor: Visitor) -> str:
    """Return the heading; on a phone it folds the list."""
    return render("history/head.html", visitor.language, keeps=desk.records is not None)


def list_of(
    desk: Desk, visitor: Visitor, current: str, words: str = "", shown: int = _STEP, complaint: str = ""
) -> str:
    """Return the list of a visitor's conversations; what is wrong with the records stands in it."""
    if desk.records is None:
        return ""
    sought = (words or "")[:_LONGEST]
    try:
        found = desk.records.conversations.list(visitor.name, sought, limit=shown + 1)
    except UserError as exc:
        found, complaint = (), str(exc)
    more = len(found) > shown
    return render_list(visitor, found[:shown], current=current, words=sought, more=more, complaint=complaint)


def _search(desk: Desk) -> Callable[..., Any]:
    def search(visitor: Visitor, conversation: str, words: str) -> tuple[Any, ...]:
        return list_of(desk, visitor, conversation, words), _STEP

    return search


def _act(desk: Desk, show: Show) -> Callable[..., Any]:
    """Return the event that renames or deletes a conversation, or lists more of them."""

    def act(visitor: Visitor, event: EventData, conversation: str, words: str, shown: int) -> tuple[Any, ...]:
        told = event._data or {}
        do, id, complaint = told.get("do"), str(told.get("id") or ""), ""
        try:
            _carry_out(desk, visitor, do, id, str(told.get("title") or ""))
        except UserError as exc:
            complaint = str(exc)
        is_gone = do == "delete" and id == conversation and not complaint
        current, values = ("", show((), visitor)) if is_gone else (conversation, _untouched(show))
        shown += _STEP if do == "more" else 0
        return list_of(desk, visitor, current, words, shown, complaint), current, shown, *values

    return act


def _carry_out(desk: Desk, visitor: Visitor, do: Any, id: str, title: str) -> None:
    assert desk.records is not None
    if do == "rename":
        desk.records.conversations.rename(id, visitor.name, title)
    elif do == "delete":
        desk.records.conversations.delete(id, visitor.name)


def _open(desk: Desk, show: Show) -> Callable[..., Any]:
    """Return the event that shows a conversation of the visitor's own, to be gone on with."""

    def open_conversation(
        visitor: Visitor, event: EventData, conversation: str, words: str, shown: int
    ) -> tuple[Any, ...]:
        id = str((event._data or {}).get("id") or "")
        try:
            turns = _turns(desk, visitor, id)
        except UserError as exc:
            complaint = str(exc)
            return list_of(desk, visitor, conversation, words, shown, complaint), conversation, *_untouched(show)
        return list_of(desk, visitor, id, words, shown), id, *show(turns, visitor)

    return open_conversation


def _turns(desk: Desk, visitor: Visitor, id: str) -> Turns:
    assert desk.records is not None
    if desk.library.index is None:
        raise UserError(_NO_INDEX)
    return restore_turns(desk.records.conversations.get(id, visitor.name), desk.library.index)


def _untouched(show: Show) -> list[Any]:
    from rag.page.parts import import_gradio

    return [import_gradio().skip()] * len(show((), Visitor()))
