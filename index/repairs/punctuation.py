"""Marks that stand twice, and commas that slipped before another mark: 提高,。能力 and 措施。。"""

from __future__ import annotations

import re

_STRAY_COMMA = re.compile(r"[,，]+(?=[,，。、；;：:！!）)])")
_FULL_STOPS = re.compile(r"。(?:。+)")
_AFTER_STOP = re.compile(r"(?<=[。；：、])[,，]+|(?<=。)[；、]+|[；、](?=。)")
_REPEATED = re.compile(r"([；：、])\1+")
_QUOTES = re.compile(r"“{3,}|”{3,}")
_SIGN = re.compile(r"[，。；：、,;:](?=[，。；：、,;:！!）)])|““|””")


def remove_doubled_marks(text: str) -> str:
    """Drop a comma directly before another mark, and what repeats a mark; `。。。` is an ellipsis and becomes one."""
    if not _SIGN.search(text):
        return text
    text = _FULL_STOPS.sub(lambda match: "。" if len(match[0]) == 2 else "……", text)
    text = _AFTER_STOP.sub("", _REPEATED.sub(r"\1", _STRAY_COMMA.sub("", text)))
    text = _QUOTES.sub(lambda match: match[0][0], text)
    if "““" not in text and "””" not in text:
        return text
    return "".join(map(_single_quotes, re.split("([\n\x1d-\x1f])", text)))


def _single_quotes(line: str) -> str:
    """Make a doubled quotation mark single unless as many open as close: ““三农”工作” is a quotation in another."""
    if line.count("“") > line.count("”"):
        return line.replace("““", "“")
    return line.replace("””", "”") if line.count("”") > line.count("“") else line
