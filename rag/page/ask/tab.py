"""The tab 问答: filters and examples, the conversation, the evidence beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.page.ask.session import Turn, Turns, check_question, open_turn, to_question
from rag.page.ask.text import escape_markdown, turn_markdown
from rag.page.desk import Desk
from rag.page.evidence import part as evidence_part
from rag.page.evidence.cards import render_evidence
from rag.page.history import part as history
from rag.page.history.keeping import Keeper
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.page.parts import QUIET, html, import_gradio, label, render
from rag.page.visitor import Visitor, with_visitor
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_log = logging.getLogger(__name__)
_STOPPED = "已停止,以上内容不完整。"
_BROKEN = "系统出错,未能作答。请稍后再试;若仍出错,请联系管理员查看日志。"
_WELCOME = "**请输入问题**\n\n回答只引自已收录的条款。条款中没有答案时会直接说明,并列出最接近的条款。"


@dataclass(frozen=True)
class AskTab:
    """The tab's parts that others fill: those that change with what is held."""

    held: tuple[Any, ...]


def build(gr: Any, desk: Desk) -> AskTab:
    """Make the tab's parts and wire them."""
    library = desk.library
    turns = gr.State(())
    with gr.Row(elem_id="workspace", equal_height=False):
        with gr.Column(elem_id="side", scale=0, min_width=200):
            regions, years = _filters(gr, library.catalog)
            past = history.build(gr, desk)
            examples = html(_examples(desk, Visitor()), elem_id="part-examples")
        with gr.Column(elem_id="talk", scale=1, min_width=280):
            chat, text, notice, send, stop = _conversation(gr)
        with gr.Column(elem_id="evidence", scale=0, min_width=280):
            evidence = evidence_part.build(gr, desk)
    outputs = [chat, evidence, turns, notice, text, send, stop]
    asked = gr.on(
        [text.submit, send.click],
        with_visitor(_ask(desk)),
        [text, turns, regions, years, past.conversation, past.words],
        [*outputs, past.conversation, past.list],
        concurrency_limit=desk.settings.concurrency,
        show_progress="hidden",
        api_visibility="private",
    )
    stop.click(_stop(library), [turns], outputs, cancels=[asked], **QUIET)
    cleared = [*outputs, past.conversation, past.list, past.words]
    past.clear.click(with_visitor(_clear(desk)), None, cleared, cancels=[asked], **QUIET)
    history.wire(desk, past, lambda turns: _show(turns, library.catalog, text=""), outputs, [asked])
    return AskTab((regions, years, examples))


def held(gr: Any, desk: Desk, visitor: Visitor) -> tuple[Any, ...]:
    """Return the values of `AskTab.held`."""
    catalog = desk.library.catalog
    years = [(f"{year}年", year) for year in catalog.years]
    return gr.update(choices=list(catalog.regions)), gr.update(choices=years), _examples(desk, visitor)


def _examples(desk: Desk, visitor: Visitor) -> str:
    return render("ask/examples.html", visitor.language, catalog=desk.library.catalog)


def _filters(gr: Any, catalog: Catalog) -> tuple[Any, Any]:
    with gr.Column(elem_id="filters", scale=0, min_width=0):
        regions = gr.Dropdown(list(catalog.regions), value=[], multiselect=True, label=label("地区"), elem_id="regions")
        choices = [(f"{year}年", year) for year in catalog.years]
        years = gr.Dropdown(choices, value=[], multiselect=True, label=label("年份"), elem_id="years")
    return regions, years


def _conversation(gr: Any) -> tuple[Any, ...]:
    chat = gr.Chatbot(
        elem_id="chat",
        label=label("对话"),
        show_label=False,
        container=False,
        height=None,
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        feedback_options=None,
        placeholder=_WELCOME,
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
            notice = html(_notice(""))
            stop = gr.Button(label("停止"), elem_id="stop", size="sm", min_width=64, visible=False)
            send = gr.Button(label("发送"), elem_id="send", variant="primary", size="sm", min_width=64)
    return chat, text, notice, send, stop


def _notice(text: str) -> str:
    """The line under the box that one types in; empty text leaves it blank."""
    return render("ask/notice.html", text=text)


def _ask(desk: Desk) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """Return the event that answers a question, snapshot by snapshot, and keeps the turn that comes of it."""
    gr = import_gradio()
    library = desk.library

    def ask(
        visitor: Visitor,
        text: str | None,
        turns: Turns,
        regions: list[str],
        years: list[int],
        conversation: str,
        words: str,
    ) -> Iterator[tuple[Any, ...]]:
        complaint = check_question(text or "")
        if complaint:
            yield (*[gr.skip()] * 3, _notice(complaint), *[gr.skip()] * 5)
            return
        library.refresh()
        chain, catalog = library.chain, library.catalog
        question = to_question(turns, (text or "").strip(), regions or [], years or [])
        turn = opened = open_turn(turns, question.text)
        yield *_show((*turns, turn), catalog, text=""), gr.skip(), gr.skip()
        keeper = Keeper(desk, visitor, conversation, question)
        for turn in keeper.watch(_follow(chain, question, opened)):
            yield *_show((*turns, turn), catalog), gr.skip(), gr.skip()
        yield *_kept(keeper, (*turns, turn), catalog), history.list_of(desk, visitor, keeper.kept.conversation, words)

    return ask


def _kept(keeper: Keeper, turns: Turns, catalog: Catalog) -> tuple[Any, ...]:
    """Values for all that shows a conversation, and the ID under which it is kept; a notice if it is not."""
    shown = list(_show((*turns[:-1], replace(turns[-1], kept=keeper.kept.number)), catalog))
    shown[3] = _notice(keeper.kept.complaint)
    return *shown, keeper.kept.conversation


def _follow(chain: Runnable[Question, Answer], question: Question, turn: Turn) -> Iterator[Turn]:
    """The turn as its answer grows; the last one is no longer live."""
    try:
        for answer in chain.stream(question):
            turn = replace(turn, answer=answer)
            yield turn
        yield replace(turn, live=False, note=None if turn.answer else _BROKEN)
    except UserError as exc:
        yield replace(turn, live=False, note=str(exc))
    except Exception:  # the page must say so whatever went wrong behind it
        _log.exception("answering failed")
        yield replace(turn, live=False, note=_BROKEN)


def _stop(library: Library) -> Callable[[Turns], tuple[Any, ...]]:
    def stop(turns: Turns) -> tuple[Any, ...]:
        if turns and turns[-1].live:
            turns = (*turns[:-1], replace(turns[-1], live=False, note=_STOPPED))
        return _show(turns, library.catalog)

    return stop


def _clear(desk: Desk) -> Callable[..., tuple[Any, ...]]:
    def clear(visitor: Visitor) -> tuple[Any, ...]:
        return *_show((), desk.library.catalog, text=""), "", history.list_of(desk, visitor, ""), ""

    return clear


def _show(turns: Turns, catalog: Catalog, text: str | None = None) -> tuple[Any, ...]:
    """Values for chat, evidence, state, notice, box, send and stop; the box is left alone unless `text` is given."""
    gr = import_gradio()
    live = bool(turns) and turns[-1].live
    return (
        _messages(turns, catalog),
        render_evidence(turns, catalog),
        turns,
        _notice(""),
        gr.skip() if text is None else text,
        gr.update(visible=not live),
        gr.update(visible=live),
    )


def _messages(turns: Turns, catalog: Catalog) -> list[dict[str, str]]:
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": escape_markdown(turn.question)})
        messages.append({"role": "assistant", "content": turn_markdown(turn, catalog)})
    return messages
