"""The sieve and what was learnt for questions: shapes, order, and that both earn their place on planted texts."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from index.dense import Vectors
from index.e5_tuning import Tuning
from index.encoder import Encoder
from index.store import ClauseIndex
from rag.question.understand import understand
from rag.retrieval.search import QuestionVectors, find_pool, search
from rag.retrieval.sieve import FEATURES, SIEVE_FILE, VIEWS, sieve_features, sieve_weights
from rag.types import Question


def test_the_weights_are_of_todays_features() -> None:
    assert set(json.loads(SIEVE_FILE.read_text("utf-8"))) == set(FEATURES)
    assert sieve_weights().shape == (len(FEATURES),)


def test_features_are_standard_and_ranks_are_logarithms() -> None:
    views = {name: np.array([1.0, 3.0, 2.0], np.float32) for name in VIEWS}
    features = sieve_features(np.array([3.0, 2.0, 1.0]), views, ["a", "a", "b"])
    assert features.shape == (3, len(FEATURES))
    np.testing.assert_allclose(features[:, 0].mean(), 0, atol=1e-9)
    np.testing.assert_allclose(features[:, FEATURES.index("rank bm25")], np.log1p([2, 0, 1]))
    assert features[0, -1] == features[1, -1] > features[2, -1]


def test_views_that_say_nothing_are_zero() -> None:
    views = {name: np.ones(2, np.float32) for name in VIEWS}
    assert not sieve_features(np.ones(2), views, ["a", "b"])[:, 0].any()


def test_the_search_is_the_order_of_the_sieve(index: ClauseIndex) -> None:
    query = understand(Question("住院能报销多少?"), index)
    asked = QuestionVectors.of(index, query)
    pool = find_pool(index, query, asked, index.searchable_rows)
    best = int(np.argmax(pool.features @ sieve_weights()))
    assert search(index, query, 3).rows[0] == pool.rows[best]


def test_a_question_has_two_vectors_of_length_one(index: ClauseIndex) -> None:
    plain, tuned = index.encoder.encode_question("看病能报多少")
    for vector in (plain, tuned):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(plain, index.encoder.encode_query("看病能报多少"), atol=1e-5)
    assert 0.3 < plain @ tuned < 0.99


def test_a_model_that_was_not_tuned_asks_with_one_vector() -> None:
    class Plain(Encoder):
        name, dimension = "plain", 2

        def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
            return self.encode_queries(texts)

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            return np.array([[0.6, 0.8]] * len(texts), np.float32)

    plain, tuned = Plain().encode_question("问")
    np.testing.assert_array_equal(plain, tuned)


def test_what_was_learnt_is_added_to_its_weight_alone() -> None:
    up, down = np.ones((3, 1), np.float16), np.full((1, 2), 0.5, np.float16)
    tuning = Tuning({"l9.q.up": up, "l9.q.down": down, "l11.v.up": up, "l11.v.down": down})
    weight = np.zeros((3, 2), np.float32)
    assert tuning.first_layer == 9
    np.testing.assert_array_equal(tuning.added_to("l9.q", weight), np.full((3, 2), 0.5))
    assert tuning.added_to("l9.k", weight) is weight
