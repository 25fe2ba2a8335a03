"""Many ask at once: a small crowd for some seconds. The large one: `python tests/many_askers.py --askers 500 --seconds 60`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import free_port
from many_askers import Connection, Planted, Told, ask_all, plant

from index.build import ensure_index
from index.settings import Settings
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.records import Records
from rag.service.serve import serving
from rag.service.service import build_service

_COUNTIES, _ASKERS, _SECONDS = 8, 60, 4.0


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[tuple[str, list[Planted], Desk]]:
    folder: Path = tmp_path_factory.mktemp("many")
    (folder / "seeds").mkdir()
    planted = plant(folder / "seeds", _COUNTIES)
    places = {"index_dir": folder / "index", "records_dir": folder / "records", "seeds_dir": folder / "seeds"}
    own = settings.model_copy(update={**places, "concurrency": 4, "queue": 16})
    ensure_index(own)
    desk = Desk(OpenLibrary(own), own, Records.open(own.records_dir))
    with serving(build_service(desk, has_page=False), "127.0.0.1", free_port()) as url:
        yield url.rstrip("/"), planted, desk


def test_nothing_is_lost_or_mixed_up_and_who_is_too_many_is_told_when_to_come_back(
    planted: tuple[str, list[Planted], Desk],
) -> None:
    url, places, desk = planted
    told = asyncio.run(ask_all(url, places, _ASKERS, _SECONDS))
    assert not told.faults
    assert told.answered >= _ASKERS  # everybody was answered
    assert told.refused > 0  # the line is shorter than the crowd
    assert desk.records is not None
    assert desk.records.audit.count() == told.answered


def test_the_harness_sees_what_it_looks_for(planted: tuple[str, list[Planted], Desk], monkeypatch: Any) -> None:
    url, places, _ = planted
    wrong = [replace(places[0], figure=places[1].figure)]
    assert [fault[:6] for fault in asyncio.run(ask_all(url, wrong, 1, 0.1)).faults] == ["wrong:"]
    post = Connection.post

    async def other(self: Connection, path: str, body: dict[str, Any]) -> Any:
        return await post(self, path, {**body, "id": "0-0"})

    monkeypatch.setattr(Connection, "post", other)
    told: Told = asyncio.run(ask_all(url, places[:1], 1, 0.1))
    assert [fault[:8] for fault in told.faults] == ["mixed up"]
