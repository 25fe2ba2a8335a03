"""Embedding over many machines: the stages are a build's own, and what Ray brings back is what a build would have embedded."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.build import build_index, read_document
from index.bulk.__main__ import main
from index.bulk.stages import texts_of, texts_of_file
from index.settings import Settings
from index.store import encoder_of

_LAW = (
    "湿地保护规定\n第一条　为了保护湿地，制定本规定。湿地分级管理。\n第二条　禁止在湿地内取土。违者处以三百元罚款。\n"
)


def _vectors(folder: Path) -> dict[bytes, np.ndarray]:
    with closing(sqlite3.connect(folder / "vectors.sqlite")) as db:
        rows = db.execute("select sha256, vector from vectors").fetchall()
    return {key: np.frombuffer(vector, np.float32) for key, vector in rows}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def law(tmp_path: Path) -> Path:
    file = tmp_path / "seeds" / "law.txt"
    file.parent.mkdir()
    file.write_text(_LAW, "utf-8")
    return file


@pytest.fixture
def own(settings: Settings, law: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty index, in the environment too: a worker is a process of its own."""
    monkeypatch.setenv("CLAUSE_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("CLAUSE_MODELS_DIR", str(settings.models_dir))
    return settings.model_copy(update={"index_dir": tmp_path / "index", "seeds_dir": law.parent})


def test_the_texts_of_a_file_are_those_that_a_build_embeds(own: Settings, law: Path) -> None:
    build_index(own)
    texts, failure = texts_of_file(law)
    assert not failure
    assert set(map(_digest, texts)) == set(_vectors(own.index_dir))
    assert len(texts) == len(set(texts)) <= len(texts_of(read_document(law)))


def test_a_file_that_cannot_be_read_is_told_with_why(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", "utf-8")
    texts, failure = texts_of_file(tmp_path / "empty.txt")
    assert not texts and failure


def test_without_ray_one_line_says_what_to_install(
    own: Settings, law: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main([str(law)]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told and "pip install" in told and "index build" in told
    pins = (Path(__file__).parent.parent / "requirements-eval.txt").read_text("utf-8")
    assert told.split('"')[1] in pins  # the version that is told is the one that is pinned
    assert not own.index_dir.exists()


def test_ray_embeds_what_the_build_that_follows_would_have(
    own: Settings, law: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray", reason="pip install -r requirements-eval.txt (ray)")
    (law.parent / "empty.txt").write_text("", "utf-8")
    assert main(["--workers", "1", str(law.parent)]) == 1
    assert "empty.txt" in capsys.readouterr().out
    found, texts = _vectors(own.index_dir), texts_of_file(law)[0]
    assert set(found) == set(map(_digest, texts))
    vectors = encoder_of(own).encode_passages(texts)
    assert all(
        np.allclose(found[_digest(text)], vector, atol=1e-5) for text, vector in zip(texts, vectors, strict=True)
    )
    build_index(own)
    assert set(_vectors(own.index_dir)) == set(found)  # nothing was left to embed
