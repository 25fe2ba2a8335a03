"""Text in the characters that files can hold, and names that every system takes for a file."""

from __future__ import annotations

import re

# What XML 1.0 cannot hold: control characters, halves of surrogate pairs, and the two that are no characters.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x85\v\f]")
# Marks that turn the direction of the text after them: a name or a citation must read as it is stored.
_TURNS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f]+')
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # no file on Windows may be called so
_AROUND_JOINT = re.compile(r" *_ *")  # a question's end mark would leave a blank before the day
_LONGEST = 60  # characters: 180 bytes, and a path on Windows has 260


_ODD = re.compile("|".join(pattern.pattern for pattern in (_UNWRITABLE, _BREAKS, _TURNS)))


def legible(text: str) -> str:
    """Return a text without what XML cannot hold; every kind of line break becomes `\\n`."""
    if not _ODD.search(text):  # nearly always, and there are tables of 100,000 clauses
        return text
    return _TURNS.sub("", _UNWRITABLE.sub("", _BREAKS.sub("\n", text)))


def file_name(words: str, ending: str) -> str:
    """Return a name such as 问答_某市补助标准.docx: what the words say, less what no file may be called."""
    name = _AROUND_JOINT.sub("_", _NOT_IN_NAMES.sub(" ", legible(words))).strip(" .")[:_LONGEST].strip(" .")
    if not name or _DEVICES.match(name):
        name = f"问答{name}"
    return f"{name}.{ending}"
