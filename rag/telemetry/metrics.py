"""Counts and times for Prometheus.

Several workers write them into files of one folder (PROMETHEUS_MULTIPROC_DIR, set by who starts them), so that any of
them tells the sums; a single process keeps them in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it
_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 30, 60, 120)


@dataclass(frozen=True)
class Series:
    """All that is counted."""

    requests: Counter
    in_flight: Gauge
    refused: Counter
    answers: Counter
    answer_seconds: Histogram
    answering: Gauge
    model_calls: Counter


@cache
def series() -> Series:
    """Return what is counted in; the library is loaded with the first count."""
    from prometheus_client import Counter, Gauge, Histogram

    return Series(
        requests=Counter("clause_requests", "Requests answered", ["route", "status"]),
        in_flight=Gauge("clause_requests_in_flight", "Requests being answered", multiprocess_mode="livesum"),
        refused=Counter("clause_refused", "Requests refused, by the limit that they met", ["limit"]),
        answers=Counter("clause_answers", "Answers to questions", ["status"]),
        answer_seconds=Histogram("clause_answer_seconds", "Time from question to answer", buckets=_SECONDS),
        answering=Gauge("clause_answers_in_flight", "Questions being answered", multiprocess_mode="livesum"),
        model_calls=Counter("clause_model_calls", "Calls of the language model", ["outcome"]),
    )


def page_of_metrics(index: Mapping[str, float], version: str) -> tuple[bytes, str]:
    """Return the page that Prometheus reads and its type; `index` are figures of the index in use, by name."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily

    class Held:
        """Looked at when it is asked for: it is this worker's own, and not to be summed up with the others'."""

        def collect(self) -> Iterator[GaugeMetricFamily]:
            info = GaugeMetricFamily("clause_index_info", "The version of the index in use", labels=["version"])
            info.add_metric([version], 1)
            yield info
            for name, value in index.items():
                yield GaugeMetricFamily(f"clause_index_{name}", f"What the index holds: {name}", value)

    own = CollectorRegistry()
    own.register(Held())
    series()
    return generate_latest(_all()) + generate_latest(own), CONTENT_TYPE_LATEST


def forget_process(pid: int) -> None:
    """Count a worker that has ended as doing nothing."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _all() -> CollectorRegistry:
    from prometheus_client import REGISTRY, CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    if FOLDER not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
