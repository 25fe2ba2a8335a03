"""What a question asks for, over a table labelled before the patterns were tried on it."""

from __future__ import annotations

from pathlib import Path

from rag.question.comparison import is_comparison
from rag.question.understand import what_is_asked

_TABLE = Path(__file__).parent / "asks_questions.tsv"
_MIN_RIGHT = 0.98  # 172 of 175: two answer in another unit than they ask, one asks which level of government


def test_the_kinds_of_the_labelled_questions_are_told() -> None:
    rows = [line.split("\t") for line in _TABLE.read_text("utf-8").splitlines() if line and line[0] != "#"]
    kinds = [
        (kind, is_comparison(text) if kind == "comparison" else what_is_asked(text) == kind) for kind, text in rows
    ]
    assert len({kind for kind, _ in kinds}) == 12
    assert sum(right for _, right in kinds) / len(kinds) >= _MIN_RIGHT, [
        (text, kind, what_is_asked(text)) for (kind, text), (_, right) in zip(rows, kinds, strict=True) if not right
    ]


def test_a_plain_question_compares_nothing() -> None:
    for text in ("公租房租金是多少?", "由哪个部门负责?", "分级诊疗怎么推进?", "第三条是怎么规定的"):
        assert not is_comparison(text)
