"""What is read out of a clause without a model: asked of invented documents, clause by clause, nothing refused."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from index.build import build_index
from index.settings import Settings
from index.store import ClauseIndex
from rag.compose import Composer
from rag.features import Asked
from rag.rank import Ranker, Weights
from rag.search import search
from rag.turn import Part, Turn
from rag.types import Answer, Question
from rag.understand import understand
from tests.reading_documents import CASES, Case, plant

_MARKS = re.compile(r"〔\d+〕")


class Reader:
    """Answers a question from some clauses of a document, whatever a refusal would say."""

    def __init__(self, index: ClauseIndex) -> None:
        self.index = index
        self.ranker = Ranker(index, Weights.load())
        self.composer = Composer(index, self.ranker, None)
        self.documents = {doc.source.rsplit("/", 1)[-1].split(".")[0]: doc for doc in index.documents}

    def answer(self, case: Case) -> Answer:
        question = Question(case.question)
        query = understand(question, self.index)
        doc = self.documents[case.doc]
        paths = [
            clause.path for held, clauses in self.index.corpus() for clause in clauses if held.doc_id == doc.doc_id
        ]
        ids = frozenset(
            f"{doc.doc_id}.{path}" for path in paths if f"{path}.".startswith(f"{case.within}.".lstrip("."))
        )
        query = query.narrowed(replace(query.named, documents=(doc,), within=ids, compared=False))
        ranked = self.ranker.rank(Asked.of(query, self.index), search(self.index, query, 8))
        *_, answer = self.composer.compose(Turn(question, time.perf_counter(), query, (Part(query, ranked, None),)))
        return answer


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Reader:
    folder = tmp_path_factory.mktemp("reading")
    own = settings.model_copy(update={"index_dir": folder / "index", "llm_base_url": None, "llm_model": None})
    index, _ = build_index(own, [plant(folder / "seeds")])
    return Reader(index)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text.translate(str.maketrans("，：；（）", ",:;()")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.doc} {case.within} {case.question}")
def test_what_is_asked_is_read_out_of_its_clause(reader: Reader, case: Case) -> None:
    answer = reader.answer(case)
    said = _plain(_MARKS.sub("", answer.answer))
    assert all(_plain(held) in said for held in case.holds), said
    assert not any(_plain(lacked) in said for lacked in case.lacks), said
    assert said.startswith(case.starts), said
    if case.cited:
        paths = [citation.clause.path for citation in answer.citations]
        assert paths == case.cited.split(), paths
