"""The title of a conversation: its first question, cut where it reads well."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 40  # columns, a Chinese character being two: what the left column of the page shows
_SHORTEST = 20  # columns that a title cut at a pause must have
_GREETING = re.compile(r"^(?:(?:(?:你|您)好|请问(?:一下)?|(?:麻烦|我?想)问(?:一下)?|咨询一下)[,，。:：!！\s]*)+")
_END = re.compile(r"[\s?？。.!！,，;；:：、]+$")
_PAUSE = re.compile(r"[,，。;；:：、?？!！\s]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")

UNTITLED = "未命名"


def title_of(question: str) -> str:
    """Return a question as a title: no greeting, no end mark, cut at a pause where it is long."""
    text = plain(question)
    text = _END.sub("", _GREETING.sub("", text)) or text
    if _columns(text) <= _LONGEST:
        return text or UNTITLED
    kept = _first_columns(text, _LONGEST - 2)
    pauses = [m.start() for m in _PAUSE.finditer(kept) if _columns(kept[: m.start()]) >= _SHORTEST]
    return _END.sub("", kept[: pauses[-1]] if pauses else kept) + "…"


def plain(text: str) -> str:
    """Return a text on one line, without what cannot be seen."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _first_columns(text: str, columns: int) -> str:
    kept = ""
    for character in text:
        columns -= _columns(character)
        if columns < 0:
            break
        kept += character
    return kept


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
