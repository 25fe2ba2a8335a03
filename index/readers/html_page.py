"""A parsed web page -> its lines, walked without recursion."""

from __future__ import annotations

import re
from typing import Any

from index.readers.html_elements import BLOCKS, CONTROL, DROPPED, KNOWN, NO_TEXT, SPECIAL, Element
from index.readers.html_frame import frame_part, is_frame, is_hidden
from index.readers.html_lists import note_item, number_items
from index.readers.html_tables import ROW_START, Table

_SOURCE_BLANKS, _INLINE_BLANKS = re.compile("[ \t\r\n\f]+"), re.compile("[ \t\r\f]+")
_PREFORMATTED = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.I)
# What a clause or a heading opens with: an element that holds one is no part of the site's frame.
_NUMBERED = re.compile(
    r"^[ \t\xa0\u3000]*"
    r"(?:第[一二三四五六七八九十百千零〇\d]{1,9}[编章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])",
    re.M,
)
_ATTACHED = re.compile(r"附\s*件|附\s*表")
_ATTACHMENT = re.compile(r"\.(?:docx?|pdf|xlsx?|wps|et|ofd|zip|rar)\b", re.I)
_DATED = re.compile(r"\d{4}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|[〔﹝\[【（(]\d{4}[〕﹞\]】）)]")


class Page:
    """Walks the tree without recursion and writes the text as it goes; what is dropped is cut off the end again."""

    def __init__(self, whole_page: bool, keep_all: bool = False) -> None:
        self._whole_page = whole_page
        self._keep_all = keep_all
        self._out: list[str] = []
        self._open: list[Element] = []
        self._tables: list[Table] = []
        self._links = 0

    def text(self, root: Any) -> str:
        """Return the lines under the root; blank ones are left out."""
        node = root
        while True:
            entered = self._enter(node)
            child = node.first_child if entered else None
            if child is not None:
                node = child
                continue
            if entered:
                self._leave()
            while self._open and node.next is None:
                node = node.parent
                self._leave()
            if not self._open:
                return _tidy("".join(self._out))
            node = node.next

    def _enter(self, node: Any) -> bool:
        """Take in a node; return whether its children are wanted."""
        tag = node.tag
        if tag == "-text":
            self._write(node.text_content or "")
        elif tag in ("br", "hr"):
            self._out.append("\n")
        elif tag not in DROPPED and node.is_element_node:
            attributes = node.attributes
            if self._keep_all or tag == "body" or not is_hidden(attributes):
                self._begin(tag, attributes)
                return True
        return False

    def _begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        above = self._open[-1] if self._open else None
        kept_breaks = above.preformatted if above else not self._whole_page
        if attributes or tag == "pre":
            kept_breaks |= tag == "pre" or bool(_PREFORMATTED.search(attributes.get("style") or ""))
        framing = frame_part(tag, attributes)
        if above and tag not in KNOWN and not framing and kept_breaks == above.preformatted:
            self._open.append(above)  # a mere <span>: a page from Word has one around every few words
            return
        element = Element(tag, len(self._out), attributes, kept_breaks, framing)
        self._open.append(element)
        if tag in BLOCKS:
            self._out.append("\n")
        if tag in SPECIAL:
            self._begin_special(element)

    def _begin_special(self, element: Element) -> None:
        if element.tag == "table":
            self._tables.append(Table(element.start))
        elif element.tag == "tr" and self._tables:
            self._tables[-1].add_row()
        elif element.is_link:
            self._links += 1
            element.links = 1
            element.prose = bool(_ATTACHMENT.search(element.attributes["href"] or ""))

    def _leave(self) -> None:
        element = self._open.pop()
        above = self._open[-1] if self._open else None
        if element is above:
            return
        kept = self._keep_all or not is_frame(element)
        if element.tag in SPECIAL:
            self._end_special(element, kept)
        if not kept:
            del self._out[element.start :]
            return
        if element.tag in BLOCKS:
            self._out.append("\n")
        if above:
            above.take_in(element)

    def _end_special(self, element: Element, kept: bool) -> None:
        tag = element.tag
        if tag == "table":
            table = self._tables.pop()
            if kept:
                self._end_table(table)
        elif tag in ("td", "th", "caption") and self._tables:
            self._end_cell(element)
        elif tag == "li" and kept and self._open[-1].tag == "ol":
            note_item(self._out, self._open[-1], element)
        elif tag == "ol":
            number_items(self._out, element)
        elif element.is_link:
            self._links -= 1

    def _write(self, text: str) -> None:
        element = self._open[-1]
        size = len(text.strip())
        if not size and element.tag in NO_TEXT:
            return
        text = (_INLINE_BLANKS if element.preformatted else _SOURCE_BLANKS).sub(" ", CONTROL.sub("", text))
        self._out.append(text)
        if size:
            element.chars += size
            # A sentence that is one link is still prose: an unclosed <a> makes links of whole chapters.
            element.linked += size if self._links and "。" not in text else 0
            element.prose = element.prose or bool(_NUMBERED.search(text) or _ATTACHED.search(text))
            element.dated = element.dated or bool(_DATED.search(text))

    def _end_cell(self, cell: Element) -> None:
        table = self._tables[-1]
        # Of a table that holds tables nothing is kept: it is there for the layout.
        text = "" if table.nested else "".join(self._out[cell.start :]).strip()
        if cell.tag == "caption":
            table.caption = text
            return
        table.add(text, cell)
        self._out.append("\t")

    def _end_table(self, table: Table) -> None:
        if self._tables:
            self._tables[-1].nested = True
        lines = table.lines()
        if lines:
            del self._out[table.start :]
            self._out += [f"\n{table.caption}\n", ROW_START + "\n".join(lines) + "\n"]


def _tidy(text: str) -> str:
    """Return the lines without blanks at their ends and without empty lines."""
    text = re.sub(" {2,}", " ", re.sub("[ \t]*\n[ \t\n]*", "\n", text))
    lines: list[str] = []
    for line in text.split("\n"):
        parts_tables = line == "\x1d" and bool(lines) and lines[-1].startswith("\x1e")
        if parts_tables or line.startswith("\x1e") or (line != "\x1d" and line.strip()):
            lines.append(line if line.startswith("\x1e") else line.strip(" \t"))
    return "\n".join(lines)
