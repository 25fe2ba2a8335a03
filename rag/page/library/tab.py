"""The tab 文件库: the table of what is held, and the panel in which an administrator changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.page.desk import Desk
from rag.page.library.holdings import View, holdings_of
from rag.page.library.joining import Joining, Shown, Work
from rag.page.library.render import render_table
from rag.page.library.staging import KEPT, MEGABYTE, sweep
from rag.page.parts import QUIET, html, label
from rag.page.visitor import Visitor, with_visitor

if TYPE_CHECKING:
    from gradio import EventData

_FILTERS = (
    ("places", "地区"), ("years", "年份"), ("issuers", "发文机关"), ("kinds", "类型"), ("standings", "效力"),
)  # fmt: skip
_LONGEST = 200  # characters of the search box
_AT_ONCE = 8  # visitors who change things; the index has them one after another
_TABLE = "window.clauseLibrary.table(element, trigger, watch);"
_PANEL = "window.clauseLibrary.panel(element, trigger, watch);"


def build(gr: Any, desk: Desk) -> Any:
    """Make the tab's parts and wire them; return the state whose change says that other documents are held."""
    joining = Joining(desk)
    sweep(desk.settings)
    changed, view = gr.State(0), gr.State(View())
    work = gr.State(Work(), time_to_live=KEPT, delete_callback=_forget)
    with gr.Column(elem_id="library", min_width=0):
        words, filters, adding, upload = _bar(gr)
        panel = html("", js=_PANEL, elem_id="library-panel")
        with gr.Column(elem_id="library-chooser", visible=False, min_width=0) as chooser:
            chosen = gr.UploadButton(
                label("选择新文件"), file_count="single", elem_id="library-new", size="sm", variant="primary"
            )
        table = html("", js=_TABLE, elem_id="library-table")
    fields = [words, *filters]
    show = with_visitor(_show(gr, desk, joining))
    gr.on([field.input for field in fields], show, [*fields, view], [table, view], trigger_mode="always_last", **QUIET)
    changed.change(with_visitor(_open(gr, desk, joining)), [view], [table, adding, *filters], **QUIET)
    table.submit(
        with_visitor(_act(gr, desk, joining)),
        [view, work],
        [table, view, adding, panel, work, chooser, *fields],
        **QUIET,
    )
    slow = {"concurrency_limit": _AT_ONCE, "show_progress": "hidden", "api_visibility": "private"}
    after = [panel, work, chooser, upload, chosen, changed]
    for button, replaces in ((upload, False), (chosen, True)):
        button.upload(with_visitor(_send(gr, joining, replaces)), [button, work, changed], after, **slow)
    panel.submit(with_visitor(_do(gr, joining)), [work, changed], after, **slow)
    return changed


def _bar(gr: Any) -> tuple[Any, list[Any], Any, Any]:
    """The search box and the filters, and the button that takes files."""
    with gr.Row(elem_id="library-bar"):
        words = gr.Textbox(
            label=label("检索"),
            placeholder=label("标题、文号、发文机关"),
            max_lines=1,
            max_length=_LONGEST,
            elem_id="library-words",
            min_width=0,
        )
        filters = [
            gr.Dropdown([], value=[], multiselect=True, label=label(name), elem_id=f"library-{key}", min_width=0)
            for key, name in _FILTERS
        ]
        with gr.Column(elem_id="adding", scale=0, min_width=0, visible=False) as adding:
            upload = gr.UploadButton(
                label("加入文件"), file_count="multiple", elem_id="upload", size="sm", variant="primary"
            )
    return words, filters, adding, upload


def _show(gr: Any, desk: Desk, joining: Joining) -> Callable[..., Any]:
    """Return the event that shows what the fields ask for."""

    def show(visitor: Visitor, words: str | None, *values: Any) -> tuple[Any, ...]:
        *chosen, before = values
        asked = {key: tuple(map(str, value or ())) for (key, _), value in zip(_FILTERS, chosen, strict=True)}
        view = replace(before, words=(words or "")[:_LONGEST], page=1, **asked)
        return _table(desk, joining, visitor, view), view

    return show


def _open(gr: Any, desk: Desk, joining: Joining) -> Callable[..., Any]:
    """Return the event that shows what is held now, with the choices of the filters."""

    def open_(visitor: Visitor, view: View) -> tuple[Any, ...]:
        may_change = gr.update(visible=joining.may_change(visitor))
        return _table(desk, joining, visitor, view), may_change, *_choices(gr, desk)

    return open_


def _act(gr: Any, desk: Desk, joining: Joining) -> Callable[..., Any]:
    """Return the event of the table's own buttons: its order, its pages, and what is to be done to a row."""

    def act(visitor: Visitor, event: EventData, view: View, work: Work) -> tuple[Any, ...]:
        wish = _wish(event)
        deed = wish.get("do")
        if deed in ("replace", "remove"):
            *_, shown = joining.do(visitor, work, wish)
            return gr.skip(), view, gr.skip(), *_panel(gr, shown), *[gr.skip()] * (1 + len(_FILTERS))
        rest: list[Any] = [gr.skip()] * (1 + len(_FILTERS))
        if deed == "sort":
            view = view.sorted_by(str(wish.get("column")))
        elif deed == "page":
            view = replace(view, page=_number(wish.get("page")))
        elif deed == "clear":
            view = View(sort=view.sort, down=view.down)
            rest = ["", *[[]] * len(_FILTERS)]
        else:  # the table was just opened
            rest = [gr.skip(), *_choices(gr, desk)]
        may_change = gr.update(visible=joining.may_change(visitor))
        return _table(desk, joining, visitor, view), view, may_change, *[gr.skip()] * 3, *rest

    return act


def _send(gr: Any, joining: Joining, replaces: bool) -> Callable[..., Any]:
    """Return the event that takes the files sent."""

    def send(visitor: Visitor, files: list[str] | str | None, work: Work, changes: int) -> Iterator[tuple[Any, ...]]:
        paths = [Path(file) for file in ([files] if isinstance(files, str) else files or ())]
        yield from _steps(gr, joining.send(visitor, work, paths, replaces), changes)

    return send


def _do(gr: Any, joining: Joining) -> Callable[..., Any]:
    """Return the event of the panel's buttons."""

    def do(visitor: Visitor, event: EventData, work: Work, changes: int) -> Iterator[tuple[Any, ...]]:
        yield from _steps(gr, joining.do(visitor, work, _wish(event)), changes)

    return do


def _steps(gr: Any, steps: Iterator[Shown], changes: int) -> Iterator[tuple[Any, ...]]:
    """Yield the values of the panel as the work goes on; the buttons that take files wait until it is over."""
    shown = None
    for shown in steps:
        yield *_panel(gr, shown), gr.update(interactive=False), gr.update(interactive=False), gr.skip()
    ready = gr.update(interactive=True, value=None)
    last = _panel(gr, shown) if shown else [gr.skip()] * 3
    yield *last, ready, ready, changes + 1 if shown and shown.changed else gr.skip()


def _panel(gr: Any, shown: Shown) -> tuple[Any, ...]:
    return shown.panel, shown.work, gr.update(visible=shown.chooses)


def _table(desk: Desk, joining: Joining, visitor: Visitor, view: View) -> str:
    desk.library.refresh()
    most = desk.settings.upload_mb * MEGABYTE
    return render_table(visitor, holdings_of(desk.library), view, joining.may_change(visitor), most)


def _choices(gr: Any, desk: Desk) -> list[Any]:
    choices = holdings_of(desk.library).choices
    return [gr.update(choices=choices[key]) for key, _ in _FILTERS]


def _wish(event: EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, Mapping) else {}


def _number(value: object) -> int:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() else 1


def _forget(work: object) -> None:
    """Remove what was sent and never confirmed, when the page that sent it is gone."""
    if isinstance(work, Work) and work.stage is not None:
        work.stage.discard()
