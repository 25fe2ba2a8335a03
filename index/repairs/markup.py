"""What is left of a web page in plain text: &ldquo; and &#12345;, half a tag, a template that nobody filled."""

from __future__ import annotations

import html
import re

_BLOCKS = "p|br|div|td|th|tr|table|tbody|thead|li|ul|ol|dl|dt|dd|h[1-6]|hr|section|article|center|blockquote|pre|option|img|input"
_INLINE = (
    "span|font|strong|b|i|u|s|em|a|sup|sub|small|big|label|html|body|head|meta|link|script|style|form|select|button|col|"
    "colgroup|nobr|ucapcontent|ucaptitle|o:p|st1:[a-z]+|v:[a-z]+|w:[a-z]+|xml"
)
_ATTRIBUTE = r"""[a-zA-Z:-]{2,20} ?= ?(?:"[^"<>\n\x1d-\x1f]{0,300}"|'[^'<>\n\x1d-\x1f]{0,300}')"""
_IS_HTML = re.compile(
    rf"</(?:{_BLOCKS}|{_INLINE})>|<br ?/?>|<[a-z]{{1,10}}[0-6]? {_ATTRIBUTE}|<!--|{_ATTRIBUTE} ?/?>", re.I
)
_TAG = re.compile(rf"</?(?:(?P<block>{_BLOCKS})|{_INLINE})(?=[\s/>])[^<>\n\x1d-\x1f]{{0,500}}(?:>|(?=\n)|$)", re.I)
_COMMENT = re.compile(r"<!--[^\n\x1d-\x1f]{0,500}?-->")
_TAIL_OF_TAG = re.compile(rf"(?: ?{_ATTRIBUTE}){{1,20}} ?/?>")  # `style="color:red">` without its beginning
# {{item.title}}, {%if a%}, <%=b%>, ${c}, [!--title--]: never with Chinese inside.
_TEMPLATE = re.compile(
    r"\{\{[\x20-\x7a|]{0,80}\}\}|\{%[\x20-\x7a|]{0,80}%\}|<%[\x20-\x7a|]{0,80}%>|[$#]!?\{[\w.]{1,60}\}|\[!--[\w.]{1,40}--\]",
    re.A,
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# Names that pages lose the semicolon of, or have in full width: `&nbsp 第一条`, `&ldquo；`.
_BARE = re.compile(r"&(nbsp|ensp|emsp|ldquo|rdquo|lsquo|rsquo|quot|middot|mdash|hellip|lt|gt)(?:；|(?![A-Za-z0-9;=]))")
_HEADLESS = re.compile(r"(?<![A-Za-z&])nbsp;")
_AMP = re.compile(r"&(?:amp;)+(?=#?[A-Za-z0-9]{2,31};)")
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DEPTH = 4  # a page escaped twice, and once more


def remove_markup(text: str) -> str:
    """Return the text without entities, tags and empty templates; a tag that ends a line on the page leaves a space."""
    for _ in range(_DEPTH):
        plain = _remove_tags(_decode_entities(text))
        if plain == text:
            break
        text = plain
    return text


def _decode_entities(text: str) -> str:
    if "&" in text:
        text = _BARE.sub(
            lambda match: _char(f"&{match[1]};"), _ENTITY.sub(lambda match: _char(match[0]), _AMP.sub("&", text))
        )
    return _HEADLESS.sub(" ", text) if "nbsp;" in text else text


def _char(entity: str) -> str:
    # &#10; would be a new line, &#30; a row of a table: neither was in the text.
    return _NO_TEXT.sub(" ", html.unescape(entity))


def _remove_tags(text: str) -> str:
    if any(sign in text for sign in ("{{", "{%", "<%", "${", "#{", "$!", "[!--")):
        text = _TEMPLATE.sub("", text)
    if ("<" in text or '">' in text or "'>" in text) and _IS_HTML.search(text):
        text = _TAG.sub(lambda match: " " if match["block"] else "", _COMMENT.sub("", text))
        text = _TAIL_OF_TAG.sub("", text)
    return text
