"""The elements of a web page by what they do, and one that is open while the page is walked."""

from __future__ import annotations

import re
from dataclasses import dataclass


def names(text: str) -> frozenset[str]:
    """Return the words of the text, as names of elements."""
    return frozenset(text.split())


BLOCKS = names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup li main menu nav ol p pre section summary table tbody tfoot thead tr ul"
)
DROPPED = names(
    "applet audio button canvas datalist embed frameset head iframe img input map noscript object optgroup option "
    "script select style svg template textarea title video xml"
)
TABLE_PARTS = names("caption col colgroup tbody td tfoot th thead tr")
SPECIAL = names("a caption li ol table td th tr")
KNOWN = BLOCKS | TABLE_PARTS | SPECIAL
NO_TEXT = names("colgroup dl menu ol table tbody tfoot thead tr ul")  # blanks there are the source's own
CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")  # the last of them mark tables in what we return


@dataclass(slots=True)
class Element:
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

    def take_in(self, inner: Element) -> None:
        """Add what an element inside this one was found to hold."""
        self.chars += inner.chars
        self.linked += inner.linked
        self.links += inner.links
        self.prose = self.prose or inner.prose
        self.dated = self.dated or inner.dated


def whole(text: str | None, default: int) -> int:
    """Return the number that an attribute states, the default when it states none or one too large to mean."""
    return int(text) if text and re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII) else default
