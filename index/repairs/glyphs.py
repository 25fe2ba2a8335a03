"""Characters that only look like the right ones: radicals and compatibility forms, as PDF fonts and scanners give them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

_RADICALS_FILE = Path(__file__).parent.parent / "data" / "radicals.tsv"
# ⼀ (U+2F00) for 一, ⺠ (U+2EA0) for 民, 金 (U+F90A) for 金; ﬁ and 𝟏 from fonts for headings.
_FORMS = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\ufb00-\ufb06\U0001d7ce-\U0001d7ff\U0002f800-\U0002fa1f]")


def unify_glyphs(text: str) -> str:
    """Turn radicals and compatibility characters into the characters that they stand for."""
    return _FORMS.sub(lambda match: _form(match[0]), text)


@cache
def _form(char: str) -> str:
    return _radicals().get(char) or unicodedata.normalize("NFKC", char)


@cache
def _radicals() -> dict[str, str]:
    rows = (line.split("\t") for line in _RADICALS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {row[0]: row[1] for row in rows}
