"""The contracts of a store, asked of Milvus: the tests of the local one with another fixture, then what only it has."""

# ruff: noqa: F811  (a fixture that is imported has the name of an argument)

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.runnables import Runnable

from index.build import add_documents, build_index, ensure_index, remove_document
from index.check import check_index
from index.encoder import Encoder
from index.errors import Unreachable, UserError
from index.local import LocalIndex
from index.milvus import filters, lease
from index.milvus.schema import BLANK, meta_of
from index.milvus.server import Server
from index.milvus.store import MilvusIndex
from index.milvus.versions import current
from index.milvus.words import query_of, text_of
from index.move import move_index
from index.settings import Settings, load_settings
from index.store import ClauseIndex, encoder_of
from rag.chain import build_chain
from rag.types import Answer, Question
from tests.milvus_server import Line, MilvusServer
from tests.test_chain import (  # noqa: F401
    chain,
    test_a_clear_question_is_answered_from_its_clause,
    test_a_comparison_answers_each_side_from_its_own_document,
    test_a_follow_up_keeps_the_subject_and_a_new_subject_drops_it,
    test_every_answer_keeps_the_contract,
    test_many_threads_get_the_answers_of_one,
    test_what_cannot_be_answered_is_refused_for_its_reason,
)
from tests.test_search import (  # noqa: F401
    test_a_clause_is_found_by_its_words,
    test_a_search_is_the_same_twice,
    test_an_empty_scope_finds_nothing,
    test_every_leaf_clause_is_found_by_its_own_first_sentence,
    test_hits_come_best_first_and_no_more_than_asked_for,
    test_nothing_outside_the_scope_is_ever_found,
    test_the_pool_is_in_the_order_of_the_sum_of_two_views_as_z_scores,
)
from tests.test_store import (  # noqa: F401
    _DOCS,
    many,
    test_a_bad_file_among_good_ones_is_reported_and_what_it_gave_is_kept,
    test_a_manifest_row_sets_what_the_file_does_not_say,
    test_a_removed_document_is_never_found_again,
    test_an_unchanged_file_keeps_every_id_and_hash,
    test_editing_one_clause_changes_its_hash_alone,
    test_hard_documents_are_stored,
    test_labels_and_ids_name_clauses,
    test_what_is_built_opens_checks_and_finds_by_meaning,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    serving = MilvusServer(tmp_path_factory.mktemp("milvus") / "data")
    yield serving
    serving.stop()


@pytest.fixture(scope="module")
def local() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def settings(server: MilvusServer, local: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("index")
    ensure_index(local)
    shutil.copyfile(local.index_dir / "vectors.sqlite", folder / "vectors.sqlite")  # embedded once for both stores
    return local.model_copy(update={"store": "milvus", "milvus_uri": server.uri, "index_dir": folder})


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> Encoder:
    return encoder_of(settings)


@pytest.fixture(scope="module", autouse=True)
def _no_waiting(settings: Settings) -> Iterator[None]:
    """There is one writer here: nothing is to be waited for; and the encoder is loaded once."""
    loaded = encoder_of(settings)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("build", "store", "preview"):
            patch.setattr(f"index.{module}.encoder_of", lambda settings: loaded, raising=False)
        patch.setattr(lease, "_SETTLES", 0)
        patch.setattr("index.milvus.store._LOOKED", 0)
        yield


@pytest.fixture(scope="module")
def index(settings: Settings) -> ClauseIndex:
    ensure_index(settings)
    found = ClauseIndex.open(settings)
    assert isinstance(found, MilvusIndex)
    return found


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Settings:
    """Return settings of an index of two documents that a test may change."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for name, text in _DOCS.items():
        (seeds / name).write_text(text, "utf-8")
    prefix = f"small{abs(hash(tmp_path)):x}"[:20]
    place = {"seeds_dir": seeds, "index_dir": tmp_path / "index", "milvus_prefix": prefix}
    own = settings.model_copy(update=place)
    build_index(own)
    return own


def _ids(index: ClauseIndex) -> list[str]:
    return [doc.doc_id for doc in index.documents]


def test_both_stores_hold_the_same_documents_clauses_and_words(index: ClauseIndex, local: Settings) -> None:
    ensure_index(local)
    held = ClauseIndex.open(local)
    assert isinstance(held, LocalIndex)
    assert index.documents == held.documents
    assert [clause for _, clause in index.searchable_clauses()] == [clause for _, clause in held.searchable_clauses()]
    for doc in held.documents:
        assert index.clauses_of(doc.doc_id) == held.clauses_of(doc.doc_id)
        assert index.records_of(doc.doc_id) == held.records_of(doc.doc_id)
    for word in ("医疗", "_医疗", "卫生", "没有这个词"):
        assert index.idf(word) == held.idf(word)
    assert index.manifest.counts == {name: held.manifest.counts[name] for name in index.manifest.counts}
    assert index.manifest.sources == held.manifest.sources


def test_both_stores_find_the_same_by_meaning_and_nearly_by_words(index: ClauseIndex, local: Settings) -> None:
    held = ClauseIndex.open(local, index.encoder)
    for question in ("政府补助标准是多少", "远程医疗怎么建", "谁负责药品采购"):
        vector = index.encoder.encode_query(question)
        (ours, scores), (theirs, others) = (one.dense["context"].search(vector, 10) for one in (index, held))
        assert [index.clause(int(r)).clause_id for r in ours] == [held.clause(int(r)).clause_id for r in theirs]
        assert np.allclose(scores, others, atol=2e-3)  # the local ones may be kept in fewer bits
        tokens = [(token, 1.0) for token in ("补助", "标准", "_补助", "医疗", "药品")]
        (ours, scores), (theirs, others) = (one.sparse["clause"].search(tokens, 20) for one in (index, held))
        found = {index.clause(int(r)).clause_id for r in ours} & {held.clause(int(r)).clause_id for r in theirs}
        assert len(found) >= 18  # lengths are rounded in one, and not in the other
        assert (scores > 0).all() and (np.diff(scores) <= 0).all()


def test_what_clauses_speak_of_is_the_same_in_both(index: ClauseIndex, local: Settings) -> None:
    held = ClauseIndex.open_clauses(local)
    for terms in (["year:2020"], ["plan:十三五", "year:2017"], ["place:000000"], []):
        ours, theirs = (
            [one.clause(int(row)).clause_id for row in one.rows_speaking_of(terms)] for one in (index, held)
        )
        assert ours == theirs
    assert len(index.rows_speaking_of(["year:2020"]))


def test_sentences_and_their_vectors_are_told_in_the_order_asked(
    small: Settings,
    many: list[Path],
    encoder: Encoder,
) -> None:
    add_documents(small, many)
    remove_document(small, "sufuban-2020-5")  # a gap in the rows
    index = ClauseIndex.open(small, encoder)
    rows = np.random.default_rng(3).permutation(index.searchable_rows)
    sentences, owners = index.sentences_of(rows)
    vectors = index.dense["sentence"].vectors(sentences)
    assert sorted(owners) == list(owners)
    for at, row in enumerate(rows):
        assert np.allclose(index.sentence_cosines(int(row), vectors[0]), vectors[owners == at] @ vectors[0], atol=1e-6)
        assert (owners == at).sum() >= 1
    assert index.dense["sentence"].vectors(rows[:0]).shape == (0, encoder.dimension)
    with pytest.raises(UserError, match="损坏"):
        index.dense["sentence"].vectors(np.array([10_000]))


def test_a_place_a_year_or_a_validity_is_asked_as_such_and_other_choices_by_number(index: ClauseIndex) -> None:
    assert isinstance(index, MilvusIndex)
    expressions = filters.ClauseFilters(index.layout)
    by_document = index.rows_by_document
    vector = index.encoder.encode_query("补助标准")
    for doc in index.documents:
        rows = by_document[doc.doc_id]
        for wanted in (rows, rows[1:], np.union1d(rows, index.searchable_rows[:3]), rows[::2]):
            found, _ = index.dense["context"].search(vector, 1000, wanted)
            assert sorted(found.tolist()) == wanted.tolist()
    large = np.concatenate([rows for rows in by_document.values() if len(rows) > 1] * 1)
    assert expressions.of(large) == expressions.of(None)


def test_scalar_filters_say_places_and_years(monkeypatch: pytest.MonkeyPatch, index: ClauseIndex) -> None:
    assert isinstance(index, MilvusIndex)
    monkeypatch.setattr(filters, "_FEW", 1)
    expressions = filters.ClauseFilters(index.layout)
    one, other = index.layout.held[0], index.layout.held[1]
    both = np.sort(np.concatenate([one.rows, other.rows]))
    for rows, said in ((np.array(one.rows), [one.adcode]), (both, sorted({one.adcode, other.adcode}))):
        expression = expressions.of(rows)
        assert all(f'"{adcode}"' in expression for adcode in said) or "year in" in expression
        assert "row in" not in expression and "document in" not in expression
        found, _ = index.dense["context"].search(index.encoder.encode_query("医疗"), 1000, rows)
        assert sorted(found.tolist()) == rows.tolist()
    assert "row in" in expressions.of(both[:-1])


def test_tokens_of_any_length_fit_a_field_and_weights_are_said_by_repeating() -> None:
    tokens = [f"词{n % 5000}" for n in range(60_000)]
    assert len(text_of(tokens)) <= 65_535
    assert set(text_of(tokens).split()) == set(text_of(tokens[:5000]).split())  # what is lost is how often, never that
    assert text_of([]) and text_of([]) not in text_of(tokens).split()
    one, half = query_of([("甲", 1.0)]).split(), query_of([("甲", 0.5)]).split()
    assert (len(one), len(half)) == (2, 1) and set(one) == set(half)


def test_a_version_is_read_to_its_end_while_the_next_is_written(
    small: Settings,
    many: list[Path],
    encoder: Encoder,
) -> None:
    vector = encoder.encode_query("违规投放垃圾罚款")

    def answers(index: ClauseIndex) -> tuple[object, ...]:
        rows, _ = index.dense["clause"].search(vector, 9)
        words, _ = index.sparse["clause"].search([("垃圾", 1.0), ("补助", 1.0)], 9)
        return [index.clause(int(row)).clause_id for row in rows], sorted(words.tolist()), _ids(index)

    before = ClauseIndex.open(small, encoder)
    before.warm()
    first = answers(before)
    add_documents(small, many[:2])  # whose clauses speak of 补助 too
    assert answers(before) == first and not before.is_current()
    middle = ClauseIndex.open(small, encoder)
    middle.warm()
    second = answers(middle)
    assert len(second[2]) == 4 and second[1] != first[1]
    after, _ = remove_document(small, "sufuban-2020-5")
    assert answers(middle) == second and after.is_current()
    assert "sufuban-2020-5" not in answers(after)[2] and not after.has_word("垃圾")
    last, _ = add_documents(small, many[2:3])
    assert Server(small).count(last.name_of("clauses")) == len(last.searchable_rows)  # type: ignore[attr-defined]
    assert check_index(small) == []


def test_a_removed_word_leaves_no_trace_and_one_that_comes_counts(small: Settings, many: list[Path]) -> None:
    add_documents(small, many)
    remove_document(small, "yongzhengbanfa-2022-2")
    changed, _ = remove_document(small, "sufuban-2020-5")
    texts = [clause for _, clause in changed.searchable_clauses()]
    assert len(changed.sparse["clause"]) == len(texts)
    for word in ("网点", "补助", "_补助"):
        said = sum(word.strip("_") in clause.text for clause in texts)
        assert changed.sparse["clause"].document_frequency(word) == said
    assert changed.sparse["clause"].document_frequency("垃圾") == 0


class _Killed(BaseException):
    """What kill -9 is to the code: nothing after it runs."""


def test_a_writer_killed_at_any_request_leaves_the_old_version_or_the_new(
    small: Settings,
    many: list[Path],
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_documents(small, many[:3])
    call: Callable[..., Any] = Server._call
    old = {*_ids(ClauseIndex.open_clauses(small))}
    left = [0]

    def counted(self: Server, work: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise _Killed
        return call(self, work)

    new = (old - {"sufuban-2020-5"}) | {"yongzhengbanfa-2022-4"}
    outcomes = set()
    for moment in (6, 12, 16, 20, 23, 26, 29, 33):
        monkeypatch.setattr(Server, "_call", counted)
        left[0] = moment
        try:
            remove_document(small, "sufuban-2020-5")
            add_documents(small, [many[3]])
        except _Killed:
            pass
        monkeypatch.setattr(Server, "_call", call)
        found = ClauseIndex.open(small, encoder)
        assert check_index(small) == []
        outcomes.add(frozenset(_ids(found)))
        assert found.is_current()
        add_documents(small, [small.seeds_dir / "b.txt"])
        if "yongzhengbanfa-2022-4" in _ids(ClauseIndex.open_clauses(small)):
            remove_document(small, "yongzhengbanfa-2022-4")
        assert {*_ids(ClauseIndex.open_clauses(small))} == old
    assert outcomes <= {frozenset(old), frozenset(old - {"sufuban-2020-5"}), frozenset(new)} and len(outcomes) > 1
    names = {name.rpartition("_")[0] for name in Server(small).collections() if not name.endswith("_meta")}
    assert len(names) == 1  # no collection of a writer that was killed is left


@pytest.mark.parametrize("until", [3600, -1])
def test_while_another_machine_writes_nobody_else_does(small: Settings, many: list[Path], until: int) -> None:
    row = {"name": "x", "host": "另一台", "until": time.time() + until}
    server = Server(small)
    server.put(meta_of(server), [{"key": "writer", "data": json.dumps(row), "blank": BLANK}])
    before = current(server)
    if until < 0:  # it was killed long ago
        assert len(add_documents(small, [many[0]])[0].documents) == 3
        return
    with pytest.raises(UserError, match="另一台机器.*正在写"):
        add_documents(small, [many[0]])
    assert current(server) == before


def test_who_was_overtaken_between_reading_and_writing_changes_nothing(
    small: Settings,
    many: list[Path],
    encoder: Encoder,
) -> None:
    stale = ClauseIndex.open(small, encoder)
    newer, _ = add_documents(small, [many[0]])
    with pytest.raises(UserError, match="刚刚更新"):
        MilvusIndex.write(small, encoder, [], stale, ["sufuban-2020-5"])
    assert newer.is_current()


def test_what_is_lost_or_changed_in_the_store_is_found_and_never_answered_from(
    small: Settings,
    encoder: Encoder,
) -> None:
    index = ClauseIndex.open(small, encoder)
    assert isinstance(index, MilvusIndex)
    piece = index.layout.held[0].pieces[0]
    index.server.delete(index.name_of("documents"), f"row == {piece}")
    index.server.delete(index.name_of("clauses"), f"row == {index.searchable_rows[0]}")
    said = " ".join(problem.text for problem in check_index(small))
    assert "clauses 清单 4 实际 3" in said and "缺少文件 hangzhengfa-2021-7" in said
    with pytest.raises(UserError, match="损坏.*build"):
        ClauseIndex.open(small, encoder).clauses_of("hangzhengfa-2021-7")
    build_index(small)
    assert check_index(small) == []


def _ask(chain: Runnable[Question, Answer], text: str = "每餐补助多少元") -> list[str]:
    return [citation.clause.clause_id for citation in chain.invoke(Question(text)).citations]


def test_a_store_that_goes_away_is_told_at_once_and_is_asked_again_when_it_is_back(
    small: Settings, server: MilvusServer
) -> None:
    line = Line(server.uri)
    own = small.model_copy(update={"milvus_uri": line.uri, "milvus_timeout": 1.0})
    index = ClauseIndex.open(own)
    index.warm()
    chain = build_chain(index, own.model_copy(update={"llm_base_url": None, "llm_model": None}))
    assert _ask(chain) == ["hangzhengfa-2021-7.1"]
    for fail, said in ((line.cut, "连接不上|连接中断"), (line.die, "1 秒内没有回答|连接不上")):
        fail()
        for _ in range(2):
            with pytest.raises(Unreachable, match=f"Milvus .*({said}).*请确认它在运行"):
                _ask(chain)
        assert index.is_current()  # as far as anybody can tell
        with pytest.raises(Unreachable):
            ensure_index(own)
        if fail == line.die:
            line.cut()
        line.open()
        assert _eventually(lambda: _ask(chain)) == ["hangzhengfa-2021-7.1"]
    line.cut()


def _eventually(work: Callable[[], list[str]]) -> list[str]:
    """Return what some work gives once the store is reached again: gRPC tries that once a second."""
    for _ in range(100):
        try:
            return work()
        except Unreachable:
            time.sleep(0.05)
    return work()


def test_a_server_that_was_started_again_is_asked_without_a_restart_of_ours(
    small: Settings,
    tmp_path: Path,
    encoder: Encoder,
) -> None:
    serving = MilvusServer(tmp_path / "data")
    own = small.model_copy(update={"milvus_uri": serving.uri})
    index, _ = build_index(own)
    vector = encoder.encode_query("乱扔垃圾罚多少钱")
    before = index.dense["clause"].search(vector, 4)[0].tolist()
    serving.stop()
    with pytest.raises(Unreachable):
        index.dense["clause"].search(vector, 4)
    serving.start()
    assert _eventually(lambda: index.dense["clause"].search(vector, 4)[0].tolist()) == before
    assert index.problems() == []
    serving.stop()


def test_without_an_index_or_a_client_the_remedy_is_told(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="还没有索引.*index build.*index move"):
        ClauseIndex.open(small.model_copy(update={"milvus_prefix": "nobody"}))
    monkeypatch.setitem(__import__("sys").modules, "pymilvus.exceptions", None)
    with pytest.raises(UserError, match="pip install -r requirements-milvus.txt"):
        ClauseIndex.open_clauses(small)


def test_an_index_moves_to_the_other_store_and_back_as_it_is(
    small: Settings, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = small.index_dir, tmp_path / "elsewhere"
    first = ClauseIndex.open(small, encoder)
    monkeypatch.setattr("index.store.encoder_of", lambda settings: encoder)
    monkeypatch.setattr(encoder, "encode_passages", _no_more_than_titles(encoder.encode_passages, first))
    moved = move_index(small.model_copy(update={"index_dir": there}), "local")
    assert isinstance(moved, LocalIndex) and moved.problems() == []
    assert _told(moved) == _told(first)
    (there / "vectors.sqlite").unlink()  # as if on another machine
    back = move_index(small.model_copy(update={"index_dir": there}), "milvus")
    assert isinstance(back, MilvusIndex) and back.problems() == []
    assert _told(back) == _told(first) and back.version != first.version
    ids = [one.searchable_rows for one in (first, moved, back)]
    for view in ("clause", "context", "sentence"):
        vectors = [
            one.dense[view].vectors(rows if view != "sentence" else one.sentences_of(rows)[0])
            for one, rows in zip((first, moved, back), ids, strict=True)
        ]
        assert np.allclose(vectors[0], vectors[1], atol=1e-3) and np.allclose(vectors[0], vectors[2], atol=1e-3)
    assert here != there


def _told(index: ClauseIndex) -> list[list[str]]:
    return [index.records_of(doc.doc_id) for doc in index.documents]


def _no_more_than_titles(encode: Callable[..., Any], index: ClauseIndex) -> Callable[..., Any]:
    """The vectors of clauses move with them: only titles and headings are embedded again."""
    titles = {doc.title for doc in index.documents}

    def encode_passages(texts: list[str], *rest: Any) -> Any:
        assert all(any(text.startswith(title) for title in titles) for text in texts), texts
        return encode(texts, *rest)

    return encode_passages
