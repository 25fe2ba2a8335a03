"""The service that these tests attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import free_port
from guarded import ADMIN_NAME, ADMIN_WORD, READER_NAME, READER_WORD, Attacked, Served, cheap_passwords, own_settings
from hostile import documents, trap

from index.settings import Settings
from index.store import ClauseIndex
from index.upkeep import ADDED
from rag.access.open_gate import open_gate
from rag.access.roles import ADMIN
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.records import Records
from rag.service.serve import serving
from rag.service.service import build_service


@pytest.fixture(scope="session")
def attacked(served: Served) -> Iterator[Attacked]:
    with trap() as caught, served.admin() as client:
        files = [("files", (name, data)) for name, data in documents(caught.url).items()]
        outcomes = client.post("/api/documents", files=files).json()["outcomes"]
        assert [one["status"] for one in outcomes] == [ADDED] * len(files), outcomes
        yield Attacked(served, caught, tuple(one["doc_id"] for one in outcomes))


@pytest.fixture(scope="session")
def served(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    own = own_settings(settings, tmp_path_factory.mktemp("safety"))
    gate = open_gate(own, passwords=cheap_passwords())
    gate.users.add(ADMIN_NAME, ADMIN_WORD, ADMIN)
    gate.users.add(READER_NAME, READER_WORD)
    tokens = gate.clients.add("safety-admin", is_admin=True), gate.clients.add("safety-reader")
    desk = Desk(OpenLibrary(own), own, Records.open(own.records_dir))
    with serving(build_service(desk, gate), "127.0.0.1", free_port()) as url:
        yield Served(url, gate, own, desk, *tokens)
