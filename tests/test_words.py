"""The words of the interface: each has its English, with the same holes, and none is left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rag.page.words.say import english, language_of, say

_ROOT = Path(__file__).parent.parent / "rag"
_IN_TEMPLATES = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HOLE = re.compile(r"\{(\w*)[^}]*\}")
_NOT_SAID = re.compile(r"\{[{%#].*?[}%#]\}|<code>.*?</code>", re.DOTALL)  # what is typed is typed so in any language


def _said() -> dict[str, str]:
    """Return every text that is told in the visitor's language, with the file that tells it."""
    said = {}
    for path in sorted(_ROOT.rglob("*.html")):
        said |= {found[1] or found[2]: path.name for found in _IN_TEMPLATES.finditer(path.read_text("utf-8"))}
    for path in sorted((_ROOT / "page").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ("say", "label", "_"):
                said |= {text: path.name for text in map(_constant, node.args) if text and _HAN.search(text)}
    return said


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_word_has_its_english() -> None:
    assert len(_said()) > 50
    assert {text: file for text, file in _said().items() if text not in english()} == {}


def test_the_english_has_the_same_holes_and_is_english() -> None:
    assert not [t for t, told in english().items() if sorted(_HOLE.findall(t)) != sorted(_HOLE.findall(told))]
    assert not [
        told for text, told in english().items() if told != text and not re.search("[A-Za-z]", _HOLE.sub("x", told))
    ]


@pytest.mark.parametrize("path", sorted((_ROOT / "page").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_in_one_language_only(path: Path) -> None:
    bare = _NOT_SAID.sub("", path.read_text("utf-8"))
    assert not re.findall(r"[\u4e00-\u9fff]+", bare)


@pytest.mark.parametrize(
    ("accept", "language"),
    [("en-US,en;q=0.9", "en"), ("EN", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr", "zh"), ("", "zh")],
)
def test_english_is_for_those_who_put_it_first(accept: str, language: str) -> None:
    assert language_of(accept) == language


def test_what_has_no_english_is_said_in_chinese() -> None:
    assert say("en", "没有这句{n}", n=3) == "没有这句3"
