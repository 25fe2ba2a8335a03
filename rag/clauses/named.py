"""Numbers that count nothing: an ordinal (第十次, 九届十四次), or the name of something (三年行动, “四个全面”)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.types import Figure

_RULES = Path(__file__).parent / "data" / "named_numbers.tsv"
_AROUND = 12  # characters on either side that a rule may look at


def is_named(text: str, figure: Figure) -> bool:
    """Return whether a figure of a text is an ordinal or part of a name, by where it stands."""
    before, after = text[max(0, figure.start - _AROUND) : figure.start], text[figure.end : figure.end + _AROUND]
    return any(
        left.search(before) and own.fullmatch(figure.text) and right.match(after) for left, own, right in _rules()
    )


@cache
def _rules() -> tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in _RULES.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((re.compile(rf"(?:{left})$"), re.compile(own), re.compile(right)) for left, own, right in rows)
