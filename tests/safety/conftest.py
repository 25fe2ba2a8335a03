"""The service that these tests attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import free_port
from guarded import ADMIN_NAME, ADMIN_WORD, READER_NAME, READER_WORD, Served, cheap_passwords, own_settings

from index.settings import Settings
from index.store import ClauseIndex
from rag.access.open_gate import open_gate
from rag.access.roles import ADMIN
from rag.page.desk import Desk
from rag.page.library.library import OpenLibrary
from rag.records.records import Records
from rag.service.serve import serving
from rag.service.service import build_service


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
