"""A cross-encoder set in place of the learnt ranker: a real one, of a few weights, that likes one character."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.chain import build_chain
from rag.question.understand import understand
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranked, Ranker, Weights
from rag.retrieval.rerank import Reranker, open_reranker
from rag.retrieval.search import search
from rag.types import Question

_LIKED = "药"
_LONGEST = 64  # tokens
_QUESTION = "2012年住院能报销多少?"


def _save_model(folder: Path, labels: int = 1) -> Path:
    """Save a BERT whose score is the greater, the larger a share of what it reads is the liked character."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"住院报销多少能药长问尾费"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=_LONGEST).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=_LONGEST, num_labels=labels,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        first = model.bert.encoder.layer[0]
        for norm in (model.bert.embeddings.LayerNorm, first.attention.output.LayerNorm, first.output.LayerNorm):
            norm.weight.fill_(1)
        model.bert.embeddings.word_embeddings.weight[words.index(_LIKED), 0] = 1
        # The first token attends to all alike; its neighbour in the vector keeps the share from being scaled away.
        model.bert.embeddings.word_embeddings.weight[words.index("[CLS]"), 1] = 1
        first.attention.self.value.weight.copy_(torch.eye(8))
        first.attention.output.dense.weight.copy_(torch.eye(8))
        model.bert.pooler.dense.weight.copy_(torch.eye(8) * 0.1)
        model.classifier.weight[0, 0] = 1
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _save_model(tmp_path_factory.mktemp("重排") / "模型")


@pytest.fixture(scope="module")
def reranker(folder: Path) -> Reranker:
    return Reranker(str(folder))


def _clause(text: str) -> Clause:
    doc = Document("a-2020-1", "某市通知", text, "s", "0", doc_no="某政发〔2020〕1号", year=2020)
    return Clause(doc, "1", "一、", (), ((0, len(text)),), True)


def _rank(index: ClauseIndex, reranker: Reranker | None) -> Ranked:
    query = understand(Question(_QUESTION), index)
    return Ranker(index, Weights.load(), reranker).rank(Asked.of(query, index), search(index, query, 20))


def test_the_model_reads_question_label_and_text(reranker: Reranker) -> None:
    none, some, more = (_clause(text) for text in ("住院报销住院", "住院报销药费", "药费药费药费"))
    scores = reranker.scores("问", [some, none, more])
    assert scores[1] < scores[0] < scores[2]
    assert reranker.scores("药药药药", [none])[0] > reranker.scores("问问问问", [none])[0]


def test_what_is_longer_than_the_model_reads_is_cut(reranker: Reranker) -> None:
    plain, planted = reranker.scores("问", [_clause("长" * 9000), _clause("长" * 8990 + _LIKED * 10)])
    assert plain == planted
    seen = reranker.scores("问", [_clause(_LIKED * 10 + "长" * 8990)])[0]
    assert seen > plain


def test_its_order_replaces_that_of_the_learnt_ranker(index: ClauseIndex, reranker: Reranker) -> None:
    learnt, ranked = _rank(index, None), _rank(index, reranker)
    clauses = [hit.clause for hit in learnt.hits]
    scores = reranker.scores(ranked.asked.query.text, clauses).round(5)
    by_id = {clause.clause_id: score for clause, score in zip(clauses, scores, strict=True)}
    assert len(set(scores)) > 2  # the character is not at all, once, and twice in what is read of a clause
    order = [hit.clause.clause_id for hit in ranked.hits]
    assert [by_id[clause_id] for clause_id in order] == sorted(scores, reverse=True)
    assert set(order) == set(by_id)
    assert order[0] != learnt.hits[0].clause.clause_id
    assert ranked.scores == pytest.approx(sorted(scores, reverse=True), abs=1e-4)
    assert [reading.clause.clause_id for reading in ranked.readings] == order


def test_how_sure_the_first_is_comes_from_the_rest(index: ClauseIndex, reranker: Reranker) -> None:
    """Of the clause that both judge, the confidence is one and the same."""
    learnt, ranked = _rank(index, None), _rank(index, reranker)
    judged = {hit.clause.clause_id: sure for hit, sure in zip(learnt.hits, learnt.sureness, strict=False)}
    assert ranked.confidence == ranked.sureness[0] < max(judged.values())

    class Reverse(Reranker):
        """Likes best what the learnt ranker put third."""

        def __init__(self) -> None:
            pass

        def scores(self, question: str, clauses):  # type: ignore[no-untyped-def]
            return np.array([clause.clause_id == learnt.hits[2].clause.clause_id for clause in clauses], np.float64)

    third = _rank(index, Reverse())
    assert third.hits[0].clause.clause_id == learnt.hits[2].clause.clause_id
    assert third.confidence == pytest.approx(judged[third.hits[0].clause.clause_id])


def test_the_setting_changes_what_is_answered(index: ClauseIndex, settings: Settings, folder: Path) -> None:
    set_so = settings.model_copy(update={"reranker": str(folder), "min_confidence": 0.0})
    without = settings.model_copy(update={"min_confidence": 0.0})
    answers = [build_chain(index, one).invoke(Question(_QUESTION)) for one in (set_so, without)]
    firsts = [answer.trace.parts[0].candidates[0].clause_id for answer in answers if answer.trace]
    assert firsts[0] == _rank(index, Reranker(str(folder))).hits[0].clause.clause_id != firsts[1]


def test_none_is_loaded_if_none_is_set(settings: Settings) -> None:
    assert open_reranker(settings.model_copy(update={"reranker": None})) is None


def test_a_model_of_two_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="有 2 个输出") as error:
        Reranker(str(_save_model(tmp_path / "两类", labels=2)))
    assert "CLAUSE_RERANKER" in str(error.value)


@pytest.mark.parametrize("harm", ["missing", "empty", "truncated"])
def test_a_folder_that_is_no_model_is_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    bad = tmp_path / "模型"
    if harm == "empty":
        bad.mkdir()
    if harm == "truncated":
        _save_model(bad)
        weights = bad / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(UserError, match="无法加载重排模型") as error:
        Reranker(str(bad))
    assert "\n" not in str(error.value)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UserError, match="pip install sentence-transformers"):
        Reranker("模型")
