"""The form in which titles and 文号 are compared: brackets of all kinds, spaces and 书名号 make no difference."""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\s《》〈〉<>＜＞“”\"]")
_BRACKETS = str.maketrans("（）〔〕[]【】", "()()()()")


def title_key(text: str) -> str:
    """Return a title or a 文号 as it is compared with another."""
    return _MARKS.sub("", text).translate(_BRACKETS)
