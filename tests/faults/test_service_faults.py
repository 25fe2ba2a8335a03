"""The service as a program: its records are taken from under it, then it is killed in the middle of what is sent to it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from index.build import build_index
from index.settings import Settings
from tests.faults.forks import looked, run
from tests.faults.place import NEW, OLD, Place, amount_of, left_over, must_be_whole, question_of
from tests.faults.seed import TIMES, dice
from tests.faults.server import Server, serving

_SUBJECT = max(OLD)


@pytest.fixture(scope="module")
def built(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place.make(tmp_path_factory.mktemp("service"))
    build_index(settings.model_copy(update={"index_dir": place.index_dir, "seeds_dir": place.seeds}))
    return place


@pytest.mark.parametrize("number", range(TIMES))
def test_a_service_goes_on_without_its_records_and_is_killed_while_files_come(
    built: Place, tmp_path: Path, number: int
) -> None:
    place = built.copy(tmp_path / "place")
    with serving(place) as server:
        _must_answer(server)
        _lose_records(server, place.records_dir)
        _kill_while_sending(server, dice(f"upload {number}").uniform(0, 2))
    must_be_whole(looked(place), OLD, OLD | NEW)
    assert {path.name for path in place.records_dir.iterdir()} <= {"sent", "staging"} | set(_names("records"))
    status, words = run(place, "add", str(place.incoming))
    assert status == 0, words
    assert must_be_whole(looked(place), OLD | NEW)
    assert left_over(place) == []


def _must_answer(server: Server) -> None:
    assert amount_of(_SUBJECT) in server.ask(question_of(_SUBJECT))["answer"], server.log


def _lose_records(server: Server, folder: Path) -> None:
    shutil.rmtree(folder)
    _must_answer(server)
    file = folder / "records.sqlite3"
    with sqlite3.connect(file) as held:  # and with it the answer is kept again
        assert held.execute("select count(*) from audit").fetchone() == (1,)
    shutil.rmtree(folder)
    folder.write_text("no folder")
    _must_answer(server)
    assert "记录库 records.sqlite3 不能读写" in server.log
    folder.unlink()
    _must_answer(server)


def _kill_while_sending(server: Server, after: float) -> None:
    files = [("files", (path.name, path.read_bytes())) for path in server.place.incoming.iterdir()]

    def send() -> None:
        with suppress(httpx.TransportError):
            server.client.post("/api/documents", files=files)

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(after)
    server.process.kill()
    sending.join()


def _names(stem: str) -> list[str]:
    return [f"{stem}.sqlite3{end}" for end in ("", "-wal", "-shm")]
