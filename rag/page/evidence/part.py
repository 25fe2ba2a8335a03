"""The evidence column as a part of the page: what it shows first, and what a click in it asks of the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from index.errors import UserError
from rag.page.desk import Desk
from rag.page.evidence.beside import render_beside, step_from
from rag.page.evidence.cards import render_evidence
from rag.page.evidence.report import keep_report, read_report
from rag.page.parts import html
from rag.page.visitor import Visitor, with_visitor

_log = logging.getLogger(__name__)
_START = (
    "window.clausePage?.evidence?.start(element, server);"
    # The newest turn stands on top: show it when its question has just been sent.
    "watch('value', () => window.clausePage?.newTurn(element));"
)


def build(gr: Any, desk: Desk) -> Any:
    """Make the column, empty at first; return the component, whose value is `render_evidence`'s."""
    functions = [with_visitor(_beside(desk)), with_visitor(_report(desk))]
    value = render_evidence((), desk.library.catalog, can_report=desk.records is not None)
    return html(value, js=_START, functions=functions)


def _beside(desk: Desk) -> Callable[..., dict[str, str]]:
    def show_beside(asked: Any, visitor: Visitor) -> dict[str, str]:
        """Return the neighbour of a clause as a card's face, or why there is none."""
        wanted = asked if isinstance(asked, Mapping) else {}
        by = -1 if wanted.get("by") == -1 else 1
        index = desk.library.index
        place = step_from(index, str(wanted.get("id") or ""), by) if index else None
        if index is None or place is None:
            return {"said": visitor.say("前面没有条款了。" if by < 0 else "后面没有条款了。")}
        face = render_beside(index, place, visitor.language)
        said = visitor.say("相邻条款 {place}", place=place.clause.path_text)
        return {"html": face, "id": place.clause.clause_id, "said": said}

    return show_beside


def _report(desk: Desk) -> Callable[..., dict[str, Any]]:
    def send_report(sent: Any, visitor: Visitor) -> dict[str, Any]:
        """Keep what is wrong with a citation; return a line of thanks, or what to mend."""
        try:
            keep_report(desk.records, desk.library.index, visitor.name, read_report(sent))
        except UserError as exc:
            return {"done": False, "said": visitor.say(str(exc))}
        except Exception:  # the form must say so whatever went wrong behind it
            _log.exception("a report was not kept")
            return {"done": False, "said": visitor.say("未能保存,请稍后再试;所填内容仍在。")}
        return {"done": True, "said": visitor.say("已记录,谢谢。管理员会核对这条引用。")}

    return send_report
