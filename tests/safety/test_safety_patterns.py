"""No text makes a pattern search for ever: each is tried on what it nearly matches, with every part of it repeated.

A search holds the interpreter's lock, so that one question which takes exponential time would stop all the others.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import signal
from collections.abc import Iterator
from typing import Any

import pytest

import index as index_package
import rag
from index.store import ClauseIndex
from rag.question.understand import understand
from rag.types import Question

_LONG = 48  # characters repeated: doubled work for each of them would never end
_SAMPLES = 6
_SECONDS = 1.0  # of the processor for one search, which takes a thousandth of that
_NEGATED = "甲a1 ，("


class _Endless(Exception):
    pass


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield every compiled pattern of text that a module of ours holds, by itself or in a table."""
    seen = set()
    for package in (index_package, rag):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    for pattern in _held(value):
                        if isinstance(pattern.pattern, str) and pattern not in seen:
                            seen.add(pattern)
                            yield f"{module.name}.{name}", pattern


def _held(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth == 0 and hasattr(value, "cache_info") and "Pattern" in str(inspect.signature(value)):
        if not inspect.signature(value).parameters:
            yield from _held(value(), depth + 1)  # a table that is read when it is first needed
    elif depth < 3 and isinstance(value, (dict, list, tuple, set)):
        for part in [*value, *(value.values() if isinstance(value, dict) else ())][:500]:
            yield from _held(part, depth + 1)


def _text(parts: Any, rng: random.Random) -> str:
    """Return a text that the parsed parts of a pattern match, but for what they look ahead to."""
    said = ""
    for kind, value in parts:
        if kind is sre.LITERAL:
            said += chr(value)
        elif kind in (sre.ANY, sre.NOT_LITERAL):
            said += "甲"
        elif kind is sre.IN:
            said += _one_of(value, rng)
        elif kind is sre.BRANCH:
            said += _text(rng.choice(value[1]), rng)
        elif kind is sre.SUBPATTERN:
            said += _text(value[-1], rng)
        elif kind is sre.ATOMIC_GROUP:
            said += _text(value, rng)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inner = value
            said += "".join(_text(inner, rng) for _ in range(min(20, rng.randint(least, min(most, least + 2)))))
    return said[:60]


def _one_of(choices: Any, rng: random.Random) -> str:
    classes = {sre.CATEGORY_DIGIT: "5", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "甲"}
    found = [
        chr(value if kind is sre.LITERAL else rng.randint(value[0], min(value[1], value[0] + 200)))
        if kind in (sre.LITERAL, sre.RANGE)
        else classes.get(value, "，")
        for kind, value in choices
        if kind is not sre.NEGATE
    ]
    if choices[0][0] is sre.NEGATE:
        return next((one for one in _NEGATED if one not in found), "丙")
    return rng.choice(found)


def _attacks(pattern: re.Pattern[str], rng: random.Random) -> set[str]:
    parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    samples = {_text(parsed, rng) for _ in range(_SAMPLES)}
    ends = {(text[:at], text[at : at + size]) for text in samples for at in range(len(text)) for size in (1, 2, 3)}
    return {before + again * (_LONG // len(again)) + "\1" for before, again in ends}


def test_no_pattern_searches_for_ever() -> None:
    rng = random.Random(11)
    patterns = list(_patterns())
    assert len(patterns) > 400
    endless = [f"{name}: {attack!r}" for name, pattern in patterns if (attack := _endless(pattern, rng)) is not None]
    assert not endless


@pytest.mark.parametrize("pattern", [r"(?:a|aa)+b", r"第(?:\d{1,4}、?)+条", r"(\s*甲?\s*)*。"])
def test_this_test_finds_what_searches_for_ever(pattern: str) -> None:
    assert _endless(re.compile(pattern), random.Random(11)) is not None


def _endless(pattern: re.Pattern[str], rng: random.Random) -> str | None:
    """Return a text on which the pattern does not end, or None."""
    before = signal.signal(signal.SIGVTALRM, _give_up)
    try:
        for attack in sorted(_attacks(pattern, rng)):
            signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
            try:
                pattern.search(attack)
            except _Endless:
                return attack
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _give_up(*_: object) -> None:
    raise _Endless


@pytest.mark.parametrize(
    "text",
    ["长办 2012{}x".format(" " * 1900), "第" + "5" * 1900, "第" + "四" * 900, "2012年" + "-" * 1900, "国务院令" + " " * 1900 + "x",
     "第一条" + "和第二条" * 400, "自公布之日" + " " * 1900, "《甲》" + "、" * 1900],
)  # fmt: skip
def test_a_question_as_long_as_may_be_is_understood_soon(index: ClauseIndex, text: str) -> None:
    """What takes more than quadratic time shows only at full length: minutes, where this takes a tenth of a second."""
    before = signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 20)
    try:
        assert understand(Question(text), index).text is not None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
