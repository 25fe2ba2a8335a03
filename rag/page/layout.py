"""The page itself; the only module that knows Gradio."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.page.cards import render_added, render_evidence, render_notice, render_part
from rag.page.catalog import Catalog
from rag.page.evaluation import render_evaluation
from rag.page.library import Library
from rag.page.session import Turn, Turns, check_question, open_turn, to_question
from rag.page.text import escape_markdown, turn_markdown
from rag.types import Answer, Question

if TYPE_CHECKING:
    from gradio import Blocks
    from langchain_core.runnables import Runnable

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_TITLE = "政策条款问答"
_ASKING, _MEASURED = "问答", "评测"
_WAITING_LIMIT = 64  # questions in the queue; more are told that the service is busy
_STOPPED = "已停止,以上内容不完整。"
_BROKEN = "系统出错,未能作答。请稍后再试;若仍出错,请联系管理员查看日志。"

_SANS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "sans-serif")
_MONO = ("Consolas", "DejaVu Sans Mono", "monospace")


def build_page(library: Library, *, concurrency: int = 8, evaluation: Path | None = None) -> Blocks:
    """Return the page over a library, with a tab on its `evaluation`, a folder; `concurrency` visitors ask at a time."""
    gr = _import_gradio()
    catalog = library.catalog
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as page:
        turns = gr.State(())
        header = _part(gr, "header", catalog)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(_ASKING), gr.Row(elem_id="workspace", equal_height=False):
                regions, years, upload, added, documents = _side(gr, library)
                with gr.Column(elem_id="talk", scale=1, min_width=280):
                    chat, text, notice, send, stop, clear = _conversation(gr)
                with gr.Column(elem_id="evidence", scale=0, min_width=280):
                    evidence = _html(gr, render_evidence((), catalog), js=_TO_TOP)
            with gr.Tab(_MEASURED) as measured:
                scores = _html(gr, "")
        outputs = [chat, evidence, turns, notice, text, send, stop]
        asked = gr.on(
            [text.submit, send.click],
            _ask(library),
            [text, turns, regions, years],
            outputs,
            concurrency_limit=concurrency,
            show_progress="hidden",
            api_visibility="private",
        )
        quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        stop.click(_stop(library), [turns], outputs, cancels=[asked], **quiet)
        clear.click(_clear(library), None, outputs, cancels=[asked], **quiet)
        held = [header, documents, regions, years]
        upload.upload(_add(library), [upload], [added, upload, *held], concurrency_limit=1, api_visibility="private")
        measured.select(lambda: render_evaluation(evaluation), None, [scores], **quiet)
        page.load(_held(library), None, held, **quiet)
    built: Blocks = page
    built.queue(default_concurrency_limit=concurrency, max_size=_WAITING_LIMIT)
    return built


def launch_kwargs() -> dict[str, Any]:
    """What `launch()` takes for this page: its looks, and nothing that reaches for the internet."""
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    return {
        "theme": _theme(_import_gradio()),
        "css": (_HERE / "style.css").read_text(encoding="utf-8"),
        "head": f'<meta name="color-scheme" content="light dark"><script>{script}</script>',
        "favicon_path": _HERE / "favicon.svg",
        "footer_links": [],
        "share": False,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
        "show_error": False,
        "quiet": True,
    }


# The newest turn stands on top: show it when its question has just been sent.
_TO_TOP = "watch('value', () => window.clausePage && window.clausePage.newTurn(element));"


def _import_gradio() -> Any:
    """Import Gradio, which takes seconds and calls home unless told not to beforehand."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio

    return gradio


def _theme(gr: Any) -> Any:
    """Plain surfaces and the system's own fonts; the colours are variables in style.css."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_sm,
        font=list(_SANS),
        font_mono=list(_MONO),
    )


def _html(gr: Any, value: str, js: str | None = None) -> Any:
    # `${value}` is read as a variable; see cards.py for why nothing else may be in the template.
    return gr.HTML(value, html_template="${value}", js_on_load=js, apply_default_css=False)


def _part(gr: Any, name: str, catalog: Catalog) -> Any:
    return gr.HTML(
        render_part(name, catalog),
        html_template="${value}",
        js_on_load=None,
        apply_default_css=False,
        elem_id=f"part-{name}",
    )


def _side(gr: Any, library: Library) -> tuple[Any, ...]:
    """The left column: filters, examples, the button that takes files, the documents held."""
    with gr.Column(elem_id="side", scale=0, min_width=200):
        regions, years = _filters(gr, library.catalog)
        _part(gr, "examples", library.catalog)
        upload, added = _adding(gr, library)
        documents = _part(gr, "documents", library.catalog)
    return regions, years, upload, added, documents


def _filters(gr: Any, catalog: Catalog) -> tuple[Any, Any]:
    with gr.Column(elem_id="filters", scale=0, min_width=0):
        regions = gr.Dropdown(list(catalog.regions), value=[], multiselect=True, label="地区", elem_id="regions")
        years = gr.Dropdown(
            [(f"{year}年", year) for year in catalog.years], value=[], multiselect=True, label="年份", elem_id="years"
        )
    return regions, years


def _adding(gr: Any, library: Library) -> tuple[Any, Any]:
    """The button that takes files, and the place that tells what became of them."""
    with gr.Column(elem_id="adding", scale=0, min_width=0, visible=library.can_add):
        upload = gr.UploadButton(_UPLOAD, file_count="multiple", elem_id="upload", size="sm")
        added = _html(gr, render_added(_FORMATS, ()))
    return upload, added


_UPLOAD = "加入文件"
_FORMATS = "可加入 .docx、.pdf、.ofd、网页、文本和 .zip。"


def _conversation(gr: Any) -> tuple[Any, ...]:
    chat = gr.Chatbot(
        elem_id="chat",
        label="对话",
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
            label="问题",
            show_label=False,
            container=False,
            lines=1,
            max_lines=6,
            placeholder="输入问题,可写明地区和年份",
            autofocus=True,
        )
        with gr.Row(elem_id="actions"):
            notice = _html(gr, render_notice(""))
            clear = gr.Button("新对话", elem_id="clear", size="sm", min_width=64)
            stop = gr.Button("停止", elem_id="stop", size="sm", min_width=64, visible=False)
            send = gr.Button("发送", elem_id="send", variant="primary", size="sm", min_width=64)
    return chat, text, notice, send, stop, clear


_WELCOME = "**请输入问题**\n\n回答只引自已收录的条款。条款中没有答案时会直接说明,并列出最接近的条款。"


def _ask(library: Library) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """Return the event that answers a question, snapshot by snapshot."""
    gr = _import_gradio()

    def ask(text: str | None, turns: Turns, regions: list[str], years: list[int]) -> Iterator[tuple[Any, ...]]:
        complaint = check_question(text or "")
        if complaint:
            yield (*[gr.skip()] * 3, render_notice(complaint), *[gr.skip()] * 3)
            return
        library.refresh()
        chain, catalog = library.chain, library.catalog
        question = to_question(turns, (text or "").strip(), regions or [], years or [])
        opened = open_turn(turns, question.text)
        yield _show((*turns, opened), catalog, text="")
        for turn in _follow(chain, question, opened):
            yield _show((*turns, turn), catalog)

    return ask


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


def _clear(library: Library) -> Callable[[], tuple[Any, ...]]:
    def clear() -> tuple[Any, ...]:
        return _show((), library.catalog, text="")

    return clear


def _add(library: Library) -> Callable[[list[str] | None], Iterator[tuple[Any, ...]]]:
    """Return the event that adds the files sent, and shows what became of them and what is held now."""
    gr = _import_gradio()

    def add(files: list[str] | None) -> Iterator[tuple[Any, ...]]:
        names = [Path(file) for file in files or ()]
        waiting = gr.update(interactive=False)
        yield render_added(f"正在读取 {len(names)} 件文件并编入索引,请稍候。", ()), waiting, *[gr.skip()] * 4
        complaint, outcomes = library.add(names)
        told = complaint or f"现有 {len(library.catalog.documents)} 件文件。"
        yield render_added(told, outcomes), gr.update(interactive=True, value=None), *_held(library)()

    return add


def _held(library: Library) -> Callable[[], tuple[Any, ...]]:
    """Return the event that shows what is held now: header, documents and the choices of the filters."""
    gr = _import_gradio()

    def held() -> tuple[Any, ...]:
        library.refresh()
        catalog = library.catalog
        years = [(f"{year}年", year) for year in catalog.years]
        parts = (render_part("header", catalog), render_part("documents", catalog))
        return *parts, gr.update(choices=list(catalog.regions)), gr.update(choices=years)

    return held


def _show(turns: Turns, catalog: Catalog, text: str | None = None) -> tuple[Any, ...]:
    """Values for chat, evidence, state, notice, box, send and stop; the box is left alone unless `text` is given."""
    gr = _import_gradio()
    live = bool(turns) and turns[-1].live
    return (
        _messages(turns, catalog),
        render_evidence(turns, catalog),
        turns,
        render_notice(""),
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
