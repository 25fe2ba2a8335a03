"""Word's fields: what they show is read, what they compute it from is not, and no table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from index.readers.docx_xml import w
from index.readers.numerals import format_number


@dataclass(slots=True)
class _Field:
    """A field: its code, and whether its result has begun."""

    code: str = ""
    in_result: bool = False

    @property
    def shows(self) -> bool:
        return self.in_result and not self.is_contents

    @property
    def is_contents(self) -> bool:
        return self.code.lstrip()[:3].upper() == "TOC"


# Word's 带圈字符 is a field without a result: eq \o\ac(○,3)
_ENCLOSED = re.compile(r"\s*eq\s*\\o\s*\\ac\s*\(\s*[○〇◯Ｏ]\s*[,，;；]\s*(\d{1,2})\s*\)\s*", re.I)


@dataclass(slots=True)
class Fields:
    """The fields open at this point; only results are read, and no table of contents."""

    trusted: bool
    _open: list[_Field] = field(default_factory=list)
    _silent: int = 0
    contents: int = 0

    @property
    def silent(self) -> bool:
        """Say whether the text here is a field's code, or in a table of contents."""
        return self.trusted and self._silent > 0

    @property
    def closed(self) -> bool:
        """Say whether every field that began has ended."""
        return not self._open

    def instruct(self, text: str) -> None:
        """Take a piece of the innermost field's code; no more than tells what kind of field it is."""
        if self._open and len(self._open[-1].code) < 200:
            self._open[-1].code += text

    def mark(self, char: Any) -> str:
        """Take a w:fldChar; return the text that a field without result shows."""
        kind = char.get(w("fldCharType"))
        if kind == "begin":
            self._open.append(_Field())
            self._silent += 1
        elif kind == "separate" and self._open and not self._open[-1].in_result:
            self._open[-1].in_result = True
            self._silent -= self._open[-1].shows
            self.contents += self._open[-1].is_contents
        elif kind == "end" and self._open:
            return self._close(self._open.pop())
        return ""

    def _close(self, done: _Field) -> str:
        self._silent -= not done.shows
        self.contents -= done.in_result and done.is_contents
        enclosed = None if done.in_result else _ENCLOSED.fullmatch(done.code)
        return format_number(int(enclosed[1]), "decimalEnclosedCircle") if enclosed else ""
