"""The characters of a PDF as a text has them, and whether a text layer can be read at all."""

from __future__ import annotations

import re
from functools import cache

from index.repairs.glyphs import unify_glyphs

_SIMPLIFIED = str.maketrans({"⼾": "户", "⾭": "青"})  # NFKC gives the traditional 戶, the fonts mean 户
# What a Chinese text is written with; a font without a Unicode table gives letters of any script, or none.
_LEGIBLE = re.compile(
    "[ -~\u00a0-\u00b7\u00d7\u00f7\u0391-\u03c9\u2000-\u206f\u20ac\u2100-\u2bff\u2e80-\u33ff"
    "\u3400-\u9fff\uf900-\ufaff\ufb00-\ufb06\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
_HYPHEN = "\x02"  # PDFium's sign for a hyphen at the end of a line
_BLANK = re.compile("[\\s\u200b-\u200f\u2028-\u202e\u2060\u3164\ufeff]")
_WIDE = re.compile(
    "[\u2018-\u201d\u2026\u2014\u00b7\u2460-\u24ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]|[\U00020000-\U0003ffff]"
)


@cache
def ordinary(char: str) -> str:
    """Return the character as it is typed: ⼀ is 一, ﬁ is fi; a control character is nothing."""
    if char == _HYPHEN:
        return "-"
    return "" if char < " " else unify_glyphs(char.translate(_SIMPLIFIED))


@cache
def is_legible(char: str) -> bool:
    return bool(_LEGIBLE.match(char))


@cache
def is_blank(char: str) -> bool:
    return bool(_BLANK.match(char))


@cache
def is_wide(char: str) -> bool:
    """True for what takes a whole square: Chinese characters and their punctuation."""
    return bool(_WIDE.match(char))
