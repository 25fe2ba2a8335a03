"""The numbers of a web page's lists, which a browser shows and the source does not hold."""

from __future__ import annotations

import re

from index.readers.html_elements import Element, whole
from index.readers.html_tables import ROW_START
from index.readers.numerals import format_number

_TYPED = re.compile(r"\s*(?:[（(]?[\d一二三四五六七八九十]{1,3}\s*[）)、.．]|第.{1,6}[编章节条]|[①-⑳])")
_LIST_FORMS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "decimal": "decimal", "lower-alpha": "lowerLetter", "upper-alpha": "upperLetter", "lower-latin": "lowerLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "decimal-leading-zero": "decimalZero", "cjk-ideographic": "chineseCounting",
    "simp-chinese-informal": "chineseCounting", "trad-chinese-informal": "chineseCounting",
}  # fmt: skip


def note_item(out: list[str], ordered: Element, item: Element) -> None:
    """Note the first piece of text of a list item: its number is put before it when the list ends."""
    value = whole(item.attributes.get("value"), 0)
    near = range(item.start, min(item.start + 50, len(out)))
    at = next((at for at in near if out[at].strip()), -1)
    if ordered.items is None:
        ordered.items = []
    ordered.items.append((at, value))


def number_items(out: list[str], ordered: Element) -> None:
    """Write the numbers that a browser shows, unless the author typed numbers as well, or it lists mere links."""
    form, items = _list_form(ordered.attributes), ordered.items or []
    typed = sum(at >= 0 and bool(_TYPED.match(out[at])) for at, _ in items)
    links_only = ordered.linked > 0.7 * ordered.chars
    if form is None or links_only or typed * 2 > len(items):
        return
    number = whole(ordered.attributes.get("start"), 1)
    for at, value in items:
        number = value or number
        if at >= 0 and not out[at].startswith(ROW_START):
            mark = format_number(number, form) + ("、" if form == "chineseCounting" else ". ")
            out[at] = mark + out[at].lstrip()
        number += 1


def _list_form(attributes: dict[str, str | None]) -> str | None:
    """Return Word's name of the list's number format, None for a list that shows no numbers."""
    style = re.search(r"list-style(?:-type)?\s*:\s*([^;]*)", attributes.get("style") or "", re.I)
    if style:
        words = style[1].lower().split()
        if set(words) & {"none", "disc", "circle", "square"}:
            return None
        return next((_LIST_FORMS[word] for word in words if word in _LIST_FORMS), "decimal")
    return _LIST_FORMS.get(attributes.get("type") or "1", "decimal")
