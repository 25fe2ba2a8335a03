"""Characters that Word stores by their place in a symbol font -> the characters seen."""

from __future__ import annotations

import re
from typing import Any

from index.readers.docx_xml import w

# Font -> place -> character: those that policies use.
_SYMBOLS = {
    "symbol": dict(zip(b"\xa3\xb3\xb1\xb4\xb0\xb8\xb9\xbb\xb7\x6d\x61\x62\xae", "≤≥±×°÷≠≈·μαβ→", strict=True)),
    "wingdings": dict(zip(b"\xfe\xfd\xa8\x6f\xfc\xfb\x6c\x6e\xe8", "☑☒□□√×●■→", strict=True))
    | {0x81 + at: char for at, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩")},
    "wingdings 2": dict(zip(b"\x52\x54\x50\x4f\xa3", "☑☒√×□", strict=True))
    | {0x6A + at: char for at, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩")},
}


def symbol(element: Any) -> str:
    """Return what a w:sym shows, "" for a place that no known font fills and that is no character."""
    code = element.get(w("char"), "")
    at = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,5}", code) else 0
    known = _SYMBOLS.get(element.get(w("font"), "").lower(), {}).get(at & 0xFF if at >= 0xF000 else at)
    if known:
        return known
    return chr(at) if 0x20 <= at < 0xD800 else ""
