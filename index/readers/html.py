"""A web page, whole or half-stripped, -> its text: one line a block, data tables as rows, the site's frame left out."""

from __future__ import annotations

import html
import re

from index.errors import UserError
from index.readers import text as plain
from index.readers.html_elements import CONTROL
from index.readers.html_markup import safe, unescaped
from index.readers.html_page import Page

_CHARSET = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.I)
_DECLARED = 16 * 1024  # browsers look for the charset in the first 1024 bytes; scripts may stand before it
_CODECS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "big5": "cp950", "big5-hkscs": "big5hkscs", "utf-8": "utf-8", "utf8": "utf-8",
}  # fmt: skip
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MAX_TAGS = 2_500_000  # a table of 100,000 rows and ten columns; each tag costs some 4 µs and 300 bytes


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
    for node in LexborHTMLParser(safe(markup[:_HEAD])).css("meta[name][content]"):
        name, content = (_one_line(html.unescape(node.attributes[key] or "")) for key in ("name", "content"))
        if name and content:
            found.setdefault(name, content)
    return found


def _one_line(text: str) -> str:
    return " ".join(CONTROL.sub("", text).split())


def html_to_text(markup: str) -> str:
    """Return the text of a page or fragment, one line a block element; raises UserError on millions of tags."""
    from selectolax.lexbor import LexborHTMLParser

    markup = unescaped(markup)
    if markup.count("<") > _MAX_TAGS:
        raise UserError("网页的标签过多, 无法读取。请只保存正文部分, 或拆分后再加入。")
    # Line breaks of a page's source mean nothing; those of a half-stripped one do.
    whole_page = bool(re.search(r"<(?:html|body)\b", markup, re.I))
    body = LexborHTMLParser(safe(markup)).body
    if body is None:
        return ""
    text = Page(whole_page).text(body)
    # All hidden until a script shows it, or nothing but links: better too much than an empty document.
    return text or Page(whole_page, keep_all=True).text(body)
