"""The names of Word's XML, and what its properties say."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@cache
def w(name: str) -> str:
    """Return the name as lxml has it, in the namespace of Transitional."""
    return f"{{{MAIN}}}{name}"


PARAGRAPH, TABLE, ROW, CELL, CONTROL, RUN = (w(name) for name in ("p", "tbl", "tr", "tc", "sdt", "r"))
VAL, TEXT, BOX, SYMBOL = w("val"), w("t"), w("txbxContent"), w("sym")
FIELD_CHAR, INSTRUCTION, SIMPLE_FIELD = w("fldChar"), w("instrText"), w("fldSimple")
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"


def value(parent: Any, name: str) -> str | None:
    """Return the w:val of the child of that name, None without the child."""
    child = parent.find(w(name)) if parent is not None else None
    return None if child is None else child.get(VAL, "")


def switch(parent: Any, name: str) -> bool | None:
    """Return what an on/off property says, None when it is not there."""
    child = parent.find(w(name)) if parent is not None else None
    return None if child is None else child.get(VAL, "1") not in ("0", "false", "off")


def whole(text: str | None, default: int = 0) -> int:
    """Return the number that an attribute states, the default when it states none or one too large to mean."""
    return int(text) if text and re.fullmatch(r"\d{1,9}", text, re.ASCII) else default
