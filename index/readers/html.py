"""A web page, whole or half-stripped, -> its text: one line a block, data tables as rows, the site's frame left out."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from index.errors import UserError
from index.readers import text as plain
from index.readers.docx import Cell, format_number, grid_lines

_CHARSET = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.I)
_DECLARED = 16 * 1024  # browsers look for the charset in the first 1024 bytes; scripts may stand before it
_CODECS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "big5": "cp950", "big5-hkscs": "big5hkscs", "utf-8": "utf-8", "utf8": "utf-8",
}  # fmt: skip
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup li main menu nav ol p pre section summary table tbody tfoot thead tr ul"
)
_DROPPED = _names(
    "applet audio button canvas datalist embed frameset head iframe img input map noscript object optgroup option "
    "script select style svg template textarea title video xml"
)
_TABLE_PARTS = _names("caption col colgroup tbody td tfoot th thead tr")
_SPECIAL = _names("a caption li ol table td th tr")
_KNOWN = _BLOCKS | _TABLE_PARTS | _SPECIAL
_NO_TEXT = _names("colgroup dl menu ol table tbody tfoot thead tr ul")  # blanks there are the source's own


def read(data: bytes) -> str:
    """Return the page's text; raises UserError when the bytes are no text in any encoding."""
    return html_to_text(_decode(data))


def _decode(data: bytes) -> str:
    """Decode by BOM, by the declared charset when that can be right, else as any text is."""
    declared = _CHARSET.search(data, 0, _DECLARED)
    codec = _CODECS.get(declared[1].decode("ascii", "replace").lower()) if declared else None
    if codec and not data.startswith(_BOMS) and not _is_other(data, codec):
        decoded = _decoded(data, codec)
        if decoded and "\0" not in decoded:
            return decoded
    return plain.decode(data)


def _is_other(data: bytes, codec: str) -> bool:
    """Say whether the bytes are Chinese in another charset than the declared one: `gb2312` over UTF-8 is common."""
    if codec != "utf-8" and max(_decoded(data, "utf-8"), default="") >= "\u2e80":  # GBK 一 is a Cyrillic letter there
        return True
    return codec.startswith(("cp950", "big5")) and bool(_decoded(data, "gb2312"))


def _decoded(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return ""


_HEAD = 1024 * 1024  # characters; meta tags stand at the top


def metadata(data: bytes | str) -> dict[str, str]:
    """Return the page's meta tags, name to content (ArticleTitle, PubDate, ContentSource...); the first of a name."""
    from selectolax.lexbor import LexborHTMLParser

    markup = data if isinstance(data, str) else _decode(data)
    found: dict[str, str] = {}
    for node in LexborHTMLParser(_safe(markup[:_HEAD])).css("meta[name][content]"):
        name, content = (_one_line(html.unescape(node.attributes[key] or "")) for key in ("name", "content"))
        if name and content:
            found.setdefault(name, content)
    return found


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).split())


def html_to_text(markup: str) -> str:
    """Return the text of a page or fragment, one line a block element; raises UserError on millions of tags."""
    from selectolax.lexbor import LexborHTMLParser

    markup = _unescaped(markup)
    if markup.count("<") > _MAX_TAGS:
        raise UserError("网页的标签过多, 无法读取。请只保存正文部分, 或拆分后再加入。")
    # Line breaks of a page's source mean nothing; those of a half-stripped one do.
    whole_page = bool(re.search(r"<(?:html|body)\b", markup, re.I))
    body = LexborHTMLParser(_safe(markup)).body
    if body is None:
        return ""
    text = _Page(whole_page).text(body)
    # All hidden until a script shows it, or nothing but links: better too much than an empty document.
    return text or _Page(whole_page, keep_all=True).text(body)


# --- before parsing ---

_ESCAPED_AMP = re.compile(r"&(?:amp;)+(?=(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});)", re.I)
# Only tags with full names: `p&lt;b&gt;c` may be a comparison, `&lt;b&gt;` in prose is left as it stands.
_ESCAPED_TAG = re.compile(
    r"&lt;(/?(?:p|div|br|hr|span|table|tbody|thead|tr|td|th|font|strong|ul|ol|li|h[1-6]|section|o:p|img)"
    r"(?:\s(?:[^<>&]|&(?!lt;|gt;))*)?/?)&gt;",
    re.I,
)


def _unescaped(markup: str) -> str:
    """Undo escapes made once too often: `&amp;nbsp;` is a space, `&lt;p&gt;` a paragraph."""
    markup = _ESCAPED_AMP.sub("&", markup)
    return _ESCAPED_TAG.sub(r"<\1>", markup) if "&gt;" in markup else markup


# The parser re-opens an unclosed one of these in every later paragraph; as a span it ends with its own.
_FORMATTING = re.compile(r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u|math)(?=[\s/>])", re.I)
_LONG_TAG = re.compile(r"<([a-z][\w:-]{0,40})\s[^<>]{3000,}>", re.I)  # thousands of attributes cost their square
_OPENING = re.compile(r"<(/?)([a-z][\w:-]{0,40})", re.I)
_UNNESTED = _names(  # these close by themselves, or hold nothing
    "a area base br col dd dt hr img input li link meta o:p option p param source td th tr tbody thead tfoot wbr"
)
_MAX_TAGS = 2_500_000  # a table of 100,000 rows and ten columns; each tag costs some 4 µs and 300 bytes
_MAX_WORK = 2_000_000_000  # tags times depth: the parser looks up the whole stack at every block


def _safe(markup: str) -> str:
    """Return the markup as the parser can take it in linear time."""
    markup = _LONG_TAG.sub(r"<\1>", _FORMATTING.sub(r"<\1span", markup))
    tags = markup.count("<")
    if tags * tags > _MAX_WORK and tags * _depth(markup) > _MAX_WORK:
        return re.sub(r"<(/?)([a-z][\w:-]{0,40})[^<>]*>", _flat_tag, markup, flags=re.I)
    return markup


def _depth(markup: str) -> int:
    depth = deepest = 0
    for tag in _OPENING.finditer(markup):
        if tag[2].lower() not in _UNNESTED:
            depth = depth - 1 if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _flat_tag(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    if name in _DROPPED or name in ("html", "body"):
        return f"<{tag[1]}{name}>"
    return "<br>" if name in _BLOCKS or name == "br" else ""


# --- the walk ---

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_SOURCE_BLANKS, _INLINE_BLANKS = re.compile("[ \t\r\n\f]+"), re.compile("[ \t\r\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
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


@dataclass(slots=True)
class _Element:
    """An open element: where its text starts in the page's, and what is in it so far."""

    tag: str
    start: int
    attributes: dict[str, str | None]
    preformatted: bool = False
    framing: str = ""
    chars: int = 0
    linked: int = 0
    links: int = 0
    prose: bool = False
    dated: bool = False
    items: list[tuple[int, int]] | None = None  # of an <ol>: where each item's text is, and its value

    @property
    def is_link(self) -> bool:
        return self.tag == "a" and self.attributes.get("href") is not None

    def take_in(self, inner: _Element) -> None:
        self.chars += inner.chars
        self.linked += inner.linked
        self.links += inner.links
        self.prose = self.prose or inner.prose
        self.dated = self.dated or inner.dated


class _Page:
    """Walks the tree without recursion and writes the text as it goes; what is dropped is cut off the end again."""

    def __init__(self, whole_page: bool, keep_all: bool = False) -> None:
        self._whole_page = whole_page
        self._keep_all = keep_all
        self._out: list[str] = []
        self._open: list[_Element] = []
        self._tables: list[_Table] = []
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
        elif tag not in _DROPPED and node.is_element_node:
            attributes = node.attributes
            if self._keep_all or tag == "body" or not _is_hidden(attributes):
                self._begin(tag, attributes)
                return True
        return False

    def _begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        above = self._open[-1] if self._open else None
        kept_breaks = above.preformatted if above else not self._whole_page
        if attributes or tag == "pre":
            kept_breaks |= tag == "pre" or bool(_PREFORMATTED.search(attributes.get("style") or ""))
        framing = _framing(tag, attributes)
        if above and tag not in _KNOWN and not framing and kept_breaks == above.preformatted:
            self._open.append(above)  # a mere <span>: a page from Word has one around every few words
            return
        element = _Element(tag, len(self._out), attributes, kept_breaks, framing)
        self._open.append(element)
        if tag in _BLOCKS:
            self._out.append("\n")
        if tag in _SPECIAL:
            self._begin_special(element)

    def _begin_special(self, element: _Element) -> None:
        if element.tag == "table":
            self._tables.append(_Table(element.start))
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
        kept = self._keep_all or not _is_frame(element)
        if element.tag in _SPECIAL:
            self._end_special(element, kept)
        if not kept:
            del self._out[element.start :]
            return
        if element.tag in _BLOCKS:
            self._out.append("\n")
        if above:
            above.take_in(element)

    def _end_special(self, element: _Element, kept: bool) -> None:
        tag = element.tag
        if tag == "table":
            table = self._tables.pop()
            if kept:
                self._end_table(table)
        elif tag in ("td", "th", "caption") and self._tables:
            self._end_cell(element)
        elif tag == "li" and kept and self._open[-1].tag == "ol":
            self._end_item(element)
        elif tag == "ol":
            self._number_items(element)
        elif element.is_link:
            self._links -= 1

    def _write(self, text: str) -> None:
        element = self._open[-1]
        size = len(text.strip())
        if not size and element.tag in _NO_TEXT:
            return
        text = (_INLINE_BLANKS if element.preformatted else _SOURCE_BLANKS).sub(" ", _CONTROL.sub("", text))
        self._out.append(text)
        if size:
            element.chars += size
            # A sentence that is one link is still prose: an unclosed <a> makes links of whole chapters.
            element.linked += size if self._links and "。" not in text else 0
            element.prose = element.prose or bool(_NUMBERED.search(text) or _ATTACHED.search(text))
            element.dated = element.dated or bool(_DATED.search(text))

    # Lists

    def _end_item(self, item: _Element) -> None:
        """Note the first piece of text of a list item: its number is put before it when the list ends."""
        ordered, value = self._open[-1], _number(item.attributes.get("value"), 0)
        near = range(item.start, min(item.start + 50, len(self._out)))
        at = next((at for at in near if self._out[at].strip()), -1)
        if ordered.items is None:
            ordered.items = []
        ordered.items.append((at, value))

    def _number_items(self, ordered: _Element) -> None:
        """Write the numbers that a browser shows, unless the author typed numbers as well, or it lists mere links."""
        form, items = _list_form(ordered.attributes), ordered.items or []
        typed = sum(at >= 0 and bool(_TYPED.match(self._out[at])) for at, _ in items)
        links_only = ordered.linked > 0.7 * ordered.chars
        if form is None or links_only or typed * 2 > len(items):
            return
        number = _number(ordered.attributes.get("start"), 1)
        for at, value in items:
            number = value or number
            if at >= 0 and not self._out[at].startswith(_ROW_START):
                mark = format_number(number, form) + ("、" if form == "chineseCounting" else ". ")
                self._out[at] = mark + self._out[at].lstrip()
            number += 1

    # Tables

    def _end_cell(self, cell: _Element) -> None:
        table = self._tables[-1]
        # Of a table that holds tables nothing is kept: it is there for the layout.
        text = "" if table.nested else "".join(self._out[cell.start :]).strip()
        if cell.tag == "caption":
            table.caption = text
            return
        table.add(text, cell)
        self._out.append("\t")

    def _end_table(self, table: _Table) -> None:
        if self._tables:
            self._tables[-1].nested = True
        table.finish()
        lines = [] if table.is_layout() else grid_lines(table.rows, _MAX_COLUMNS)
        if lines:
            del self._out[table.start :]
            self._out += [f"\n{table.caption}\n", _ROW_START + "\n".join(lines) + "\n"]


_ROW_START = "\x1d\n"  # parts adjacent tables; taken out again where the table before is not adjacent


def _tidy(text: str) -> str:
    """Return the lines without blanks at their ends and without empty lines."""
    text = re.sub(" {2,}", " ", re.sub("[ \t]*\n[ \t\n]*", "\n", text))
    lines: list[str] = []
    for line in text.split("\n"):
        parts_tables = line == "\x1d" and bool(lines) and lines[-1].startswith("\x1e")
        if parts_tables or line.startswith("\x1e") or (line != "\x1d" and line.strip()):
            lines.append(line if line.startswith("\x1e") else line.strip(" \t"))
    return "\n".join(lines)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII) else default


# --- what is not part of the document ---

# Whole words of a class or id, so that `navigation-bar` is one and `innovation` is not.
_FRAMING = re.compile(
    r"(?:^|[-_\s])(nav|navi|navbar|navs|navigation|daohang|menu|submenu|topbar|toolbar|sidebar|breadcrumbs?|crumbs?|bread|"
    r"dqwz|weizhi|location|share|bdshare\w*|sharebox|fenxiang|social|footer|foot|copyright|banquan|related|relate|"
    r"recommend|xgwj|pager|pagination|paging|fanye|prevnext|header|skip|search)(?=$|[-_\s\d])",
    re.I,
)
_HOLDING = re.compile(r"article|content|detail|main|title|text|zoom|editor|body|^con$|zhengwen|neirong", re.I)
_MAX_FRAME_TEXT = 200  # unlinked characters: the site's address and record numbers, not a document


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    return bool(attributes) and ("hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or "")))


def _framing(tag: str, attributes: dict[str, str | None]) -> str:
    """Return what part of the site's frame an element is called; templates name things oddly, so no more is known."""
    if tag in ("nav", "header", "footer", "aside"):
        return tag
    if not attributes or tag in _TABLE_PARTS or tag in ("body", "h1", "h2"):
        return ""
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    called = _FRAMING.search(names) if names != " " else None
    return called[1].lower() if called and not _HOLDING.search(names) else ""


def _is_frame(element: _Element) -> bool:
    """Say whether an element is the site's and not the document's; in doubt it is the document's."""
    if element.prose or element.tag in _TABLE_PARTS or element.tag == "body":
        return False
    if element.links >= 4 and element.linked > 0.7 * element.chars:
        return element.tag in _BLOCKS
    if not element.framing or element.dated:
        return False
    unlinked = element.chars - element.linked
    # A header may hold the title and nothing else.
    return element.linked > unlinked if element.framing == "header" else unlinked <= _MAX_FRAME_TEXT


# --- lists and tables ---

_TYPED = re.compile(r"\s*(?:[（(]?[\d一二三四五六七八九十]{1,3}\s*[）)、.．]|第.{1,6}[编章节条]|[①-⑳])")
_LIST_FORMS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "decimal": "decimal", "lower-alpha": "lowerLetter", "upper-alpha": "upperLetter", "lower-latin": "lowerLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "decimal-leading-zero": "decimalZero", "cjk-ideographic": "chineseCounting",
    "simp-chinese-informal": "chineseCounting", "trad-chinese-informal": "chineseCounting",
}  # fmt: skip


def _list_form(attributes: dict[str, str | None]) -> str | None:
    """Return Word's name of the list's number format, None for a list that shows no numbers."""
    style = re.search(r"list-style(?:-type)?\s*:\s*([^;]*)", attributes.get("style") or "", re.I)
    if style:
        words = style[1].lower().split()
        if set(words) & {"none", "disc", "circle", "square"}:
            return None
        return next((_LIST_FORMS[word] for word in words if word in _LIST_FORMS), "decimal")
    return _LIST_FORMS.get(attributes.get("type") or "1", "decimal")


_MAX_COLUMNS = 200
_MAX_ROWSPAN = 65_534  # as browsers have it
_MAX_REACHED = 200_000  # cells that rowspans may add to a table
_LONG_CELL, _LONG_TEXT = 400, 1500  # characters


@dataclass(slots=True)
class _Table:
    """An open table: its rows, with a cell for every row that a rowspan reaches down into."""

    start: int
    caption: str = ""
    nested: bool = False
    rows: list[list[Cell]] = field(default_factory=list)
    _column: int = 0
    _reach: dict[int, tuple[int, int]] = field(default_factory=dict)  # column -> last row, columns covered
    _reached: int = 0
    _longest: str = ""
    _size: int = 0

    def add_row(self) -> None:
        self.finish()
        self.rows.append([])

    def add(self, text: str, cell: _Element) -> None:
        """Put a cell in the last row, after those that reach down into it from above."""
        if not self.rows:
            self.rows.append([])
        while self._column in self._reach:
            self._continue()
        across = max(1, _number(cell.attributes.get("colspan"), 1))
        down = _number(cell.attributes.get("rowspan"), 1) or _MAX_ROWSPAN  # 0 reaches to the table's end
        self.rows[-1].append(Cell([text] if text else [], across))
        if down > 1 and self._column < _MAX_COLUMNS:
            self._reach[self._column] = (len(self.rows) - 2 + down, across)
        self._column += across
        self._size += len(text)
        self._longest = max(self._longest, text, key=len)

    def finish(self) -> None:
        """End the last row with the cells that reach into it right of its own."""
        if self.rows and self.rows[-1]:
            for column in sorted(column for column in self._reach if column >= self._column):
                if column > self._column:
                    self.rows[-1].append(Cell([], column - self._column))
                    self._column = column
                if column == self._column:
                    self._continue()
        self._column = 0

    def _continue(self) -> None:
        last, across = self._reach[self._column]
        if last < len(self.rows) - 1 or self._reached > _MAX_REACHED:
            del self._reach[self._column]
            return
        self._reached += 1
        self.rows[-1].append(Cell([], across, continues=True))
        self._column += across

    def is_layout(self) -> bool:
        """Say whether the table only arranges a page: it holds tables, or a cell that is a text of its own."""
        size = len(self._longest)
        prose = sum(bool(line.strip()) for line in self._longest.split("\n")) > 2
        return self.nested or size > _LONG_TEXT or (prose and size > max(_LONG_CELL, 0.6 * self._size))
