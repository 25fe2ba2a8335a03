"""What a question and a text have in common, beside the long way of working it out."""

from __future__ import annotations

import pytest

from index.figures import find_figures
from index.store import ClauseIndex
from index.tokens import bigrams
from rag.question.understand import ASKING, understand
from rag.retrieval.features import Asked
from rag.retrieval.reading import Passage, Reading
from rag.types import Question

_QUESTIONS = (
    "免费医学生招多少名?",
    "CT检查费是240元吗?",
    "区 卫生院2012年几个床位",
    "谁负责?",
)


@pytest.mark.parametrize("question", _QUESTIONS)
def test_the_share_of_pairs_is_that_of_the_sets(index: ClauseIndex, question: str) -> None:
    asked = Asked.of(understand(Question(question), index), index)
    pairs = set(bigrams(ASKING.sub(" ", asked.query.topic or asked.query.text)))
    for row in index.searchable_rows[::3]:
        text = index.clause(int(row)).text
        share = len(pairs & set(bigrams(text))) / len(pairs) if pairs else 0.0
        assert asked.pair_share(Passage(text)) == share


def test_the_figures_kept_of_a_clause_are_those_of_its_text(index: ClauseIndex) -> None:
    for row in index.searchable_rows:
        reading = Reading.of(index.clause(int(row)))
        assert reading.whole.figures == find_figures(reading.whole.text)
