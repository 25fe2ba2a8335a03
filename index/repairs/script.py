"""Traditional characters, and the variants of Hong Kong and Taiwan, into simplified Chinese."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

_VARIANTS_FILE = Path(__file__).parent.parent / "data" / "variants.tsv"
_HAN = re.compile("[\u3400-\u9fff]")
_NOT_HAN = re.compile("[^\u3400-\u9fff]+")
_MIN_TRADITIONAL = 0.05  # a simplified page that quotes one traditional name stays as it is
_MIN_IN_LINE = 0.2  # of a line that is traditional on a simplified page; one name of three in twelve is less
_LINE = 12  # characters; a name alone on its line is a name
# 著 is 着 after a verb and before 手; 著作, 显著位置 and 本著作 keep it.
_PARTICLE = re.compile(
    "(?<=[随沿本接绕味向朝凭循顺执])著(?![名作称述录])|(?<![显昭卓原名专论译遗编拙合巨土])著(?=[手重力眼])"
)


def to_simplified(text: str) -> str:
    """Turn a text that is mainly traditional into simplified Chinese, or the lines of it that are."""
    traditional = _traditional_among(set(text))
    if not traditional:
        return text
    marked = re.compile(f"[{''.join(traditional)}]")
    if _share(text, marked) > _MIN_TRADITIONAL:
        return simplify(text)
    lines = re.split("([\n\x1d-\x1f])", text)
    return "".join(simplify(line) if _is_traditional_line(line, marked) else line for line in lines)


def _traditional_among(chars: set[str]) -> list[str]:
    # What GB 2312 lacks and simplification changes is traditional; 著 and 乾 are in it, and may be either.
    rare = [char for char in chars if _HAN.match(char) and not char.encode("gb2312", "ignore")]
    plain = simplify("\n".join(rare)).split("\n") if rare else []
    return [char for char, simple in zip(rare, plain, strict=True) if char != simple]


def simplify(text: str) -> str:
    """Return the text in simplified characters, whatever it was."""
    text = _converter().convert(text).translate(_variants())
    return _PARTICLE.sub("着", text)


def _is_traditional_line(line: str, marked: re.Pattern[str]) -> bool:
    return bool(marked.search(line)) and _share(line, marked) > _MIN_IN_LINE and len(_NOT_HAN.sub("", line)) >= _LINE


def _share(text: str, marked: re.Pattern[str]) -> float:
    """Return the share of the marked characters among the Chinese ones."""
    return len(marked.findall(text)) / max(1, len(_NOT_HAN.sub("", text)))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("hk2s")  # does all that t2s does, and 衞生


@cache
def _variants() -> dict[int, str]:
    rows = (line.split("\t") for line in _VARIANTS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {ord(variant): char for variant, char in rows}
