"""A web page's source before it is parsed: escapes made once too often undone, what costs a parser its square taken out."""

from __future__ import annotations

import re

from index.readers.html_elements import BLOCKS, DROPPED, names

_ESCAPED_AMP = re.compile(r"&(?:amp;)+(?=(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});)", re.I)
# Only tags with full names: `p&lt;b&gt;c` may be a comparison, `&lt;b&gt;` in prose is left as it stands.
_ESCAPED_TAG = re.compile(
    r"&lt;(/?(?:p|div|br|hr|span|table|tbody|thead|tr|td|th|font|strong|ul|ol|li|h[1-6]|section|o:p|img)"
    r"(?:\s(?:[^<>&]|&(?!lt;|gt;))*)?/?)&gt;",
    re.I,
)


def unescaped(markup: str) -> str:
    """Undo escapes made once too often: `&amp;nbsp;` is a space, `&lt;p&gt;` a paragraph."""
    markup = _ESCAPED_AMP.sub("&", markup)
    return _ESCAPED_TAG.sub(r"<\1>", markup) if "&gt;" in markup else markup


# The parser re-opens an unclosed one of these in every later paragraph; as a span it ends with its own.
_FORMATTING = re.compile(r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u|math)(?=[\s/>])", re.I)
_LONG_TAG = re.compile(r"<([a-z][\w:-]{0,40})\s[^<>]{3000,}>", re.I)  # thousands of attributes cost their square
_OPENING = re.compile(r"<(/?)([a-z][\w:-]{0,40})", re.I)
_UNNESTED = names(  # these close by themselves, or hold nothing
    "a area base br col dd dt hr img input li link meta o:p option p param source td th tr tbody thead tfoot wbr"
)
_MAX_WORK = 2_000_000_000  # tags times depth: the parser looks up the whole stack at every block


def safe(markup: str) -> str:
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
    if name in DROPPED or name in ("html", "body"):
        return f"<{tag[1]}{name}>"
    return "<br>" if name in BLOCKS or name == "br" else ""
