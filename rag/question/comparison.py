"""Whether a question sets things side by side: 有什么不同, 哪个高, 各是多少."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.tokens import normalise

_WORDS_FILE = Path(__file__).parent.parent / "data" / "comparing.tsv"


def is_comparison(text: str) -> bool:
    """True if a question asks how things differ, which is more, or what each of several is."""
    plain = normalise(text)
    return any(pattern.search(plain) for pattern in _patterns())


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    lines = _WORDS_FILE.read_text("utf-8").splitlines()
    return tuple(re.compile(line, re.IGNORECASE) for line in lines if line and line[0] != "#")
