"""A model's reply, whole or still growing, into the statements that it makes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from langchain_core.utils.json import parse_partial_json

from index.tokens import normalise

MAX_STATEMENTS = 5  # one to three are asked for
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)  # some templates keep the start
_JSON = re.compile(r"[{\[]\s*(?=[{\"\[\]}])")
# 〔1〕 in a statement would look like one of our own marks; 〔2012〕 is part of a 文号.
# What is not seen, or turns round what is: \u202e makes 042 look like 240.
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
_OWN_MARK = re.compile(r"[〔［\[【(（]\s*\d{1,2}\s*[〕］\]】)）]")


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as the model wrote it: its words and the label that it gives as its clause."""

    text: str
    label: str


def read_reply(reply: str) -> list[Written]:
    """Return the complete statements of a reply so far, in order and each once."""
    unique: dict[str, Written] = {}
    for item in _items(reply):
        if _is_statement(item) and (text := _clean(item["text"])):
            unique.setdefault(normalise(text), Written(text, _label(item)))
    return list(unique.values())[:MAX_STATEMENTS]


def is_enough(reply: str) -> bool:
    """True if a reply has more statements than are wanted, also if it says the same again and again."""
    return len(_items(reply)) >= MAX_STATEMENTS


def declines(reply: str) -> bool:
    """True if a whole reply says that the clauses do not hold the answer."""
    record, closed = _record(reply)
    return closed and (record.get("statements") == [] or record.get("answerable") is False)


def _items(reply: str) -> list[Any]:
    record, closed = _record(reply)
    found = record.get("statements")
    items = found if isinstance(found, list) else []
    return items if closed else items[:-1]


def _is_statement(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("text"), str)


def _label(item: dict[str, Any]) -> str:
    label = item.get("clause")
    return label if isinstance(label, str) else ""


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", _OWN_MARK.sub("", _UNSEEN.sub("", text))).strip()


def _record(reply: str) -> tuple[dict[str, Any], bool]:
    """Return a reply's JSON object so far, and whether its last statement is complete."""
    text = _THOUGHT_END.sub("", _THOUGHT.sub("", reply))
    start = _JSON.search(text)
    if not start:
        return {}, False
    text = text[start.start() :].rstrip().removesuffix(",")
    for end in ("", "}", "]}", "]"):  # whole, or between two statements
        if (record := _decoded(text + end)) is not None:
            return record, True
    try:
        return _as_record(parse_partial_json(text)) or {}, False
    except (ValueError, RecursionError):
        return {}, False


def _decoded(text: str) -> dict[str, Any] | None:
    try:
        return _as_record(json.JSONDecoder().raw_decode(text)[0])
    except (ValueError, RecursionError):
        return None


def _as_record(found: Any) -> dict[str, Any] | None:
    found = {"statements": found} if isinstance(found, list) else found
    return found if isinstance(found, dict) else None
