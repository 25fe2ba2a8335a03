"""One process that is measured: `python -m eval.bench.child TASK ...` does a task and tells on its last line what it took."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from eval.bench.place import Place
from eval.bench.systems import SYSTEMS, Ask
from index.command import run_command, use_utf8
from index.settings import load_settings

_SAMPLE = 256  # texts that the encoder's own speed is measured with
_WARM = 10  # questions before those that count


def main(argv: Sequence[str]) -> int:
    """Do the task that the JSON argument describes; 2 and one line on stderr when the user can mend it."""
    use_utf8()
    task = json.loads(argv[0])
    return run_command(lambda: _tell(_TASKS[task.pop("task")](**task)))


def _tell(measured: dict[str, Any]) -> int:
    print(json.dumps(measured | {"peak_bytes": peak_bytes()}))
    return 0


def make(folder: str, laws: str | None, clauses: int, vectors: str | None) -> dict[str, Any]:
    from eval.bench.make import make as make_place

    given = [Path(path) if path else None for path in (laws, vectors)]
    make_place(Place(Path(folder)), load_settings(), given[0], clauses, given[1])
    return {}


def build(folder: str, system: str) -> dict[str, Any]:
    place = Place(Path(folder))
    target = place.peer(system)
    target.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    SYSTEMS[system].build(place, target)
    return {"seconds": time.perf_counter() - started}


def embed(folder: str) -> dict[str, Any]:
    """Measure the floor of every build: so many of the clauses through the encoder, in order."""
    from index.store import encoder_of

    encoder = encoder_of(load_settings())
    texts = [row["text"] for row, _ in zip(Place(Path(folder)).texts(), range(_SAMPLE), strict=False)]
    encoder.encode_passages(texts[:_WARM])
    started = time.perf_counter()
    encoder.encode_passages(texts)
    return {"texts": len(texts), "seconds": time.perf_counter() - started}


def ask(
    folder: str, system: str, started: float, questions: Sequence[str], askers: Sequence[int], limit: float
) -> dict[str, Any]:
    """Measure from the start of the process to the first answer, then the questions by so many askers at once."""
    place = Place(Path(folder))
    answer, encoder = SYSTEMS[system].open(place, place.peer(system), load_settings())
    opened = time.time() - started
    answer(questions[0])
    first, first_cpu = time.time() - started, time.process_time()
    resident = resident_bytes()
    for text in questions[:_WARM]:
        answer(text)
    rounds = {str(n): beside(answer, encoder.encode_query, questions, n, limit) for n in askers}
    return {"open_s": opened, "first_s": first, "first_cpu_s": first_cpu, "resident_bytes": resident, "asked": rounds}


def add(folder: str, documents: int) -> dict[str, Any]:
    from eval.bench.adding import measure_adding

    return measure_adding(Place(Path(folder)), load_settings(), documents)


def beside(answer: Ask, floor: Ask, questions: Sequence[str], askers: int, limit: float) -> dict[str, list[float]]:
    """Return milliseconds of each question to a system and to the encoder alone, in turn by as many as there are askers.

    Both share whatever else the machine does; the process's own time on the processors, told of each turn as the mean
    of its questions, leaves that out. Stops after `limit` seconds.
    """
    times: dict[str, list[float]] = {"system": [], "encoder": [], "system_cpu": [], "encoder_cpu": []}
    size, ends = max(askers * 2, 2), time.perf_counter() + limit
    with ThreadPoolExecutor(askers) as pool:
        for start in range(0, len(questions), size):
            part = questions[start : start + size]
            for name, work in (("encoder", floor), ("system", answer)):
                before = time.process_time()
                times[name] += pool.map(partial(_milliseconds, work), part)
                times[f"{name}_cpu"].append((time.process_time() - before) * 1000 / len(part))
            if time.perf_counter() > ends:
                break
    return times


def _milliseconds(work: Ask, text: str) -> float:
    started = time.perf_counter()
    work(text)
    return (time.perf_counter() - started) * 1000


def peak_bytes() -> int:
    """Return the most memory this process had resident, mapped files included."""
    if found := _status("VmHWM"):
        return found
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_bytes() -> int | None:
    """Return the memory resident now, mapped files included; None where the system does not tell."""
    return _status("VmRSS")


def _status(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), None)


_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "make": make,
    "build": build,
    "embed": embed,
    "ask": ask,
    "add": add,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
