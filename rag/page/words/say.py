"""What the interface says: written in Chinese, and told in English where the browser asks for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_ENGLISH = Path(__file__).with_name("en.tsv")


def language_of(accept: str) -> str:
    """Return `en` where English comes first in an Accept-Language header, else `zh`."""
    return "en" if accept.strip().lower().startswith("en") else "zh"


def say(language: str, text: str, **values: object) -> str:
    """Return the words in a language, its {holes} filled; Chinese where there are no others."""
    told = english().get(text, text) if language == "en" else text
    return told.format(**values) if values else told


@cache
def english() -> dict[str, str]:
    """Return what each Chinese text of the interface is in English."""
    lines = _ENGLISH.read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line and not line.startswith("#"))
