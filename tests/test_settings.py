"""A setting out of bounds or misspelt stops at the start and names the right key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.errors import UserError
from index.settings import load_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in list(os.environ):
        if key.startswith("CLAUSE_"):
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_setting() -> None:
    settings = load_settings()
    assert (settings.encoder, settings.host, settings.port) == ("multilingual-e5-small", "127.0.0.1", 7860)
    assert settings.has_llm is False
    assert settings.seeds_dir.is_dir()


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("CLAUSE_TOP_K=7\nCLAUSE_PORT=8000\nOTHER=1\n")
    monkeypatch.setenv("CLAUSE_PORT", "9000")
    settings = load_settings()
    assert (settings.top_k, settings.port) == (7, 9000)


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSE_PORT", "")
    assert load_settings().port == 7860


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("CLAUSE_PROT", "1", "CLAUSE_PORT"),
        ("CLAUSE_INDEXDIR", "x", "CLAUSE_INDEX_DIR"),
        ("CLAUSE_XYZZY", "1", "CLAUSE_ENCODER"),
        ("CLAUSE_PORT", "abc", "CLAUSE_PORT"),
        ("CLAUSE_PORT", "70000", "CLAUSE_PORT"),
        ("CLAUSE_TOP_K", "0", "CLAUSE_TOP_K"),
        ("CLAUSE_MIN_CONFIDENCE", "2", "CLAUSE_MIN_CONFIDENCE"),
        ("CLAUSE_LLM_BASE_URL", "localhost:1", "CLAUSE_LLM_BASE_URL"),
        ("CLAUSE_LLM_MODEL", "m", "CLAUSE_LLM_BASE_URL"),
    ],
)
def test_a_wrong_setting_names_the_right_key(monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(UserError, match=said) as error:
        load_settings()
    assert "\n" not in str(error.value)


def test_a_model_is_set_by_address_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSE_LLM_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("CLAUSE_LLM_MODEL", "m")
    assert load_settings().has_llm is True


def test_one_folder_holds_all_that_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAUSE_DATA_DIR", str(tmp_path))
    settings = load_settings()
    assert (settings.index_dir, settings.models_dir) == (tmp_path / "index", tmp_path / "models")
    assert settings.records_dir == tmp_path / "records"
    monkeypatch.setenv("CLAUSE_RECORDS_DIR", str(tmp_path / "elsewhere"))
    assert load_settings().records_dir == tmp_path / "elsewhere"
