"""Digits and Latin letters in half width, so that figures are found.

Punctuation between Chinese characters stays as the document has it: `,` or `，`, `(` or `（` are one mark to
every reader of the text, and a citation should look like its document.
"""

from __future__ import annotations

import re

_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ％]")
_NARROW = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF05)
}
# Between digits and letters a wide mark is part of the number or the name: ２．５, ３＋２＋１, ２０１０－２０１２.
_JOINTS = re.compile("[．／－＋＿＠](?<=[0-9A-Za-z].)(?=[0-9A-Za-z])")


def narrow(text: str) -> str:
    """Turn full-width digits, letters and ％ into half-width ones, and the marks that join them."""
    if _WIDE.search(text):
        text = text.translate(_NARROW)
    return _JOINTS.sub(lambda match: chr(ord(match[0]) - 0xFEE0), text)
