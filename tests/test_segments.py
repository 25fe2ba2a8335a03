"""An index of many segments, and one large enough to be quantised, hold and find what one of a single segment does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import quantised, sparse, write
from index.encoder import Encoder, Vectors
from index.local import LocalIndex
from index.rows import Entry
from index.settings import Settings
from index.tokens import tokenize
from tests.shelf import document

_DOCUMENTS, _CLAUSES = 40, 6
_WORDS = "养老 托育 供水 供热 菜场 公厕 路灯 绿化 驿站 书屋 食堂 岗亭 车棚 步道 广场 泵站".split()  # noqa: SIM905


class _Hashed(Encoder):
    """Unit vectors that depend on the text alone, near one of a few directions."""

    name, dimension = "hashed", 16

    def encode_passages(self, texts, progress=False):  # type: ignore[no-untyped-def]
        return np.stack([self._one(text) for text in texts])

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        return self.encode_passages(texts)

    def _one(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self.dimension, np.float32)
        return vector / np.linalg.norm(vector)  # type: ignore[no-any-return]


def _entry(number: int, edition: int = 1) -> Entry:
    lines = [
        (str(i), f"{i}.", f"{i}.第{edition}版第{number}份：{_WORDS[(number * i) % 16]}和{_WORDS[(number + i) % 16]}各{number + i}处。到20{10 + number % 20}年完成。")
        for i in range(1, _CLAUSES + 1)
    ]  # fmt: skip
    return document(f"d-{number}", f"某市第{number}号通知", lines)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have segments hold five documents, and what is large be so at a hundred clauses."""
    for module, name, value in (
        (write, "FULL", 30), (write, "SMALL", 50), (quantised, "FROM", 100), (sparse, "_FEW", 5), (sparse, "_MOST", 0.3)
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Settings:
    (tmp_path / "索引").mkdir()
    return settings.model_copy(update={"index_dir": tmp_path / "索引", "seeds_dir": tmp_path / "none"})


def _changed(place: Settings) -> LocalIndex:
    """Return an index made in steps: built, added to, three documents changed and three removed."""
    index = write.write_version(place, _Hashed(), [_entry(n) for n in range(20)])
    index = write.write_version(place, _Hashed(), [_entry(n) for n in range(20, _DOCUMENTS)], index)
    drop = ["d-3", "d-17", "d-39", "d-0", "d-21", "d-22"]
    return write.write_version(place, _Hashed(), [_entry(n, 2) for n in (0, 21, 22)], index, drop)


def _all_of(index: LocalIndex) -> dict[str, tuple[str, ...]]:
    return {doc.doc_id: tuple(clause.text for clause in clauses) for doc, clauses in index.corpus()}


def test_segments_hold_what_was_put_in_and_nothing_that_was_taken_out(
    many: None, place: Settings, tmp_path: Path
) -> None:
    index = _changed(place)
    assert len(index.segments) > 5
    expected = {n: 2 if n in (0, 21, 22) else 1 for n in range(_DOCUMENTS) if n not in (3, 17, 39)}
    assert _all_of(index) == {
        f"d-{n}": tuple(clause.text for clause in _entry(n, edition)[1]) for n, edition in expected.items()
    }
    assert index.problems() == []
    rows = index.searchable_rows
    assert [index.clause(int(row)).clause_id for row in rows] == [c.clause_id for _, c in index.searchable_clauses()]
    assert {doc_id: len(own) for doc_id, own in index.rows_by_document.items()} == dict.fromkeys(_all_of(index), 6)
    for row in index.rows_speaking_of(["year:2014"]):
        assert "2014年" in index.clause(int(row)).text
    gone = "第1版第17份".encode()
    assert not [p for p in index.folder.glob("seg-*/*") if gone in p.read_bytes()]


def test_what_does_not_change_is_shared_with_the_version_before(many: None, place: Settings) -> None:
    before = write.write_version(place, _Hashed(), [_entry(n) for n in range(20)])
    after = write.write_version(place, _Hashed(), [_entry(20)], before)
    shared = {s.folder.name for s in after.segments} & {s.folder.name for s in before.segments}
    assert len(shared) >= len(before.segments) - 1
    for name in shared:
        assert all(path.stat().st_nlink > 1 for path in (after.folder / name).glob("clauses.sqlite"))
    digests = {name: digest for name, digest in before.manifest.files.items() if name.split("/")[0] in shared}
    assert digests.items() <= after.manifest.files.items()


def test_a_damaged_segment_that_is_carried_over_is_still_found(many: None, place: Settings) -> None:
    before = write.write_version(place, _Hashed(), [_entry(n) for n in range(20)])
    path = before.segments[0].folder / "sentence.faiss"
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    after = write.write_version(place, _Hashed(), [_entry(20)], before)
    assert after.problems() == [f"文件内容已改变 {path.parent.name}/sentence.faiss"]


def _admitted(index: LocalIndex, share: float) -> np.ndarray:
    choose = np.random.default_rng(7)
    rows = [own for own in index.rows_by_document.values() if choose.random() < share]
    return np.concatenate(rows)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
def test_words_within_a_filter_are_those_of_an_exact_search(many: None, place: Settings, share: float) -> None:
    index = _changed(place)
    view = index.sparse["clause"]
    ids = _admitted(index, share)
    tokens = [(token, 1.0) for token in tokenize("养老食堂和泵站多少处")]
    found, scores = view.search(tokens, 5, ids)
    every, all_scores = view.search(tokens, len(index.searchable_rows))
    kept = np.isin(every, ids)
    assert set(found.tolist()) <= set(ids.tolist())
    assert np.allclose(scores, all_scores[kept][:5])


def test_the_nearest_by_quantised_vectors_are_the_nearest(
    many: None, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.dense._MOST", 1.0)
    index = _changed(place)
    assert (index.folder / quantised.TABLES).exists()
    view = LocalIndex.open_clauses(place).dense["context"]
    exact: Callable[[Vectors], np.ndarray] = lambda query: view.vectors(view.ids) @ query  # noqa: E731
    for number in range(20):
        query = _Hashed().encode_query(f"问{number}")
        for ids in (None, _admitted(index, 0.5)):
            found, scores = view.search(query, 5, ids)
            truth = np.sort(exact(query)[np.isin(view.ids, view.ids if ids is None else ids)])[::-1][:5]
            assert scores[0] == pytest.approx(truth[0], abs=1e-3)
            assert np.isin(np.round(scores, 3), np.round(truth, 3)).mean() >= 0.8
            assert ids is None or np.isin(found, ids).all()
