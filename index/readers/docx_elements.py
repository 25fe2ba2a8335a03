"""Which elements of a Word body are read, which are looked through, and which hold the table of contents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.readers.docx_xml import CONTROL, SIMPLE_FIELD, TEXT, VAL, WORD_ART, switch, w


def _mc(name: str) -> str:
    return "{http://schemas.openxmlformats.org/markup-compatibility/2006}" + name


_ALTERNATE, _CHOICE, _FALLBACK = _mc("AlternateContent"), _mc("Choice"), _mc("Fallback")
_WRAPPERS = {
    *(w(n) for n in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "dir", "bdo")),
    _ALTERNATE, _CHOICE, _FALLBACK,
}  # fmt: skip
UNREAD = {w(n) for n in ("pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "rt", "rubyPr", "tblPr")}


def nearest(parent: Any, wanted: set[str]) -> Iterator[Any]:
    """Yield the nearest elements of these kinds in order, looking through content controls and insertions."""
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if is_contents(element):
            if CONTROL in wanted:
                yield element
        elif element.tag in wanted and element.tag != CONTROL:
            yield element
        elif element.tag in _WRAPPERS:
            waiting += reversed(inside(element))


def is_contents(element: Any) -> bool:
    """Say whether a content control or a simple field holds the table of contents."""
    if element.tag == SIMPLE_FIELD:
        return str(element.get(w("instr"), "")).lstrip()[:3].upper() == "TOC"
    if element.tag != CONTROL:
        return False
    gallery = element.find(f"{w('sdtPr')}/{w('docPartObj')}/{w('docPartGallery')}")
    return gallery is not None and gallery.get(VAL) == "Table of Contents"


def inside(element: Any) -> list[Any]:
    """Return the children to read: one of two copies of a text box, none of a prompt such as 单击此处输入文字."""
    if element.tag == _ALTERNATE:
        copies = [*element.iterchildren(_CHOICE), *element.iterchildren(_FALLBACK)]
        return next((list(copy) for copy in copies if next(copy.iter(TEXT, WORD_ART), None) is not None), [])
    if element.tag == CONTROL and switch(element.find(w("sdtPr")), "showingPlcHdr"):
        return []
    return list(element)
