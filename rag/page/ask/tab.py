"""The tab 问答: filters and examples, the conversation, the evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rag.page.ask.events import Events
from rag.page.ask.events import notice as notice_line
from rag.page.ask.filtered import kept_filters
from rag.page.desk import Desk
from rag.page.evidence import part as evidence_part
from rag.page.history import part as history
from rag.page.library.catalog import Catalog
from rag.page.parts import QUIET, html, label, render
from rag.page.takeaway import part as takeaway
from rag.page.visitor import Visitor

# A click in the conversation comes to the server as an event of this part, which shows nothing.
_ACTS = "window.clauseAct = (name, words) => trigger('submit', { name, words });"


@dataclass(frozen=True)
class AskTab:
    """The tab's parts that others fill: those that change with what is held."""

    held: tuple[Any, ...]


def build(gr: Any, desk: Desk) -> AskTab:
    """Make the tab's parts and wire them."""
    turns = gr.State(())
    with gr.Row(elem_id="workspace", equal_height=False):
        with gr.Column(elem_id="side", scale=0, min_width=200):
            regions, years = _filters(gr, desk.library.catalog)
            past = history.build(gr, desk)
        with gr.Column(elem_id="talk", scale=1, min_width=280):
            takeaway.build(gr, desk, past.conversation, past.list)
            chat, text, notice, send, stop = _conversation(gr, _welcome(desk, Visitor()))
        with gr.Column(elem_id="evidence", scale=0, min_width=280):
            evidence = evidence_part.build(gr, desk)
        acts = html("", js=_ACTS, elem_id="acts")
    events, shown = Events.of(desk), [chat, evidence, turns, notice, text, send, stop]
    typed = gr.on([text.submit, send.click], events.begin, [text, turns, regions, years], shown, **QUIET)
    clicked = acts.submit(events.act, [turns, regions, years], shown, **QUIET)
    clicked.then(kept_filters, [turns, regions, years], [regions, years], **QUIET)
    past.clear.click(lambda: ([], []), None, [regions, years], **QUIET)
    # It waits in a line of its own, in which it can be told its place; Gradio's queue would only let it wait. Gradio must
    # hear that the last answer is over, or stopped, before it begins another: `once` would drop a question sent meanwhile.
    going: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private"}
    going["trigger_mode"] = "always_last"
    told, kept = [turns, past.conversation, past.words], [*shown, past.conversation, past.list]
    asked = [one.then(events.answer, told, kept, **going) for one in (typed, clicked)]
    stop.click(events.stop, [turns], shown, cancels=asked, **QUIET)
    past.clear.click(events.clear, None, [*kept, past.words], cancels=asked, **QUIET)
    history.wire(desk, past, lambda turns, visitor: events.show(turns, visitor, text=""), shown, asked)
    return AskTab((regions, years, chat, notice, past.head))


def held(gr: Any, desk: Desk, visitor: Visitor) -> tuple[Any, ...]:
    """Return the values of `AskTab.held`."""
    catalog = desk.library.catalog
    years = gr.update(choices=[(f"{year}年", year) for year in catalog.years])
    welcome = gr.update(placeholder=_welcome(desk, visitor))
    told = notice_line("", visitor.language), history.head_of(desk, visitor)
    return gr.update(choices=list(catalog.regions)), years, welcome, *told


def _welcome(desk: Desk, visitor: Visitor) -> str:
    """What stands where answers will: what is answered here, and questions that show it."""
    return " ".join(render("ask/welcome.html", visitor.language, catalog=desk.library.catalog).split())


def _filters(gr: Any, catalog: Catalog) -> tuple[Any, Any]:
    with gr.Column(elem_id="filters", scale=0, min_width=0):
        regions = gr.Dropdown(list(catalog.regions), value=[], multiselect=True, label=label("地区"), elem_id="regions")
        choices = [(f"{year}年", year) for year in catalog.years]
        years = gr.Dropdown(choices, value=[], multiselect=True, label=label("年份"), elem_id="years")
    return regions, years


def _conversation(gr: Any, welcome: str) -> tuple[Any, ...]:
    chat = gr.Chatbot(
        elem_id="chat",
        label=label("对话"),
        show_label=False,
        container=False,
        height=None,
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        autoscroll=False,  # page.js keeps the question at the top, so that an answer is read from its beginning
        feedback_options=None,
        placeholder=welcome,
        layout="bubble",
    )
    with gr.Column(elem_id="composer", scale=0, min_width=0):
        text = gr.Textbox(
            elem_id="question",
            label=label("问题"),
            show_label=False,
            container=False,
            lines=1,
            max_lines=6,
            placeholder=label("输入问题,可写明地区和年份"),
            autofocus=True,
        )
        with gr.Row(elem_id="actions"):
            notice = html(notice_line(""))
            stop = gr.Button(label("停止"), elem_id="stop", size="sm", min_width=64, visible=False)
            send = gr.Button(label("发送"), elem_id="send", variant="primary", size="sm", min_width=64)
    return chat, text, notice, send, stop
