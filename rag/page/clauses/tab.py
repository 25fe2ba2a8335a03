"""The tab 条款检索: clauses found by words, figures, departments and filters, without an answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from index.errors import UserError
from rag.clauses.address import FIELD_NAMES, ROLE_NAMES, SORT_NAMES, from_parameters
from rag.clauses.find import find_clauses, settled
from rag.clauses.table import table_of
from rag.clauses.types import RELEVANCE, Choice, ClauseQuery
from rag.page.clauses.view import render_complaint, render_found
from rag.page.desk import Desk
from rag.page.parts import QUIET, html, label, render
from rag.page.visitor import Visitor, with_visitor

if TYPE_CHECKING:
    from gradio import EventData

    from index.store import ClauseIndex

_AT_START = 200_000  # clauses; of more the table takes a core for ten seconds and more, and waits for the first search
_log = logging.getLogger(__name__)
_FIRST = ("places", "years", "departments")
_MORE = ("kinds", "validity", "issuers", "documents", "units")  # folded away while none of them is set
_SHOWN = (*_FIRST, *_MORE)
_MOST_CHOICES = 300  # that a list is given: of thousands of documents those with the most hits
_LONGEST = 200  # characters of the search line
_BROKEN = "系统出错,未能检索。请稍后再试;若仍出错,请联系管理员查看日志。"
_NOTHING_HELD = "这里没有可检索的条款。"
# Links lead to other searches by their address; the first is that of the page itself.
_FOLLOW = """
const go = (address) => trigger("submit", { address });
element.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-search]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  window.clauseSearch.asked();
  go(link.getAttribute("href"));
});
watch("value", () => window.clauseSearch.shown(element));
go(window.clauseSearch.address());
"""


def build(gr: Any, desk: Desk) -> None:
    """Make the tab's parts and wire them; the table that is searched is laid out meanwhile, unless it takes long."""
    if desk.library.index is not None:
        threading.Thread(target=_prepare, args=(desk.library.index,), name="clause table", daemon=True).start()
    with gr.Row(elem_id="clauses", equal_height=False):
        with gr.Column(elem_id="clauses-side", scale=0, min_width=0):
            fields = {name: _dropdown(gr, name) for name in _FIRST}
            role = _role(gr)
            figure = gr.Textbox(label=label("数字范围"), placeholder="200-500元", max_lines=1, elem_id="clauses-figure")
            with gr.Accordion(label("更多条件"), open=False, elem_id="clauses-more") as more:
                fields |= {name: _dropdown(gr, name) for name in _MORE}
        with gr.Column(elem_id="clauses-main", scale=1, min_width=0):
            words, find, sort = _line(gr)
            hint = html(render("clauses/hint.html"), elem_id="clauses-hint")
            found = html("", js=_FOLLOW, elem_id="clauses-found")
    inputs = [words, figure, sort, role, *fields.values()]
    outputs = [found, hint, more, *inputs]
    quick: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
    typed = [
        words.submit,
        find.click,
        figure.submit,
        sort.input,
        role.input,
        *(field.input for field in fields.values()),
    ]
    gr.on(typed, with_visitor(_search(gr, desk)), inputs, outputs, **quick)
    found.submit(with_visitor(_follow(gr, desk)), None, outputs, **quick)


def _prepare(index: ClauseIndex) -> None:
    """Lay out the table before the first search; what cannot be read is told when it is searched."""
    try:
        if len(index.searchable_rows) < _AT_START:
            table_of(index)
    except Exception:
        _log.exception("the table of clauses cannot be laid out")


def _line(gr: Any) -> tuple[Any, Any, Any]:
    """The line that one types in, its button, and the order of the results."""
    with gr.Row(elem_id="clauses-line"):
        words = gr.Textbox(
            label=label("检索词"),
            placeholder=label("输入词语、部门或数字, 按回车检索"),
            show_label=False,
            container=False,
            max_lines=1,
            max_length=_LONGEST,
            elem_id="clauses-words",
            scale=1,
        )
        find = gr.Button(label("检索"), elem_id="clauses-find", variant="primary", size="sm", min_width=72, scale=0)
        sort = gr.Dropdown(
            [(name, value) for value, name in SORT_NAMES.items()],
            value=RELEVANCE,
            label=label("排序"),
            show_label=False,
            container=False,
            filterable=False,
            elem_id="clauses-sort",
            min_width=150,
            scale=0,
        )
        gr.Button(label("筛选"), elem_id="clauses-fold", size="sm", min_width=64, scale=0)  # on a phone
    return words, find, sort


def _dropdown(gr: Any, name: str) -> Any:
    hint = label("各地合为一项, 用“地区”分开") if name == "departments" else None
    options: dict[str, Any] = {"label": label(FIELD_NAMES[name]), "info": hint, "elem_id": f"clauses-{name}"}
    return gr.Dropdown([], value=[], multiselect=True, **options)


def _role(gr: Any) -> Any:
    """The choice of what the departments above have to do with a clause."""
    choices = [(name, value) for value, name in ROLE_NAMES.items()]
    hint = label("牵头、参与以文件写明的为准")
    return gr.Radio(choices, value="", label=label(FIELD_NAMES["role"]), info=hint, elem_id="clauses-role")


def _search(gr: Any, desk: Desk) -> Callable[..., Any]:
    """Return the event that searches for what the fields say."""

    def search(visitor: Visitor, words: str, figure: str, sort: str, role: str, *values: list[str]) -> tuple[Any, ...]:
        chosen: dict[str, Any] = {name: tuple(value or ()) for name, value in zip(_SHOWN, values, strict=True)}
        chosen |= {"figure": (figure or "").strip(), "role": role or "", "sort": sort or RELEVANCE}
        query = ClauseQuery((words or "")[:_LONGEST], **chosen)
        return _show(gr, desk, query, visitor)

    return search


def _follow(gr: Any, desk: Desk) -> Callable[..., Any]:
    """Return the event that searches for what an address says, and puts that into the fields."""

    def follow(visitor: Visitor, event: EventData) -> tuple[Any, ...]:
        address = str((event._data or {}).get("address") or "")[:8000]
        return _show(gr, desk, from_parameters(parse_qsl(address.removeprefix("?"))), visitor)

    return follow


def _show(gr: Any, desk: Desk, query: ClauseQuery, visitor: Visitor) -> tuple[Any, ...]:
    """Return the values of the results and of all fields; of the results alone where there can be none."""
    desk.library.refresh()
    index = desk.library.index
    kept = [gr.skip()] * (6 + len(_SHOWN))
    if index is None:
        return render_complaint(visitor.say(_NOTHING_HELD), visitor.language), *kept
    try:
        query = settled(index, query)
        found = find_clauses(index, query)
        shown = render_found(found, query, index, visitor.language)
    except UserError as exc:
        return render_complaint(str(exc), visitor.language), *kept
    except Exception:  # the page must say so whatever went wrong behind it
        _log.exception("the clause search failed")
        return render_complaint(visitor.say(_BROKEN), visitor.language), *kept
    sorts = [(visitor.say(name), value) for value, name in SORT_NAMES.items()]
    fields = [_choices(gr, query, name, found.facets[name]) for name in _SHOWN]
    hint = render("clauses/hint.html", visitor.language)
    more = gr.update(open=True) if set(query.active).intersection(_MORE) else gr.skip()
    line = (query.words, query.figure, gr.update(choices=sorts, value=query.sort))
    return shown, hint, more, *line, _roles(gr, query, found.facets["role"], visitor), *fields


def _roles(gr: Any, query: ClauseQuery, choices: tuple[Choice, ...], visitor: Visitor) -> Any:
    told = [(f"{visitor.say(ROLE_NAMES[each.value])} ({each.count})", each.value) for each in choices]
    return gr.update(choices=told, value=query.role)


def _choices(gr: Any, query: ClauseQuery, name: str, choices: tuple[Choice, ...]) -> Any:
    """Return a filter's choices with their counts; what is chosen stays among them though no clause has it."""
    chosen: tuple[str, ...] = getattr(query, name)
    known = {choice.value for choice in choices}
    most = {choice.value for choice in sorted(choices, key=lambda choice: -choice.count)[:_MOST_CHOICES]}
    listed = [choice for choice in choices if choice.value in most or choice.value in chosen]
    listed += [Choice(value, value, 0) for value in chosen if value not in known]
    return gr.update(choices=[(f"{each.label} ({each.count})", each.value) for each in listed], value=list(chosen))
