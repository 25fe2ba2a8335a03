"""Addresses of a site stamped into sentences, and lines of keywords for search engines."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

_CUES_FILE = Path(__file__).parent.parent / "data" / "link_cues.txt"
_HOST = (
    r"(?:https?://)?(?:www\.|(?:[a-z0-9-]{1,40}\.){1,3})[a-z0-9-]{1,40}(?:\.[a-z]{2,4}){1,2}(?:/[\w./?=&%-]{0,200})?"
)
_ADDRESS = re.compile(rf"(?=[a-z0-9])(?<=[\u3400-\u9fff，。、；]){_HOST}(?=[\u3400-\u9fff，。、；])", re.I | re.A)
_LOOK = re.compile(r"\.(?:cn|com|net|org|gov|edu|info|cc|CN|COM|NET|ORG|GOV)")
_TIMES = 3  # one or two may be meant
_BARS = re.compile(r"^(?:[^|｜。\n\x1d-\x1f]{1,24}[|｜]){10,}[^|｜。\n\x1d-\x1f]{0,60}$", re.M)
_LONG = 200  # a shorter line is chrome (data/chrome.txt), and may be one that is wanted


def remove_watermarks(text: str) -> str:
    """Drop an address that stands inside sentences three times and more, unless they speak of it: 登录www.…查询."""
    if not _LOOK.search(text):
        return text
    found = list(_ADDRESS.finditer(text))
    told = Counter(match[0].lower() for match in found)
    stamped = [
        m for m in found if told[m[0].lower()] >= _TIMES and not _cue().search(text, max(0, m.start() - 8), m.start())
    ]
    silent = Counter(match[0].lower() for match in stamped)
    pieces, done = [], 0
    for match in stamped:
        if 2 * silent[match[0].lower()] > told[match[0].lower()]:
            pieces.append(text[done : match.start()])
            done = match.end()
    return "".join(pieces) + text[done:]


def remove_keywords(text: str) -> str:
    """Empty a long line that is nothing but keywords between bars; the line itself stays."""
    if text.count("|") + text.count("｜") < 10:
        return text
    return _BARS.sub(lambda match: match[0] if len(match[0]) <= _LONG else "", text)


@cache
def _cue() -> re.Pattern[str]:
    """Return what stands before an address that is meant; `endpos` cuts the text there, so $ is the place."""
    words = [row for row in _CUES_FILE.read_text("utf-8").splitlines() if row and row[0] != "#"]
    return re.compile(f"(?:{'|'.join(map(re.escape, words))})[：:（(]?$")
