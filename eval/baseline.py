"""Other systems beside ours: the same questions, documents, encoder and machine, scored on the clause text they show."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

from eval.baselines import haystack_peer, langchain_peer, llama_peer, own
from eval.baselines.chunk import Chunk, Retrieve
from eval.baselines.package import titled
from eval.baselines.score import refusals, score, summary
from eval.golden import Golden, check_golden, load_golden
from eval.record import commit
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause
from rag.types import Question

K = 4  # LangChain's default, as good a number as any
_OURS = ("search", "citations")


@dataclass(frozen=True, slots=True)
class System:
    """A way to find evidence; `open` makes its index. `package` is of the library that it is, empty for ours."""

    name: str
    title: str
    package: str
    open: Callable[[], Retrieve]


def systems(index: ClauseIndex, settings: Settings, k: int = K) -> list[System]:
    """Return all that are compared, ours last."""
    docs, encoder = index.documents, index.encoder
    lc, llama, hay = langchain_peer, llama_peer, haystack_peer
    return [
        System("langchain", "LangChain 默认 1000/200", lc.PACKAGE, lambda: lc.open_langchain(docs, encoder, k)),
        System(
            "langchain-chinese",
            "LangChain 中文分隔 250/50",
            lc.PACKAGE,
            lambda: lc.open_langchain(docs, encoder, k, lc.CHINESE),
        ),
        System("llama-citation", "LlamaIndex 引用引擎", llama.PACKAGE, lambda: llama.open_llama(docs, encoder, k)),
        System("haystack", "Haystack 逐段", hay.PACKAGE, lambda: hay.open_haystack(docs, encoder, k)),
        System("bm25", "条款 + 只用 BM25", "", lambda: own.open_words(index, k)),
        System("dense", "条款 + 只用向量", "", lambda: own.open_vectors(index, k)),
        System("search", "本系统 检索", "", lambda: own.open_search(index, settings, k)),
        System("citations", "本系统 引用", "", lambda: own.open_citations(index, settings)),
    ]


def compare(settings: Settings, name: str, k: int = K) -> dict[str, Any]:
    """Return the report of all systems on a set; raises UserError if the set is at fault or a library is missing."""
    index = ClauseIndex.open(settings)
    questions = load_golden(name)
    if problems := check_golden(questions, index):
        raise UserError(f"评测集有 {len(problems)} 处错误, 例如 {problems[0]}")
    index.warm()
    found = _ask(systems(index, settings, k), questions)
    clauses = {clause.clause_id: clause for _, held in index.corpus() for clause in held}
    return {
        "set": name,
        "commit": commit(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder": index.manifest.encoder,
        "index_version": index.version,
        "documents": len(index.documents),
        "questions": len(questions),
        "k": k,
        "systems": [_measured(asked, questions, clauses, k) for asked in found],
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a system showed for each question, and how many milliseconds it took."""

    system: System
    retrieve: Retrieve
    shown: list[list[Chunk]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def ask(self, golden: Golden) -> None:
        started = time.perf_counter()
        self.shown.append(self.retrieve(Question(golden.question, golden.history, id=golden.id)))
        self.times.append((time.perf_counter() - started) * 1000)


def _ask(compared: Sequence[System], questions: Sequence[Golden]) -> list[Asked]:
    """Ask every system each question in turn, so that they share whatever else the machine does."""
    from tqdm import tqdm

    asked = [Asked(system, system.open()) for system in compared]  # a missing library is told before the first question
    for golden in tqdm(questions, desc="对照", unit="问", disable=None):
        for each in asked:
            each.ask(golden)
    return asked


def _measured(asked: Asked, questions: Sequence[Golden], clauses: Mapping[str, Clause], k: int) -> dict[str, Any]:
    """Return one system's measures at 1 and at k results."""

    def at(limit: int) -> dict[str, list[float]]:
        first = ([chunk for chunk in chunks if chunk.rank < limit] for chunks in asked.shown)
        scored = (score(golden, chunks, clauses) for golden, chunks in zip(questions, first, strict=True))
        return {name: [round(value, 4) for value in values] for name, values in summary(scored).items()}

    system, refused = asked.system, refusals(questions, asked.shown)
    return {
        "name": system.name,
        "title": system.title,
        "ours": system.name in _OURS,
        "package": titled(system.package) if system.package else None,
        "median_ms": round(median(asked.times), 1),
        "refused_by_score": None if refused is None else round(refused, 4),
        "at_1": at(1),
        f"at_{k}": at(k),
    }
