"""What those who watch the service see: /healthz, /readyz, /metrics. A real server with the real index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from browser import free_port
from endpoint import fails
from endpoint import serving as model_endpoint
from waiting import until

from index.settings import Settings
from index.store import ClauseIndex
from rag.access.open_gate import open_gate
from rag.access.passwords import Passwords
from rag.chain import build_chain
from rag.page.desk import Desk
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.records.records import Records
from rag.records.store import FILE_NAME
from rag.service.serve import serving
from rag.service.service import build_service
from rag.telemetry.answers import counted

_ASKED = "长春2012年新农合补助标准?"


@dataclass
class Served:
    """A service, and what stands behind it."""

    url: str
    desk: Desk
    token: str

    def ask(self, question: str = _ASKED) -> dict[str, Any]:
        answer = self.post("/api/ask", {"question": question})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False, timeout=60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=60)

    def metrics(self) -> dict[str, float]:
        page = self.get("/metrics").text
        rows = (line.rsplit(" ", 1) for line in page.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in rows}


@pytest.fixture(scope="module")
def served(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    records = tmp_path_factory.mktemp("records")
    with model_endpoint() as start:
        endpoint = start(fails(500))
        model = {"llm_base_url": endpoint.url, "llm_model": "scripted", "llm_timeout": 5, "llm_retries": 0}
        own = settings.model_copy(update={**model, "auth": True, "records_dir": records})
        gate = open_gate(own, passwords=Passwords(_Plain()))
        gate.users.add("admin", "correct horse 电池", "admin")
        token = gate.clients.add("观察")
        library = Library(counted(build_chain(index, own)), Catalog.from_documents(index.documents), index)
        desk = Desk(library, own, Records.open(records))
        with serving(build_service(desk, gate, has_page=False), "127.0.0.1", free_port()) as url:
            yield Served(url.rstrip("/"), desk, token)


@pytest.fixture(autouse=True)
def _look_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.service.health._HOLDS", 0.0)


class _Plain:
    def hash(self, password: str) -> str:
        return password

    def verify(self, hash: str, password: str) -> bool:
        return hash == password

    def check_needs_rehash(self, hash: str) -> bool:
        return False


def test_what_is_counted(served: Served) -> None:
    before = _at_rest(served)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert served.ask()["status"] == "grounded"
    assert served.ask("沈阳2012年新农合补助标准?")["status"] == "refused"
    served.post("/api/ask", {"question": "x" * 600_000})
    served.get("/api/search?q=补助")  # without a token
    after = _at_rest(served)
    assert more('clause_requests_total{route="/api/ask",status="200"}') == 2
    assert more('clause_requests_total{route="/api/ask",status="413"}') == 1
    assert more('clause_requests_total{route="/api/search",status="401"}') == 1
    assert more('clause_refused_total{limit="size"}') == more('clause_refused_total{limit="token"}') == 1
    assert more('clause_answers_total{status="grounded"}') == more('clause_answers_total{status="refused"}') == 1
    assert more("clause_answer_seconds_count") == 2
    assert more('clause_model_calls_total{outcome="failed"}') >= 1  # the endpoint of this service fails
    assert after["clause_requests_in_flight"] == after["clause_answers_in_flight"] == 0
    index = served.desk.library.index
    assert index is not None
    assert after[f'clause_index_info{{version="{index.version}"}}'] == 1
    assert after["clause_index_clauses"] == index.manifest.counts["clauses"]


def _at_rest(served: Served) -> dict[str, float]:
    """Return the metrics once all requests are counted: one is just after its answer has gone out."""
    until(lambda: served.metrics()["clause_requests_in_flight"] == 0, "a request goes on")
    return served.metrics()


def test_who_may_read_the_metrics(served: Served) -> None:
    assert served.get("/metrics").status_code == 200
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert served.get("/metrics", **proxied).status_code == 403
    assert served.get("/metrics", **proxied, Authorization="Bearer clause_x").status_code == 403
    assert served.get("/metrics", **proxied, Authorization=f"Bearer {served.token}").status_code == 200


def test_ready_and_alive(served: Served) -> None:
    assert served.get("/healthz").text == "ok"
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


def test_records_that_cannot_be_written_are_not_ready_and_tell_why(served: Served) -> None:
    folder = served.desk.settings.records_dir
    kept = folder / FILE_NAME
    for name in ("-wal", "-shm"):
        (folder / (FILE_NAME + name)).unlink(missing_ok=True)
    kept.rename(folder / "aside")
    kept.write_bytes(b"no database" * 99)
    answer = served.get("/readyz")
    assert answer.status_code == 503 and answer.json()["ready"] is False
    assert re.search("records: .*已损坏", "".join(answer.json()["reasons"]))
    assert served.get("/healthz").status_code == 200
    kept.unlink()
    assert served.get("/readyz").json() == {"ready": True, "reasons": []}  # they are begun anew


def test_a_store_that_does_not_answer_is_not_ready(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr("rag.service.health.search", away)
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["index: 出错,详见日志"])
