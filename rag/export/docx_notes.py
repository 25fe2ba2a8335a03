"""Footnotes of a Word document, which python-docx does not know: each bears the mark that the answer gives it, 〔1〕."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.export.docx_styles import element

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_RULES = {-1: "separator", 0: "continuationSeparator"}  # what Word wants to be told of, before the first note
_STYLE = "footnote text"


class Notes:
    """The footnotes of a document; `add` sets a mark with its note, `finish` writes them into the document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._notes = element("w:footnotes")
        for number, kind in _RULES.items():
            self._notes.append(self._rule(number, kind))
        self._count = 0

    def add(self, paragraph: Paragraph, mark: str, text: str) -> None:
        """Append a raised mark to a paragraph, and the note that it stands for."""
        self._count += 1
        run = raised(paragraph, "")
        run._r.append(element("w:footnoteReference", customMarkFollows=1, id=self._count))
        run._r.add_t(mark)
        note = element("w:footnote", id=self._count)
        note.append(self._paragraph(f"{mark}{text}"))
        self._notes.append(note)

    def finish(self) -> None:
        """Write the notes; a document without any gets no part for them."""
        from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
        from docx.opc.oxml import serialize_part_xml
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part

        if not self._count:
            return
        name, text = PackURI("/word/footnotes.xml"), serialize_part_xml(self._notes)
        part = Part(name, CONTENT_TYPE.WML_FOOTNOTES, text, self._document.part.package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        self._declare()

    def _declare(self) -> None:
        """Name the two rules in the settings, at their place in the order of the schema."""
        settings: Any = self._document.settings.element
        declared = element("w:footnotePr")
        for number in _RULES:
            declared.append(element("w:footnote", id=number))
        settings.xpath("./w:compat")[0].addprevious(declared)

    def _paragraph(self, text: str) -> Any:
        paragraph = element("w:p")
        looks = element("w:pPr")
        looks.append(element("w:pStyle", val=self._document.styles[_STYLE].style_id))
        run, words = element("w:r"), element("w:t")
        words.text = text
        run.append(words)
        paragraph.append(looks)
        paragraph.append(run)
        return paragraph

    @staticmethod
    def _rule(number: int, kind: str) -> Any:
        note, paragraph, run = element("w:footnote", type=kind, id=number), element("w:p"), element("w:r")
        run.append(element(f"w:{kind}"))
        paragraph.append(run)
        note.append(paragraph)
        return note


def raised(paragraph: Paragraph, text: str) -> Any:
    """Append a run of raised text to a paragraph and return it."""
    run = paragraph.add_run(text)
    run.font.superscript = True
    return run
