"""Several workers behind one port, as `python app.py --workers 2` starts them: real processes over a copy of the real index."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from browser import browser, free_port, need_chromium
from waiting import until

from index.settings import Settings
from index.store import ClauseIndex

_ROOT = Path(__file__).resolve().parent.parent
_ASKED = "通榆县2019年困难群众补助标准是每人每年多少元?"
_NOTICE = """通榆县人民政府办公室关于做好困难群众医疗补助工作的通知
通政办发〔2019〕7号
各乡镇人民政府，县政府各部门：
为做好困难群众医疗补助工作，现通知如下：
一、补助标准。对困难群众按每人每年1370元的标准给予补助。
二、组织领导。各乡镇要加强领导，明确责任，确保补助资金按时发放到位。
通榆县人民政府办公室
2019年5月8日
"""


@dataclass
class Service:
    """A running service, its environment and its log."""

    url: str
    process: subprocess.Popen[str]
    environment: dict[str, str]
    log: Path

    def pids(self) -> set[int]:
        """Return the workers' processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = set()
        for child in children:
            with suppress(OSError):  # it has just ended
                found |= {int(child)} if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text() else set()
        return found

    def answered_by(self) -> dict[str, int]:
        """Return which process answered a request, by its ID."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith('{"time"'))
        return {line["request_id"]: line["pid"] for line in lines if line["event"] == "request"}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=60)

    def ask(self, question: str, **headers: str) -> httpx.Response:
        body = {"question": question}
        return httpx.post(f"{self.url}/api/ask", json=body, headers=headers, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def service(settings: Settings, index: ClauseIndex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    del index  # it is built
    folder = tmp_path_factory.mktemp("workers")
    shutil.copytree(settings.index_dir, folder / "index")
    own = {
        "CLAUSE_INDEX_DIR": str(folder / "index"),
        "CLAUSE_RECORDS_DIR": str(folder / "records"),
        "CLAUSE_LOG": "json",
    }
    environment, port = {**os.environ, **own, "CLAUSE_LLM_BASE_URL": "", "CLAUSE_LLM_MODEL": ""}, free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--workers", "2"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout and "已启动" in process.stdout.readline(), (folder / "log").read_text()
            yield Service(f"http://127.0.0.1:{port}", process, environment, folder / "log")
        finally:
            process.terminate()
            assert process.wait(30) == 0


def test_all_workers_go_over_to_a_version_that_another_process_adds_and_no_request_fails(
    service: Service, tmp_path: Path
) -> None:
    workers, over, said = service.pids(), threading.Event(), list[tuple[str, int, str, str]]()
    assert len(workers) == 2

    def ask() -> None:
        while not over.is_set():
            answer = service.ask(_ASKED)
            told = answer.json()
            said.append((answer.headers["x-request-id"], answer.status_code, told["index_version"], told["answer"]))

    def is_over() -> bool:
        by, newest = service.answered_by(), {version for _, _, version, _ in said[-1:]}
        return (
            len(newest) == 1
            and newest.isdisjoint(first)
            and {by.get(i) for i, _, v, _ in said if v in newest} >= workers
        )

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        try:
            until(lambda: {service.answered_by().get(i) for i, *_ in said} >= workers, "one worker has all connections")
            first = {version for _, _, version, _ in said}
            (tmp_path / "notice.txt").write_text(_NOTICE, "utf-8")
            add = [sys.executable, "-m", "index", "add", str(tmp_path / "notice.txt")]
            subprocess.run(add, cwd=_ROOT, env=service.environment, check=True, capture_output=True)
            until(is_over, "a worker still answers from the former version")
        finally:
            over.set()
        for one in asking:
            one.result()  # raises what broke a connection
    assert {status for _, status, _, _ in said} == {200}
    assert len(first) == 1
    # Each answer is of its version, before and after.
    assert all(("1370元" in answer) == (version not in first) for _, _, version, answer in said)


def test_the_page_and_what_it_sends_come_from_one_worker_whoever_takes_the_connection(service: Service) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: service.get("/", **{"X-Request-ID": f"page-{n}"}), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    by = service.answered_by()
    assert len({by[f"page-{n}"] for n in range(12) if f"page-{n}" in by}) <= 1
    assert {answer.headers["content-security-policy"][:18] for answer in answers} == {"default-src 'self'"}
    assert all(answer.headers["x-request-id"] == f"page-{n}" for n, answer in enumerate(answers))
    style = re.search(r'href="(?:\./)?(assets/[^"]+\.css)"', answers[0].text)
    assert style
    plain = [service.get(f"/{style[1]}", **{"Accept-Encoding": "identity"}).content for _ in range(6)]
    assert len(set(plain)) == 1 and b"{" in plain[0]


def test_a_browser_is_answered_through_any_worker(service: Service) -> None:
    """What it sends goes up by one connection, and what is answered comes down by another."""
    need_chromium()
    with browser(1366, 768) as tab:
        tab.open(service.url)
        assert "每人每年240元" in tab.ask("长春2012年新农合补助标准?")
        assert tab.errors() == []


def test_metrics_are_those_of_all_workers(service: Service) -> None:
    before = _counted(service)
    for _ in range(6):
        service.ask("沈阳2012年新农合补助标准?")
    assert {_counted(service) for _ in range(6)} == {before + 6}


def _counted(service: Service) -> float:
    page = service.get("/metrics").text
    found = re.search(r'^clause_answers_total\{status="refused"\} ([\d.]+)$', page, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_worker_that_dies_is_replaced(service: Service) -> None:
    workers = service.pids()
    killed = max(workers)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(service.pids() - {killed}) == 2, "it was not replaced")
    (new,) = service.pids() - workers
    asked: list[str] = []

    def ask() -> bool:
        answer = service.ask("长春2012年新农合补助标准?")
        assert answer.status_code == 200  # the other one answers meanwhile
        asked.append(answer.headers["x-request-id"])
        return new in {service.answered_by().get(id) for id in asked}

    until(ask, "the new one takes no connection")
