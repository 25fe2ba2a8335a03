"""Characters that show nothing, or that only one font could show."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_PRIVATE_FILE = Path(__file__).parent.parent / "data" / "private_use.tsv"
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1c\x7f-\x9f"  # controls, but not \x1d-\x1f
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, writing direction
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff"  # \ufffd stays: something was there
    "\U000e0000-\U000e0fff]"
)


def remove_invisible(text: str) -> str:
    """Drop zero-width, control and private-use characters; those whose meaning a standard gives become it."""
    if _PRIVATE.search(text):
        text = _PRIVATE.sub(lambda match: _known().get(match[0], ""), text)
    return _UNSEEN.sub("", text)


@cache
def _known() -> dict[str, str]:
    rows = (line.split("\t") for line in _PRIVATE_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {chr(int(code, 16)): char for code, char, *_ in rows}
