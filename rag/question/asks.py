"""What kind of thing a question asks for, by the words that ask."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.tokens import normalise

_ASKS_FILE = Path(__file__).parent.parent / "data" / "asks.tsv"
# Words that say what is asked and not about what: alone they make no subject.
ASKING = re.compile(
    r"哪个|哪些|哪几|哪|什么|多少|几|怎么|怎样|如何|为什么|是否|谁|何时|时候|部门|单位|负责|牵头|标准|比例|时间|多久|具体|内容|规定|"
    r"要求|目标|政策|达到|水平|程度|多[大高宽长深远重]|文件|情况|名单|是|有|要|由|来|去|到|会|能|可以|应|该|这个|那个|这项|其中|里面|方面|重点|对象"
)


def what_is_asked(text: str) -> str:
    """Return the kind of answer a question wants, by the first of the patterns that fits."""
    plain = normalise(text)
    return next((kind for kind, pattern in _asks() if pattern.search(plain)), "other")


@cache
def _asks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in _ASKS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((kind, re.compile(normalise(pattern), re.IGNORECASE)) for kind, pattern in rows)
