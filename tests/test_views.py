"""What is embedded of a clause: its words without the number, and their sum with its headings."""

from __future__ import annotations

import numpy as np

from index.dense import Vectors
from index.rows import is_searchable
from index.types import Clause, Document
from index.views import context_text, embed_views, text_alone

_TEXT = "第三条 有下列情形之一的,由房管部门处以罚款:\n(一)转租的;\n第四条 租金每月300元。"
_DOC = Document("a-2020-1", "某市公租房办法", _TEXT, "s", "0")


def _clause(words: str, path: str, path_text: str, leaf: bool, headings: tuple[str, ...] = ()) -> Clause:
    start = _TEXT.index(words)
    return Clause(_DOC, path, path_text, headings, ((start, start + len(words)),), leaf)


_LEAD = _clause("第三条 有下列情形之一的,由房管部门处以罚款:", "3", "第三条", False)
_ITEM = _clause("(一)转租的;", "3.1.1", "第三条第(一)项", True, ("第三条 有下列情形之一的,由房管部门处以罚款:",))
_ARTICLE = _clause("第四条 租金每月300元。", "4", "第四条", True)


def _encode(texts: list[str]) -> Vectors:
    """Count characters by code: texts alike have vectors alike."""
    vectors = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        for char in text:
            vectors[row, ord(char) % 64] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_clause_of_one_sentence_is_the_same_text_alone_and_as_a_sentence() -> None:
    assert [text_alone(c) for c in (_LEAD, _ITEM, _ARTICLE)] == [
        "有下列情形之一的,由房管部门处以罚款:",
        "转租的;",
        "租金每月300元。",
    ]


def test_the_vector_in_context_leans_from_the_clause_to_its_headings() -> None:
    views = embed_views([_ITEM], ["转租的;"], _encode)
    above = _encode([" ".join((_DOC.title, *_ITEM.headings))])[0]
    clause, context = views["clause"][0], views["context"][0]
    assert abs(np.linalg.norm(context) - 1) < 1e-6
    assert clause @ above < context @ above < 1
    assert above @ clause < context @ clause < 1
    np.testing.assert_array_equal(views["sentence"], views["clause"])


def test_nothing_gives_empty_views() -> None:
    assert [v.shape for v in embed_views([], [], lambda texts: np.empty((0, 64), np.float32)).values()] == [(0, 64)] * 3


def test_words_are_indexed_under_title_and_headings() -> None:
    assert context_text(_ITEM) == "某市公租房办法 第三条 有下列情形之一的,由房管部门处以罚款: (一)转租的;"


def test_the_line_that_introduces_the_items_of_an_article_is_searched() -> None:
    assert is_searchable(_LEAD) and is_searchable(_ITEM) and is_searchable(_ARTICLE)
    assert not is_searchable(_clause("有下列情形之一的,由房管部门处以罚款:", "2", "二、", False))
