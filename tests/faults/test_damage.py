"""Files of the index that are not as they were written: found by `check`, named, and never answered from wrongly."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from index.build import add_documents, build_index, remove_document
from index.check import check_index
from index.e5 import MODEL
from index.encoder import DEFAULT_ENCODER, Encoder
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex, encoder_of
from rag.chain import build_chain
from rag.types import Question
from tests.faults.place import NEW, OLD, Place, amount_of, number_of, question_of
from tests.faults.seed import TIMES, dice

_SUBJECT = min(OLD)


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> Encoder:
    return encoder_of(settings)


@pytest.fixture(scope="module")
def built(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place.make(tmp_path_factory.mktemp("damage"))
    build_index(_settings(settings, place))
    return place


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Place:
    return built.copy(tmp_path / "place")


def _settings(settings: Settings, place: Place) -> Settings:
    own = {"index_dir": place.index_dir, "seeds_dir": place.seeds, "records_dir": place.records_dir}
    return settings.model_copy(update=own)


def _files(place: Place) -> list[Path]:
    """Return the files of the version in use, without the locks, which hold nothing."""
    folder = place.index_dir / (place.index_dir / "CURRENT").read_text("utf-8")
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]


def _problems(settings: Settings) -> str:
    try:
        return "; ".join(problem.text for problem in check_index(settings))
    except UserError as exc:
        return str(exc)


def _answer(settings: Settings, encoder: Encoder, subject: str = _SUBJECT) -> str | None:
    """Return the answer to a question whose answer is known; None where a clear error was told instead."""
    try:
        index = ClauseIndex.open(settings, encoder)
        return build_chain(index, settings).invoke(Question(question_of(subject))).answer
    except UserError as exc:
        told = str(exc)
    if "python -m index build" not in told:
        pytest.fail(f"an error without its remedy: {told}")
    return None


def _flips(path: Path, name: str) -> Iterator[str]:
    """Flip bits of a file, one after another, each put back before the next; yield where.

    The word index names its files at random: they are told apart by what they end in, so that a run can be had again.
    """
    known = path.suffix if len(path.stem) == 32 else name
    chance, whole = dice(f"flip {known}"), path.read_bytes()
    for _ in range(TIMES if whole else 0):
        at, bit = chance.randrange(len(whole)), chance.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        yield f"bit {bit} of byte {at} of {name}"
        path.write_bytes(whole)


def test_a_flipped_bit_of_any_file_is_named_and_never_answered_from_wrongly(
    settings: Settings, encoder: Encoder, place: Place
) -> None:
    own = _settings(settings, place)
    assert amount_of(_SUBJECT) in (_answer(own, encoder) or "")
    for path in _files(place):
        for where in _flips(path, path.name):
            assert path.name in _problems(own), where
            answer = _answer(own, encoder)
            assert answer is None or amount_of(_SUBJECT) in answer, (where, answer)
    assert _problems(own) == ""


def test_a_file_cut_short_is_named_before_anything_is_answered(
    settings: Settings, encoder: Encoder, place: Place
) -> None:
    own, chance = _settings(settings, place), dice("cut")
    for path in _files(place):
        whole = path.read_bytes()
        path.write_bytes(whole[: chance.randrange(len(whole))] if whole else b"\0")
        assert path.name in _problems(own), path
        assert _answer(own, encoder) is None, path
        path.write_bytes(whole)


@pytest.mark.parametrize("figure", [amount_of(_SUBJECT), "每年检查4次"])
def test_a_figure_changed_in_the_store_is_never_told(
    settings: Settings, encoder: Encoder, place: Place, figure: str
) -> None:
    """The last bit of a digit: the record is as well formed as before."""
    own = _settings(settings, place)
    changed = "".join(chr(ord(char) ^ 1) if char.isdecimal() else char for char in figure)
    for path in place.index_dir.rglob("clauses.sqlite"):
        path.write_bytes(path.read_bytes().replace(figure.encode(), changed.encode()))
    answer = _answer(own, encoder)
    assert answer is None or changed not in answer
    index = ClauseIndex.open(own, encoder)
    with pytest.raises(UserError, match="已损坏"):
        [clause.text for doc in index.documents for clause in index.clauses_of(doc.doc_id)]


def test_what_is_written_from_a_damaged_index_is_not_signed_anew(
    settings: Settings, encoder: Encoder, built: Place, tmp_path: Path
) -> None:
    for at in dice("written").sample(range(len(_files(built))), 4 * TIMES):
        place = built.copy(tmp_path / "place")
        own, path = _settings(settings, place), _files(place)[at]
        where = next(_flips(path, path.name))
        with suppress(UserError):
            add_documents(own, [place.incoming])
            remove_document(own, number_of(_SUBJECT))
        if path.name not in (said := _problems(own)):  # nothing of the file was needed
            assert said == "", where
            assert amount_of(max(OLD)) in (_answer(own, encoder, max(OLD)) or ""), where


def test_building_mends_it(settings: Settings, encoder: Encoder, place: Place) -> None:
    own = _settings(settings, place)
    path = dice("mend").choice(_files(place))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    build_index(own)
    assert _problems(own) == ""
    assert amount_of(_SUBJECT) in (_answer(own, encoder) or "")


@pytest.mark.parametrize("spoilt", ["", "../../etc", "flipped"])
def test_a_spoilt_name_of_the_version_costs_nothing(
    settings: Settings, encoder: Encoder, place: Place, spoilt: str
) -> None:
    own, current = _settings(settings, place), place.index_dir / "CURRENT"
    name = current.read_text("utf-8")
    at = dice("name").randrange(len(name))
    flipped = name[:at] + chr(ord(name[at]) ^ 1) + name[at + 1 :]
    current.write_bytes((flipped if spoilt == "flipped" else spoilt).encode())
    assert amount_of(_SUBJECT) in (_answer(own, encoder) or "")
    index, _ = add_documents(own, [place.incoming])
    assert len(index.documents) == len(OLD | NEW)
    assert current.read_text("utf-8") == index.version


def test_a_model_with_a_flipped_bit_is_told_of(settings: Settings, tmp_path: Path) -> None:
    built = settings.models_dir / DEFAULT_ENCODER
    folder = tmp_path / DEFAULT_ENCODER
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    here = settings.model_copy(update={"models_dir": tmp_path})
    assert not [problem for problem in check_index(here) if "模型" in problem.text]
    with (folder / MODEL).open("r+b") as file:
        file.seek(-1000, 2)
        byte = file.read(1)[0]
        file.seek(-1000, 2)
        file.write(bytes([byte ^ 4]))
    (problem,) = check_index(here)
    assert "向量模型已改变" in problem.text and str(folder) in problem.remedy
