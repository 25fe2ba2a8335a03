"""Which names mean one department: 市卫生局 and 卫生局, 发改委 and 发展和改革委员会."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from index.regions import find_regions
from index.tokens import synonyms

_WORDS = Path(__file__).parent / "data" / "department_words.tsv"
_LEVEL = re.compile(r"^(?:(?:国家|自治区|自治州|省|市|州|盟|县|区|旗)(?:委(?!员))?|党委)(?=.{2,})")


@lru_cache(maxsize=20_000)
def department_key(name: str) -> str:
    """Return what all names of a department have in common: without place and level, its words in their short form."""
    bare = bare_name(name)
    forms = {_short(bare), *(_short(bare_name(other)) for other in synonyms(bare) + synonyms(_short(bare)))}
    return min(forms, key=lambda form: (len(form), form))


def bare_name(name: str) -> str:
    """Return a name without the place and the level that lead it: 市卫生局 as 卫生局; too little is never left."""
    name = name.strip()
    first = next(iter(find_regions(name)), None)
    if first and first.start == 0 and len(name) - first.end >= 2:
        name = name[first.end :]
    return _LEVEL.sub("", name)


def _short(name: str) -> str:
    for long, short in _short_words():
        name = name.replace(long, short)
    return name


@lru_cache(maxsize=1)
def _short_words() -> tuple[tuple[str, str], ...]:
    rows = (line.split("\t") for line in _WORDS.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((long, short) for long, short in rows)
