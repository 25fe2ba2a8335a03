"""The reader: one dialog for the whole page, filled with a document at the clause that is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from index.find import outline_of
from rag.page.desk import Desk
from rag.page.parts import html, render
from rag.page.reader.about import about
from rag.page.reader.table import is_table
from rag.page.reader.target import Missing, find_target
from rag.page.reader.text import FullText
from rag.page.visitor import Visitor, with_visitor

if TYPE_CHECKING:
    from index.store import ClauseIndex

_log = logging.getLogger(__name__)
_START = "window.clausePage && window.clausePage.reader && window.clausePage.reader.start(element, server);"
_UNFOLDED = 150  # clauses up to which the tree shows two levels at first; drawing thousands of lines takes its time
_LONGEST_NAME = 300  # characters of an ID or a label; a longer one names nothing


def build(gr: Any, desk: Desk) -> Any:
    """Make the dialog; anything with `data-read` on the page opens it, and so does `?clause=`."""
    return html(render("reader/shell.html"), js=_START, functions=[with_visitor(_read(desk))], elem_id="part-reader")


def read(index: ClauseIndex | None, name: str, quote: str = "", language: str = "zh") -> dict[str, str]:
    """Return what the dialog shows for a name: `html`, and the IDs of the document and the place in it."""
    target = find_target(index, name) if index else Missing(name)
    if index is None or isinstance(target, Missing):
        return {"html": render("reader/missing.html", language, missing=target), "document": "", "id": ""}
    text = FullText(index, target.doc, target.clause, quote)
    tree = [node for node in outline_of(index, target.doc).root.children if node.clause]
    shown = {"tree": tree, "unfolded": len(text.clauses) <= _UNFOLDED, "is_table": is_table}
    values = {"about": about(index, target.doc), "text": text, "target": target, **shown}
    filled = render("reader/document.html", language, **values)
    return {"html": filled, "document": target.doc.doc_id, "id": target.id}


def _read(desk: Desk) -> Callable[..., dict[str, str]]:
    def read_document(asked: Any, visitor: Visitor) -> dict[str, str]:
        wanted = asked if isinstance(asked, Mapping) else {}
        name, quote = str(wanted.get("id") or "")[:_LONGEST_NAME], str(wanted.get("quote") or "")
        try:
            desk.library.refresh()
            return read(desk.library.index, name, quote, visitor.language)
        except Exception:  # the dialog must say so whatever went wrong behind it
            _log.exception("reading %r failed", name)
            return {"error": visitor.say("文件暂时打不开。请稍后再试;若仍打不开,请联系管理员查看日志。")}

    return read_document
