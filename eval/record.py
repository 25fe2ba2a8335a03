"""The record of a run: one JSON file that ties measures and answers to a commit, an index and settings."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from eval.fingerprints import fingerprints_of
from eval.golden import CRITICAL
from eval.metrics import Scored, document_of, scores_of, summary
from eval.run import SetRun
from eval.run_file import Record
from index.settings import Settings
from index.types import Clause

_HERE = Path(__file__).parent
# What is of the machine and not of the answers.
_NOT_TOLD = {
    "llm_base_url", "llm_api_key", "host", "port", "upload",
    "concurrency", "llm_concurrency", "milvus_uri", "milvus_token", "milvus_prefix",
}  # fmt: skip


def make_record(settings: Settings, runs: Sequence[SetRun], mode: str, ablate: Sequence[str] = ()) -> Record:
    """Return the record of a run over some sets."""
    # The critical questions are of another set, and were chosen because they are right.
    counted = [one for one in runs if one.name != CRITICAL] or runs
    scored = [s for one in counted for s in one.scored]
    return {
        "sets": [one.name for one in runs],
        "commit": commit(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "index_version": runs[0].index.version,
        "encoder": runs[0].index.manifest.encoder,
        "mode": mode,
        "ablate": list(ablate),
        "settings": settings.model_dump(mode="json", exclude=_NOT_TOLD | _paths(settings)),
        "questions": sum(len(one.scored) for one in runs),
        "summary": _summary(scored),
        "by_set": {one.name: _of_set(one) for one in runs},
        "kinds": _means(scored, lambda s: [s.golden.kind]),
        "documents": _documents(counted),
        "difficulty": _means(scored, lambda s: [s.golden.difficulty]),
        "median_answer_chars": _median_chars(scored),
        "latency_ms": _latency(scored),
        "fingerprints": {doc_id: paths for one in runs for doc_id, paths in fingerprints_of(one.index).items()},
        "details": [_detail(one, s, clauses) for one in runs for clauses in [_clauses(one)] for s in one.scored],
    }


def _paths(settings: Settings) -> set[str]:
    return {name for name, value in settings if isinstance(value, Path)}


def _of_set(one: SetRun) -> Record:
    return {
        "questions": len(one.scored),
        "documents": len(one.index.documents),
        "index_version": one.index.version,
        "summary": _summary(one.scored),
        "median_answer_chars": _median_chars(one.scored),
    }


def _summary(scored: Sequence[Scored]) -> dict[str, list[float]]:
    return {name: [round(value, 4) for value in values] for name, values in summary(scored).items()}


def _means(scored: Iterable[Scored], groups_of: Any) -> dict[str, dict[str, float]]:
    """Return the means of each group; a question may be in several."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for s in scored:
        for group in groups_of(s):
            groups[group].append(s)
    return {group: _mean(members) for group, members in sorted(groups.items())}


def _mean(scored: Sequence[Scored]) -> dict[str, float]:
    return {"n": len(scored)} | {name: round(values[0], 4) for name, values in summary(scored).items()}


def _documents(runs: Sequence[SetRun]) -> dict[str, Record]:
    """Return the means of the questions that each document answers."""
    found: dict[str, Record] = {}
    titles = {doc.doc_id: doc.title for one in runs for doc in one.index.documents}
    scored = [s for one in runs for s in one.scored]
    for doc_id, means in _means(scored, lambda s: {document_of(gold, titles) for gold in s.golden.gold}).items():
        found[doc_id] = {"title": titles[doc_id]} | means
    return found


def _median_chars(scored: Sequence[Scored]) -> float | None:
    lengths = [len(s.answer.answer) for s in scored if s.answer.status != "refused"]
    return median(lengths) if lengths else None


def _latency(scored: Sequence[Scored]) -> dict[str, float]:
    p50, p95 = np.percentile([s.answer.elapsed_ms for s in scored], [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def _clauses(one: SetRun) -> dict[str, Clause]:
    return {clause.clause_id: clause for _, held in one.index.corpus() for clause in held}


def _detail(one: SetRun, s: Scored, clauses: Mapping[str, Clause]) -> Record:
    golden, answer = s.golden, s.answer.to_json()
    shown = dict.fromkeys((*golden.gold, *(citation["clause_id"] for citation in answer["citations"])))
    return {
        "id": golden.id,
        "set": one.name,
        "kind": golden.kind,
        "difficulty": golden.difficulty,
        "question": golden.question,
        "history": list(golden.history),
        "note": golden.note,
        "gold": list(golden.gold),
        "also": list(golden.also),
        "required": list(golden.answer),
        "scores": scores_of(s),
        "confidence": answer["confidence"],
        "retrieved": list(s.retrieved),
        "answer": answer,
        "clauses": {name: {"label": clauses[name].label, "text": clauses[name].text} for name in shown},
    }


def commit() -> str | None:
    """Return the commit the code is at, with `+` if the tree has changes; None outside git."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
