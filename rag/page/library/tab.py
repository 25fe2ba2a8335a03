"""The tab 文件库: the documents held, and the way to add files to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rag.page.desk import Desk
from rag.page.library.render import render_added, render_documents
from rag.page.parts import html, import_gradio, label

_FORMATS = "可加入 .docx、.pdf、.ofd、网页、文本和 .zip。"


def build(gr: Any, desk: Desk) -> Any:
    """Make the tab's parts and wire them; return the state whose change says that other documents are held."""
    changed = gr.State(0)
    with gr.Column(elem_id="adding", scale=0, min_width=0, visible=desk.library.can_add):
        upload = gr.UploadButton(label("加入文件"), file_count="multiple", elem_id="upload", size="sm")
        added = html(render_added(_FORMATS, ()))
    documents = html(render_documents(desk.library.catalog), elem_id="part-documents")
    outputs = [added, upload, documents, changed]
    upload.upload(_add(desk), [upload, changed], outputs, concurrency_limit=1, api_visibility="private")
    changed.change(lambda: render_documents(desk.library.catalog), None, [documents], queue=False)
    return changed


def _add(desk: Desk) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """Return the event that adds the files sent, and shows what became of them and what is held now."""
    gr = import_gradio()
    library = desk.library

    def add(files: list[str] | None, changes: int) -> Iterator[tuple[Any, ...]]:
        names = [Path(file) for file in files or ()]
        waiting = gr.update(interactive=False)
        yield render_added(f"正在读取 {len(names)} 件文件并编入索引,请稍候。", ()), waiting, gr.skip(), gr.skip()
        complaint, outcomes = library.add(names)
        told = render_added(complaint or f"现有 {len(library.catalog.documents)} 件文件。", outcomes)
        yield told, gr.update(interactive=True, value=None), render_documents(library.catalog), changes + 1

    return add
