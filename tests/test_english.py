"""The glossary of the field: the longest phrase wins, in whatever form it stands, and its Chinese is that of texts."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from rag.question.english import chinese_terms

_ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent.parent / "rag" / "data" / "english.tsv").read_text("utf-8").splitlines()
    if line and line[0] != "#"
]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("individual income tax", ["个人所得税"]),  # not 所得税
        ("property taxes", ["房产税"]),
        ("low-rent housing", ["廉租住房"]),
        ("low rent housing", ["廉租住房"]),
        ("rural teachers", ["乡村教师"]),
        ("the trade union's", ["工会"]),
        ("wage arrears", ["拖欠工资", "欠薪"]),
        ("pollutant discharge permit", ["排污许可", "排污许可证"]),
        ("veterinary drugs", ["兽药"]),
        ("administrative reconsideration", ["行政复议"]),
        ("online car-hailing", ["网约车", "网络预约出租汽车"]),
    ],
)
def test_the_longest_phrase_wins(text: str, terms: list[str]) -> None:
    assert chinese_terms(text) == terms


def test_each_phrase_is_plain_english_with_chinese_terms() -> None:
    assert len(_ROWS) > 2600
    for row in _ROWS:
        assert len(row) == 2, row
        assert row[0] == row[0].strip() and re.fullmatch(r"[a-z0-9%][a-z0-9 '/%.,&-]*", row[0]), row
        assert row[1].split(), row


def test_no_new_phrase_is_there_twice() -> None:
    assert [phrase for phrase, count in Counter(row[0] for row in _ROWS).items() if count > 1] == []


def test_every_phrase_is_found_by_itself() -> None:
    missed = [row[0] for row in _ROWS if set(chinese_terms(row[0])) != set(row[1].split())]
    assert len(missed) <= len(_ROWS) // 100, missed[:20]
