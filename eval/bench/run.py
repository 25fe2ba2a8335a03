"""All systems at all sizes in one run: each build and each asking in a process of its own, one after the other."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eval.baselines.package import titled
from eval.bench.place import Place, size_of
from eval.bench.systems import SYSTEMS
from eval.record import commit
from index.errors import UserError
from index.version import current_folder

_ROOT = Path(__file__).resolve().parent.parent.parent
_SHARES = ("p50", "p95", "p99")
_LONG = 5.0  # seconds to start, over which a start is measured once


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: which systems, how many questions by how many askers at once, for how many seconds at most each."""

    systems: Sequence[str] = tuple(SYSTEMS)
    questions: int = 100
    askers: Sequence[int] = (1, 8, 32)
    seconds: float = 30.0
    starts: int = 3
    added: int = 0  # documents that are added to ours, to tell what that takes


@dataclass(frozen=True, slots=True)
class Source:
    """What sizes are made of: the laws of a STARD folder, or the seeds; and a table of embeddings to begin with."""

    laws: Path | None = None
    vectors: Path | None = None


@dataclass(slots=True)
class Bench:
    """A run: what was measured at each size."""

    plan: Plan
    sizes: list[dict[str, Any]] = field(default_factory=list)

    def measure(self, place: Place) -> None:
        """Measure every system at a place; raises UserError with what a process said when it failed."""
        if not place.is_made:
            raise UserError(
                f"{place.folder} 里没有建好的规模: 请先运行 python -m eval bench --make 文件夹 --clauses 条数。"
            )
        made = place.made()
        embedded = child("embed", folder=str(place.folder))
        rate = embedded["texts"] / embedded["seconds"]
        systems = [self._measure(place, name, rate) for name in self.plan.systems]
        added = child("add", folder=str(place.folder), documents=self.plan.added) if self.plan.added else None
        kept = {name: made.get(name) for name in ("clauses", "documents", "copies", "read", "build", "rebuild")}
        self.sizes.append(kept | {"added": added, "encoder_texts_per_second": rate, "systems": systems})

    def report(self) -> dict[str, Any]:
        return {
            "commit": commit(),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "questions": self.plan.questions,
            "sizes": self.sizes,
        }

    def _measure(self, place: Place, name: str, rate: float) -> dict[str, Any]:
        system, clauses = SYSTEMS[name], int(place.made()["clauses"])
        told: dict[str, Any] = {"name": name, "title": system.title}
        told["package"] = titled(system.package) if system.package else None
        if system.package and told["package"] == system.package:  # without a version: not installed
            return told | {"left_out": "没有装: pip install -r requirements-eval.txt"}
        if clauses > system.most:
            return told | {"left_out": f"最多量到 {system.most:,} 条"}
        told["build"] = _built(place, name, clauses, rate)
        told["asked"] = self._asked(place, name, "plain")
        if name == "ours" and "placed" in place.made()["questions"]:
            told["placed"] = self._asked(place, name, "placed")
        return told

    def _asked(self, place: Place, name: str, kind: str) -> dict[str, Any]:
        plan, questions = self.plan, place.questions(kind)[: self.plan.questions]
        task = {"folder": str(place.folder), "system": name, "questions": questions, "limit": plan.seconds}
        told = child("ask", **task, askers=list(plan.askers))
        starts = [told]
        while len(starts) < plan.starts and told["first_s"] < _LONG:
            starts.append(child("ask", **task, askers=[]))
        return {
            **{
                name: float(np.median([start[name] for start in starts]))
                for name in ("open_s", "first_s", "first_cpu_s")
            },
            "resident_bytes": told["resident_bytes"],
            "peak_bytes": told["peak_bytes"],
            "by_askers": {askers: summary(times) for askers, times in told["asked"].items()},
        }


def summary(times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the percentiles of a system and of the encoder beside it, their time on the processors, and the ratios."""
    found: dict[str, Any] = {"questions": len(times["system"])}
    for name in ("system", "encoder"):
        values = map(float, np.percentile(times[name], [50, 95, 99]))
        found[name] = dict(zip(_SHARES, values, strict=True)) | {"cpu": float(np.mean(times[f"{name}_cpu"]))}
    return found | {"ratio": {p: found["system"][p] / found["encoder"][p] for p in (*_SHARES, "cpu")}}


def make_place(folder: Path, clauses: int, source: Source) -> Place:
    """Return a size, made in a process of its own unless the folder holds it."""
    place = Place(folder)
    if not place.is_made:
        laws, vectors = (path and str(path.resolve()) for path in (source.laws, source.vectors))
        told = child("make", folder=str(folder), laws=laws, clauses=clauses, vectors=vectors)
        place.note(peak_bytes=told["peak_bytes"])
    return place


def child(task: str, **arguments: Any) -> dict[str, Any]:
    """Return what a process of its own measured; raises UserError with the line that it said when it could not."""
    given = json.dumps({"task": task} | arguments | ({"started": time.time()} if task == "ask" else {}))
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "eval.bench.child", given]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=os.environ | {"PYTHONPATH": path}
    )
    if done.returncode or not done.stdout.strip():
        raise UserError(
            f"测量用的进程 ({task}) 没有完成, 返回 {done.returncode}: 原因见上文, 处理后重新运行同一条命令。"
        )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def machine() -> dict[str, Any]:
    """Return what the figures were measured on, in words and without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"cores": os.cpu_count(), "memory_bytes": memory, "cpu": _cpu(), "python": platform.python_version()}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _built(place: Place, name: str, clauses: int, rate: float) -> dict[str, Any]:
    """Return clauses a second with the vectors known and, where it was measured, with embedding them, and bytes on the disk.

    What another takes with embedding is what the encoder alone takes for the texts, and its own time.
    """
    made = place.made()
    if name == "ours":
        cold, warm = made.get("build"), made["rebuild"]
        told = {"known": clauses / warm["seconds"], "bytes": size_of(current_folder(place.index_dir))}
        told |= {"peak_bytes": made.get("peak_bytes")}
        return told | ({"embedded": clauses / cold["seconds"], "texts": cold["embedded"]} if cold and cold["embedded"] else {})
    if name == "encoder":
        return {"embedded": rate}
    folder = place.peer(name)
    if not (folder / "built.json").exists():
        told = child("build", folder=str(place.folder), system=name)
        (folder / "built.json").write_text(json.dumps(told), "utf-8")
    built = json.loads((folder / "built.json").read_text("utf-8"))
    seconds = built["seconds"]
    return {
        "known": clauses / seconds,
        "embedded": clauses / (seconds + clauses / rate),
        "bytes": size_of(folder),
        "peak_bytes": built["peak_bytes"],
    }
