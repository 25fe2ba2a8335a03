"""What is measured beside others: copies are documents of their own, each system finds what it holds, a report has its shape."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.bench.adding import measure_adding
from eval.bench.child import beside
from eval.bench.copies import copied, grown, searchable, write_texts
from eval.bench.copy_encoder import CopyEncoder
from eval.bench.make import make
from eval.bench.place import Place, size_of
from eval.bench.plot import draw
from eval.bench.run import Bench, Plan, child, summary
from eval.bench.systems import SYSTEMS
from eval.bench.table import markdown, table
from index.build import read_document
from index.errors import UserError
from index.regions import region_by_adcode
from index.rows import Entry
from index.settings import Settings
from index.store import encoder_of

_LAW = "森林防火规定\n第一条　为了预防森林火灾，制定本规定。\n第二条　防火期内禁止野外用火，违者处以五百元罚款。\n第三条　本规定自公布之日起施行。\n"
_PEERS = [name for name, system in SYSTEMS.items() if system.package]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "seeds"
    folder.mkdir()
    (folder / "law.txt").write_text(_LAW, "utf-8")
    return folder


@pytest.fixture(scope="module")
def law(seeds: Path) -> Entry:
    return read_document(seeds / "law.txt")


@pytest.fixture(scope="module")
def place(seeds: Path, settings: Settings) -> Place:
    """Twelve clauses: a law of three and its copies in three places, built from files."""
    made = Place(seeds.parent / "12")
    make(made, settings.model_copy(update={"seeds_dir": seeds}), None, 12)
    return made


def test_documents_grow_to_the_clauses_asked_for_and_no_two_are_one(law: Entry) -> None:
    grown_up = list(grown([law], 10))
    assert searchable(grown_up) == 12  # the last document is whole
    assert grown_up[0] == law
    copies = [doc for doc, _ in grown_up[1:]]
    assert len({doc.doc_id for doc in copies} | {doc.title for doc in copies} | {doc.doc_no for doc in copies}) == 9
    assert all(clause.doc is doc for doc, clauses in grown_up[1:] for clause in clauses)
    assert list(grown([law], 10)) == grown_up
    assert list(grown([law], 10, seed=1)) != grown_up


def test_a_copy_written_as_a_file_is_read_as_of_its_place_and_year(law: Entry, tmp_path: Path) -> None:
    region = region_by_adcode("370100")
    copy = copied(law, region, 2015, 7)
    (file,) = write_texts([copy], tmp_path)
    doc, clauses = read_document(file)
    assert (doc.title, doc.adcode, doc.year, doc.doc_no) == (copy[0].title, "370100", 2015, copy[0].doc_no)
    assert [clause.text for clause in clauses if clause.path != "0"] == [clause.text for clause in law[1]]


def test_a_copys_headings_lie_beside_the_originals_and_its_clauses_on_them(settings: Settings, tmp_path: Path) -> None:
    real = encoder_of(settings)
    encoder = CopyEncoder(real, tmp_path / "vectors.sqlite")
    encoder.titles = {"济南市森林防火规定": "森林防火规定"}
    original, body = real.encode_passages(["森林防火规定 总则", "防火期内禁止野外用火。"])
    headings, clause, again = encoder.encode_passages(
        ["济南市森林防火规定 总则", "防火期内禁止野外用火。", "济南市森林防火规定 总则"]
    )
    assert np.allclose(clause, body)
    assert np.array_equal(headings, again)
    assert 0.96 < float(headings @ original) < 0.995
    assert np.isclose(np.linalg.norm(headings), 1, atol=1e-5)


def test_a_place_notes_what_it_took_and_is_exported_whole(place: Place, law: Entry) -> None:
    made = place.made()
    assert (made["clauses"], made["documents"], made["copies"]) == (12, 4, True)
    assert made["build"]["embedded"] > 0
    assert made["rebuild"]["embedded"] == 0  # every vector was known
    texts = [row["text"] for row in place.texts()]
    assert len(texts) == len(place.vectors()) == 12
    assert texts[1].endswith(law[1][1].text)
    assert np.allclose(np.linalg.norm(place.vectors(), axis=1), 1, atol=1e-2)


def test_the_bytes_of_a_file_with_two_names_count_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "c").write_bytes(b"y" * 10)
    assert size_of(tmp_path) == 110


@pytest.mark.parametrize("name", _PEERS)
def test_a_system_kept_and_opened_again_finds_the_clause_asked_for(name: str, place: Place, settings: Settings) -> None:
    if name == "llama-index":
        pytest.importorskip("llama_index.core", reason="pip install -r requirements-eval.txt (llama-index-core)")
    folder = place.peer(name)
    folder.mkdir(parents=True, exist_ok=True)
    SYSTEMS[name].build(place, folder)
    ask, _ = SYSTEMS[name].open(place, folder, settings)
    found = ask("野外用火罚款多少")
    assert "五百元" in str(next(iter(found)))  # type: ignore[call-overload]


def test_ours_answers_from_the_index_that_was_made(place: Place, settings: Settings) -> None:
    ask, _ = SYSTEMS["ours"].open(place, place.folder, settings)
    assert "五百元" in ask("森林防火规定里野外用火罚款多少?").answer  # type: ignore[attr-defined]


def test_a_system_and_the_encoder_are_asked_the_same_questions_in_turn() -> None:
    asked: list[tuple[str, str]] = []
    times = beside(lambda q: asked.append(("system", q)), lambda q: asked.append(("floor", q)), ["a", "b", "c"], 1, 60)
    assert asked == [("floor", "a"), ("floor", "b"), ("system", "a"), ("system", "b"), ("floor", "c"), ("system", "c")]
    assert [len(times[name]) for name in ("system", "encoder", "system_cpu")] == [3, 3, 2]


def test_a_summary_is_of_percentiles_and_ratios() -> None:
    times = {
        "system": [10.0, 20.0, 30.0],
        "encoder": [5.0, 5.0, 5.0],
        "system_cpu": [8.0, 16.0],
        "encoder_cpu": [4.0, 4.0],
    }
    found = summary(times)
    assert found["system"] == {"p50": 20.0, "p95": pytest.approx(29.0), "p99": pytest.approx(29.8), "cpu": 12.0}
    assert found["ratio"] == {"p50": 4.0, "p95": pytest.approx(5.8), "p99": pytest.approx(5.96), "cpu": 3.0}


def test_documents_are_added_to_a_copy_of_the_index(place: Place, settings: Settings, seeds: Path) -> None:
    before = {path: path.stat().st_size for path in place.index_dir.rglob("*") if path.is_file()}
    told = measure_adding(place, settings.model_copy(update={"seeds_dir": seeds}), 2)
    assert (told["documents"], told["clauses"]) == (2, 6)
    assert told["seconds"] == pytest.approx(sum(told["stages"].values()))
    assert {"读取", "编入", "写入"} <= set(told["stages"])
    assert {path: path.stat().st_size for path in place.index_dir.rglob("*") if path.is_file()} == before


def test_a_run_measures_each_system_in_a_process_of_its_own(place: Place) -> None:
    bench = Bench(Plan(("encoder", "ours", "langchain-faiss"), questions=3, askers=(1, 32), starts=1))
    bench.measure(place)
    report = json.loads(json.dumps(bench.report()))
    (size,) = report["sizes"]
    encoder, ours, peer = size["systems"]
    assert (size["clauses"], ours["build"]["texts"]) == (12, place.made()["build"]["embedded"])
    assert all(0 < one["asked"]["open_s"] <= one["asked"]["first_s"] for one in (encoder, ours, peer))
    assert ours["asked"]["by_askers"]["32"]["questions"] == 3
    assert all(one["asked"]["peak_bytes"] > 10**7 for one in (encoder, ours, peer))
    assert ours["build"]["bytes"] > peer["build"]["bytes"] > 12 * 384 * 4
    assert "本系统" in table(report) and "副本" in table(report)
    assert markdown(report).count("\n| ") == 5
    assert ElementTree.fromstring(draw(report)).tag.endswith("svg")


def test_more_than_a_system_can_hold_is_told_and_not_measured(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SYSTEMS["llama-index"], "most", 11, raising=False)
    bench = Bench(Plan(("llama-index",)))
    bench.measure(place)
    (one,) = bench.sizes[0]["systems"]
    assert "left_out" in one and "asked" not in one
    assert one["left_out"] in table(bench.report())


def test_a_library_that_is_not_installed_is_left_out_with_its_remedy(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SYSTEMS["llama-index"], "package", "nothing-here", raising=False)
    bench = Bench(Plan(("llama-index",)))
    bench.measure(place)
    assert "pip install" in bench.sizes[0]["systems"][0]["left_out"]


def test_a_process_that_fails_is_told_in_one_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ask"):
        child("ask", folder=str(tmp_path), system="ours", questions=["x"], askers=[1], limit=1)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "many"],
        ["--systems", "nobody"],
        ["--make", "x"],
        ["--make", "x", "--clauses", "0"],
        ["--at", "nowhere"],
    ],
)
def test_a_slip_on_the_command_line_is_told_with_its_remedy(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
