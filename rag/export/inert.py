"""Text as Markdown that shows it letter by letter: nothing in it is markup."""

from __future__ import annotations

import re

# Round brackets make no link without square ones, which are escaped; behind a backslash some take them for a formula.
_MARKUP = re.compile(r"([\\`*_\[\]<>&#|~$]|(?<=\\)[()])")
_LIST_START = re.compile(r"(?m)^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")  # lists and underlined headings
_AUTOLINK = re.compile(r"(?i)(?<=[a-z])(?=://)|(?<=www)(?=\.)|(?=@)")
_INDENT = re.compile(r"(?m)^[ \t]+")  # four spaces would be a code block


def escape_markdown(text: str) -> str:
    """Return Markdown that shows `text` letter by letter, less the indent of its lines."""
    text = _MARKUP.sub(r"\\\1", _INDENT.sub("", text))
    text = _LIST_START.sub(r"\g<1>\\", text)
    return _AUTOLINK.sub(r"\\", text)
