"""Many ask at once: every question gets its own answer, none is lost, and memory does not grow without bound.

    python tests/many_askers.py --askers 500 --seconds 60 [--workers 2]

Made-up notices, each of another county and with a figure of its own, are put into an index; each asker has a county and asks
for its figure again and again over a connection of his own, every fourth as an event stream. Refused with 429, he comes
back after the seconds that he was told. All runs on this computer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parent.parent
_NOTICE = """{place}人民政府办公室关于做好困难群众医疗补助工作的通知
{short}政办发〔2019〕{number}号
各乡镇人民政府，县政府各部门：
为做好困难群众医疗补助工作，现通知如下：
一、补助标准。对困难群众按每人每年{figure}元的标准给予补助。
二、组织领导。各乡镇要加强领导，明确责任，确保补助资金按时发放到位。
{place}人民政府办公室
2019年5月{day}日
"""
_QUESTION = "{place}2019年困难群众补助标准是每人每年多少元?"
_PATIENCE = 120.0  # seconds after the end that an asker may still come back in
_IDLE = 3.0  # seconds without use after which a connection is opened anew: the service closes it after five
_EACH = 5.0  # seconds between two looks at the memory


@dataclass(frozen=True)
class Planted:
    """A county, what is asked about it, and the figure that its own notice alone has."""

    place: str
    figure: int

    @property
    def question(self) -> str:
        return _QUESTION.format(place=self.place)

    def is_own(self, answer: dict[str, Any]) -> bool:
        """Whether an answer is this question's: its figure and no other notice's, from its own notice."""
        figures = re.findall(r"(\d+)元", answer["answer"])
        cited = {citation["title"] for citation in answer["citations"]}
        return figures == [str(self.figure)] and all(self.place in title for title in cited) and bool(cited)


@dataclass
class Told:
    """What came of it all."""

    answered: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)  # of what was answered, the last time that it was asked
    in_all: list[float] = field(default_factory=list)  # since it was asked first
    faults: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)  # (seconds, MB)


def plant(folder: Path, counties: int) -> list[Planted]:
    """Write the notices into a folder and return what to ask about them."""
    from index.regions import all_regions, region_by_name

    named = [r for r in all_regions() if re.fullmatch(r"[^族自]{2}县", r.name) and len(region_by_name(r.name)) == 1]
    planted = []
    for number, region in enumerate(random.Random(7).sample(named, counties), 1):
        one = Planted(region.name, 1000 + 37 * number)
        text = _NOTICE.format(
            place=one.place, short=one.place[:2], number=number, figure=one.figure, day=number % 28 + 1
        )
        (folder / f"{number:03}.txt").write_text(text, "utf-8")
        planted.append(one)
    return planted


class Connection:
    """HTTP/1.1 as an asker needs it; a client of a library would take more of the processor than the service."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        where = urlsplit(url)
        self._host, self._port = where.hostname or "", where.port or 80
        self._head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": where.netloc, **headers}.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used = 0.0

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; raises OSError or IncompleteReadError where the connection breaks."""
        if time.monotonic() - self._used > _IDLE:
            self.close()
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader
        sent = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        self._writer.write(head.encode() + sent)
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        content = await self._content(self._reader, headers)
        self._used = time.monotonic()
        if headers.get("connection") == "close":
            self.close()
        return int(status.split()[1]), headers, content

    async def _content(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers["content-length"]))
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


class Asker:
    """One of many, with a county and a connection of his own."""

    def __init__(self, number: int, own: Planted, url: str, told: Told, headers: dict[str, str]) -> None:
        self._number, self._own, self._told = number, own, told
        self._streams = number % 4 == 3
        self._connection = Connection(url, headers)

    async def ask_until(self, end: float) -> None:
        """Ask again and again, and come back with the last question until it is answered."""
        turn = 0
        try:
            while time.monotonic() < end:
                turn += 1
                await self._ask(f"{self._number}-{turn}", end + _PATIENCE)
        finally:
            self._connection.close()

    async def _ask(self, id: str, end: float) -> None:
        first = time.monotonic()
        while time.monotonic() < end:
            started = time.monotonic()
            body = {"question": self._own.question, "id": id, "stream": self._streams}
            try:
                status, headers, content = await self._connection.post("/api/ask", body)
            except (OSError, asyncio.IncompleteReadError) as exc:
                self._told.faults[f"broken connection: {type(exc).__name__}"] += 1
                self._connection.close()
                return
            if status == 429 and headers.get("retry-after", "").isdigit():
                self._told.refused += 1
                await asyncio.sleep(
                    int(headers["retry-after"]) * random.uniform(1, 1.5)
                )  # it would be rude to come at once
                continue
            self._judge(id, status, content, time.monotonic() - started)
            self._told.in_all.append(time.monotonic() - first)
            return
        self._told.faults["lost: never answered"] += 1

    def _judge(self, id: str, status: int, content: bytes, seconds: float) -> None:
        answer = self._read(content) if status == 200 else None
        if answer is None:
            self._told.faults[f"status {status}: {content[:200].decode('utf-8', 'replace')}"] += 1
        elif answer["id"] != id or answer["question"] != self._own.question:
            self._told.faults["mixed up: the answer to another question"] += 1
        elif not self._own.is_own(answer):
            self._told.faults[f"wrong: {self._own.place} {self._own.figure}: {answer['answer']}"] += 1
        else:
            self._told.answered += 1
            self._told.seconds.append(seconds)

    def _read(self, content: bytes) -> dict[str, Any] | None:
        """Return the answer: the body, or the last event of a stream."""
        if not self._streams:
            return dict(json.loads(content))
        last = content.decode().strip().split("\n\n")[-1]
        return dict(json.loads(last.split("data: ", 1)[1])) if last.startswith("event: answer") else None


async def ask_all(
    url: str, planted: Sequence[Planted], askers: int, seconds: float, pids: Sequence[int] = (), token: str = ""
) -> Told:
    """Return what came of so many asking for so long; the memory of the processes is looked at meanwhile."""
    told, end = Told(), time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    crowd = [Asker(n, planted[n % len(planted)], url, told, headers) for n in range(askers)]
    looking = asyncio.create_task(_look(told, pids))
    await asyncio.gather(*(asker.ask_until(end) for asker in crowd))
    looking.cancel()
    told.memory.append((time.monotonic() - end + seconds, memory_of(pids)))
    return told


async def _look(told: Told, pids: Sequence[int]) -> None:
    started = time.monotonic()
    while True:
        told.memory.append((time.monotonic() - started, memory_of(pids)))
        await asyncio.sleep(_EACH)


def memory_of(pids: Sequence[int]) -> float:
    """Return the MB that processes hold together, as Linux counts them; what they share counts for each."""
    found = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in pids)
    return sum(int(match[1]) for match in found if match) / 1024


def _serve(folder: Path, workers: int, port: int) -> subprocess.Popen[str]:
    own = {
        "CLAUSE_INDEX_DIR": folder / "index",
        "CLAUSE_RECORDS_DIR": folder / "records",
        "CLAUSE_SEEDS_DIR": folder / "seeds",
    }
    environment = {**os.environ, **{name: str(value) for name, value in own.items()}}
    command = [sys.executable, "app.py", "--port", str(port), "--workers", str(workers)]
    served = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert served.stdout and "已启动" in served.stdout.readline()
    return served


def _processes(pid: int) -> list[int]:
    """Return the process, and those that it started and that serve."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(c) for c in children if "spawn_main" in Path(f"/proc/{c}/cmdline").read_text())]


def main() -> int:
    """Ask, print what came of it, and return 1 if anything was lost or mixed up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("askers", 500), ("seconds", 60), ("workers", 1), ("counties", 60), ("port", 7990)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "seeds").mkdir()
        planted = plant(Path(folder) / "seeds", args.counties)
        served = _serve(Path(folder), args.workers, args.port)
        try:
            pids = _processes(served.pid)
            told = asyncio.run(ask_all(f"http://127.0.0.1:{args.port}", planted, args.askers, args.seconds, pids))
        finally:
            served.terminate()
            served.wait()
    return _report(told, args)


def _report(told: Told, args: argparse.Namespace) -> int:
    print(f"{args.askers} askers, {args.seconds} s, {args.workers} worker(s), {os.cpu_count()} cores")
    print(f"answered {told.answered} ({told.answered / told.memory[-1][0]:.1f}/s), told to come back {told.refused}")
    print(f"seconds in the line and answered: {_spread(told.seconds)}")
    print(f"seconds since first asked: {_spread(told.in_all)}")
    print("memory, MB at second: " + ", ".join(f"{mb:.0f} at {at:.0f}" for at, mb in told.memory))
    print("faults: " + (", ".join(f"{n} x {fault}" for fault, n in told.faults.most_common(10)) or "none"))
    return 1 if told.faults or not told.answered else 0


def _spread(seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [0.0] * 99
    return f"p50 {cuts[49]:.2f} p95 {cuts[94]:.2f} p99 {cuts[98]:.2f} longest {max(seconds, default=0):.2f}"


if __name__ == "__main__":
    sys.path.insert(0, str(_ROOT))
    sys.exit(main())
