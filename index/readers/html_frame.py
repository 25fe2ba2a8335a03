"""What of a web page is the site's and not the document's: menus, shares, footers, what is hidden."""

from __future__ import annotations

import re

from index.readers.html_elements import BLOCKS, TABLE_PARTS, Element

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Whole words of a class or id, so that `navigation-bar` is one and `innovation` is not.
_FRAMING = re.compile(
    r"(?:^|[-_\s])(nav|navi|navbar|navs|navigation|daohang|menu|submenu|topbar|toolbar|sidebar|breadcrumbs?|crumbs?|bread|"
    r"dqwz|weizhi|location|share|bdshare\w*|sharebox|fenxiang|social|footer|foot|copyright|banquan|related|relate|"
    r"recommend|xgwj|pager|pagination|paging|fanye|prevnext|header|skip|search)(?=$|[-_\s\d])",
    re.I,
)
_HOLDING = re.compile(r"article|content|detail|main|title|text|zoom|editor|body|^con$|zhengwen|neirong", re.I)
_MAX_FRAME_TEXT = 200  # unlinked characters: the site's address and record numbers, not a document


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Say whether the element itself is hidden; style sheets are not asked."""
    return bool(attributes) and ("hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or "")))


def frame_part(tag: str, attributes: dict[str, str | None]) -> str:
    """Return what part of the site's frame an element is called; templates name things oddly, so no more is known."""
    if tag in ("nav", "header", "footer", "aside"):
        return tag
    if not attributes or tag in TABLE_PARTS or tag in ("body", "h1", "h2"):
        return ""
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    called = _FRAMING.search(names) if names != " " else None
    return called[1].lower() if called and not _HOLDING.search(names) else ""


def is_frame(element: Element) -> bool:
    """Say whether an element is the site's and not the document's; in doubt it is the document's."""
    if element.prose or element.tag in TABLE_PARTS or element.tag == "body":
        return False
    if element.links >= 4 and element.linked > 0.7 * element.chars:
        return element.tag in BLOCKS
    if not element.framing or element.dated:
        return False
    unlinked = element.chars - element.linked
    # A header may hold the title and nothing else.
    return element.linked > unlinked if element.framing == "header" else unlinked <= _MAX_FRAME_TEXT
