"""The tab 审计, an administrator's alone: who asked what, and what it was answered from; what users say is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.access.roles import require_admin
from rag.page.audit.view import Asked, render_audit, render_complaint, render_entry, render_feedback, render_replay
from rag.page.desk import Desk
from rag.page.parts import QUIET, html
from rag.page.visitor import Visitor, with_visitor
from rag.records.audit import Entry
from rag.records.records import Records

if TYPE_CHECKING:
    from gradio import EventData

_LISTEN = "window.clauseAudit.listen(element, trigger, watch, server);"
_NOT_KEPT = "这里没有保存记录。"
_NO_ENTRY = "没有这条记录: 可能已被清理。"


def build(gr: Any, desk: Desk, tab: Any, page: Any) -> None:
    """Make the tab's parts and wire them; only who may see the tab is shown it."""
    shown = html("", js=_LISTEN, functions=[with_visitor(_entry(desk)), with_visitor(_replay(desk))], elem_id="audit")
    shown.submit(with_visitor(_show(desk)), None, [shown], **QUIET)
    tab.select(with_visitor(_open(desk)), None, [shown], **QUIET)
    page.load(with_visitor(_offer(gr, desk)), None, [tab], **QUIET)


def _offer(gr: Any, desk: Desk) -> Callable[..., Any]:
    def offer(visitor: Visitor) -> Any:
        return gr.update(visible=visitor.is_admin and desk.records is not None)

    return offer


def _open(desk: Desk) -> Callable[..., str]:
    def open_tab(visitor: Visitor) -> str:
        return _told(desk, visitor, lambda records: render_audit(visitor, records, Asked()))

    return open_tab


def _show(desk: Desk) -> Callable[..., str]:
    """Return the event that shows what was asked for, or the feedback, of which a report may be deleted before."""

    def show(visitor: Visitor, event: EventData) -> str:
        told = event._data or {}

        def shown(records: Records) -> str:
            if told.get("view") != "feedback":
                return render_audit(visitor, records, Asked.read(told))
            if str(told.get("delete") or "").isdigit():
                records.feedback.delete(int(told["delete"]))
            return render_feedback(visitor, records, desk.library.index)

        return _told(desk, visitor, shown)

    return show


def _entry(desk: Desk) -> Callable[..., str]:
    """Return the function of the server that gives an entry in full."""

    def entry(number: int, visitor: Visitor) -> str:
        def shown(records: Records) -> str:
            return render_entry(visitor, _found(records, number), desk.library.index)

        return _told(desk, visitor, shown)

    return entry


def _replay(desk: Desk) -> Callable[..., str]:
    """Return the function of the server that gets the answer of an entry again and tells how the two compare."""

    def replay(number: int, visitor: Visitor) -> str:
        from rag.operate.replay import replay as ask_again

        def shown(records: Records) -> str:
            library, entry = desk.library, _found(records, number)
            library.refresh()
            if library.index is None:
                raise UserError("这里没有索引, 不能重放。")
            return render_replay(visitor, ask_again(entry, library.chain, library.index, desk.settings))

        return _told(desk, visitor, shown)

    return replay


def _found(records: Records, number: int) -> Entry:
    found = records.audit.get(int(number))
    if found is None:
        raise UserError(_NO_ENTRY)
    return found


def _told(desk: Desk, visitor: Visitor, shown: Callable[[Records], str]) -> str:
    """Return what is shown to an administrator; to others, or where the records cannot be used, why not."""
    try:
        require_admin(visitor)
        if desk.records is None:
            raise UserError(_NOT_KEPT)
        return shown(desk.records)
    except UserError as exc:
        return render_complaint(visitor, visitor.say(str(exc)))
