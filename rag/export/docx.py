"""An answer or a conversation as a Word document in the layout of a 公文: `answer_document`, `conversation_document`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.export.docx_notes import Notes, raised
from rag.export.docx_styles import STYLES, add_paragraph, element, new_document
from rag.export.legible import legible
from rag.export.marks import Piece, Table, plain_words
from rag.export.paper import Exchange, Heading, Paper, Section, paper_of, standing_of
from rag.export.reference import official_reference
from rag.types import Citation

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

_WIDTH = 156  # millimetres between the margins
_LEAST, _MOST = 5, 30  # characters that a column is wide, whatever stands in it


def answer_document(exchange: Exchange) -> bytes:
    """Return the .docx of one question and its answer."""
    return _document(paper_of([exchange]))


def conversation_document(exchanges: Sequence[Exchange], name: str = "") -> bytes:
    """Return the .docx of a conversation called `name`; raises UserError if it holds no answer."""
    return _document(paper_of(exchanges, name))


def _document(paper: Paper) -> bytes:
    document = new_document()
    _describe(document, paper)
    ids = {style.name: style.style_id for style in document.styles if style.name}
    add_paragraph(document, ids["Title"]).add_run(legible(paper.title))
    if paper.subtitle:
        add_paragraph(document, ids["Subtitle"]).add_run(legible(paper.subtitle))
    notes = Notes(document)
    for section in paper.sections:
        _Writer(document, ids, notes, section).write()
    notes.finish()
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: Document, paper: Paper) -> None:
    """Say what the file is; the template would call itself a work of python-docx."""
    about, now = document.core_properties, datetime.now(UTC).replace(tzinfo=None)
    about.title, about.subject = legible(paper.title), legible(paper.subtitle)[:255]
    about.author = about.last_modified_by = "政策条款问答"
    about.comments, about.language = "", "zh-CN"
    about.created = about.modified = now


class _Writer:
    """Writes a section; each of its marks has its note where it first stands."""

    def __init__(self, document: Document, ids: Mapping[str, str], notes: Notes, section: Section) -> None:
        self._document = document
        self._ids = ids
        self._notes = notes
        self._section = section
        self._unnoted = {citation.n: citation for citation in section.citations}

    def write(self) -> None:
        for block in self._section.blocks:
            if isinstance(block, Heading):
                self._paragraph(f"Heading {block.level}").add_run(legible(block.text))
            elif isinstance(block, Table):
                self._table(block)
            else:
                self._fill(self._paragraph(STYLES[block.kind]), block.pieces)

    def _paragraph(self, style: str) -> Paragraph:
        return add_paragraph(self._document, self._ids[style])

    def _fill(self, paragraph: Paragraph, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            if not piece.mark:
                run = paragraph.add_run(legible(piece.text))
                run.bold = piece.strong or None
                _keep_wide(run)
            elif citation := self._unnoted.pop(piece.mark, None):
                self._notes.add(paragraph, piece.text, legible(_note(citation)))
            else:
                raised(paragraph, piece.text)

    def _table(self, table: Table) -> None:
        made = self._document.add_table(rows=0, cols=len(table.heading), style="Table Grid")
        made.autofit = False
        heading = tuple((Piece(words),) for words in table.heading)
        shares = _shares(table)
        for words in heading, *table.rows:
            row = made.add_row()
            row._tr.get_or_add_trPr().append(element("w:cantSplit"))
            _set_widths(row.cells, shares)
            for cell, content in zip(row.cells, words, strict=True):
                cell.paragraphs[0].style = "表头" if words is heading else "表格"
                self._fill(cell.paragraphs[0], content)
        made.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))


def _note(citation: Citation) -> str:
    standing = standing_of(citation)
    return f"{official_reference(citation.clause)}。{f'（{standing}）' if standing else ''}"


def _keep_wide(run: Any) -> None:
    """Have quotation marks, dashes and dots set in the Chinese font: without the hint Word takes them for Latin."""
    fonts: Any = run._r.get_or_add_rPr().get_or_add_rFonts()
    from docx.oxml.ns import qn

    fonts.set(qn("w:hint"), "eastAsia")


def _shares(table: Table) -> list[float]:
    """Return what part of the width each column gets: as much as its longest cell asks for, within bounds."""
    columns = zip(*([plain_words(cell) for cell in row] for row in table.rows), strict=True)
    longest = [
        max(len(heading), *(len(text) for text in column))
        for heading, column in zip(table.heading, columns, strict=True)
    ]
    asked = [min(max(size, _LEAST), _MOST) for size in longest]
    return [size / sum(asked) for size in asked]


def _set_widths(cells: Sequence[_Cell], shares: Sequence[float]) -> None:
    from docx.shared import Mm

    for cell, share in zip(cells, shares, strict=True):
        cell.width = Mm(round(_WIDTH * share))
