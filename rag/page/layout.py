"""The page as a whole: its tabs in order, its looks, and how it is put into the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.page.ask import tab as ask
from rag.page.audit import tab as audit
from rag.page.clauses import tab as clauses
from rag.page.desk import Desk
from rag.page.library import tab as library
from rag.page.library.sent import keep_sent
from rag.page.measured import tab as measured
from rag.page.parts import PAGE, QUIET, html, import_gradio, label, render, translations
from rag.page.reader import part as reader
from rag.page.visitor import Visitor, with_visitor

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks

_TITLE = "政策条款问答"
_UPLOADS_KEPT = (600, 3600)  # looked at every ten minutes, gone after an hour: what is needed of them was copied
_LEAST_WAITING = 64  # events in the queue, of which one open page has several; more are told that the service is busy
_FOLDERS = ("ask", "evidence", "history", "takeaway", "reader", "clauses", "library", "audit", "measured", "account")

_SANS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "sans-serif")
_MONO = ("Consolas", "DejaVu Sans Mono", "monospace")


def build_page(desk: Desk) -> Blocks:
    """Return the page over a desk."""
    gr = import_gradio()
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True, delete_cache=_UPLOADS_KEPT) as page:
        header = html(_header(desk, Visitor()), elem_id="part-header")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(label("问答"), id="ask", elem_id="tab-ask"):
                asking = ask.build(gr, desk)
            with gr.Tab(label("条款检索"), id="clauses", elem_id="tab-clauses"):
                clauses.build(gr, desk)
            with gr.Tab(label("文件库"), id="library"):
                changed = library.build(gr, desk)
            with gr.Tab(label("评测"), id="measured") as tab:
                measured.build(gr, desk, tab)
            with gr.Tab(label("审计"), id="audit", elem_id="tab-audit", visible=False) as tab:
                audit.build(gr, desk, tab, page)
        reader.build(gr, desk)
        # What is held shows in the masthead and in the choices of the filters, at first and when it changes.
        gr.on([page.load, changed.change], _held(desk), None, [header, *asking.held], **QUIET)
    built: Blocks = page
    built.queue(default_concurrency_limit=desk.settings.concurrency, max_size=max(_LEAST_WAITING, desk.settings.queue))
    return built


def mount_page(service: FastAPI, desk: Desk, user: Callable[[Any], str | None] | None = None) -> None:
    """Put the page at the root of a service: its looks, and nothing that reaches for the internet.

    With log-in `user` names who makes a request.
    """
    keep_sent(desk.settings)
    gr = import_gradio()
    gr.mount_gradio_app(
        service,
        build_page(desk),
        path="/",
        max_file_size=desk.settings.upload_mb * 2**20,
        auth_dependency=user,
        run_history=False,  # else every answer is kept in the browser too, for whoever uses it next
        theme=_theme(gr),
        css=_collected("style.css", "base.css", "narrow.css"),
        head=f'<meta name="color-scheme" content="light dark"><script>{_collected("page.js", "base.js")}</script>',
        favicon_path=str(PAGE / "favicon.svg"),
        footer_links=[],
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=False,
        i18n=translations(),
    )


def _collected(name: str, *around: str) -> str:
    """Return the page's own style or script, then each folder's, then what has the last word."""
    first, *last = around
    files: list[Path] = [PAGE / first, *(PAGE / folder / name for folder in _FOLDERS), *(PAGE / file for file in last)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


def _theme(gr: Any) -> Any:
    """Plain surfaces and the system's own fonts; the colours are variables in base.css."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_sm,
        font=list(_SANS),
        font_mono=list(_MONO),
    )


def _header(desk: Desk, visitor: Visitor) -> str:
    return render("header.html", visitor.language, catalog=desk.library.catalog, visitor=visitor)


def _held(desk: Desk) -> Any:
    gr = import_gradio()

    def held(visitor: Visitor) -> tuple[Any, ...]:
        desk.library.refresh()
        return _header(desk, visitor), *ask.held(gr, desk, visitor)

    return with_visitor(held)
