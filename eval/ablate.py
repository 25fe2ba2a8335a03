"""Switch off a part of the chain, to see what it adds: its functions are replaced where they are called, for a while."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

Replace = Callable[[Any], Any]  # what stands there -> what shall stand there


def _nothing(empty: Any) -> Replace:
    return lambda _: lambda *args, **kwargs: empty


def _same_text(_: Any) -> Any:
    return lambda text: text


def _scope_without(**unnamed: Any) -> Replace:
    """Admit clauses as if the question did not name something; what it names is still understood."""
    return lambda eligible: lambda index, named: eligible(index, replace(named, **unnamed))


def _untuned(of: Any) -> Any:
    """Give every use of a question's vectors the encoder's own."""

    def plain_only(index: Any, query: Any) -> Any:
        vectors = of(index, query)
        return replace(vectors, tuned=vectors.plain, both=vectors.plain)

    return plain_only


def _without_words(views: Any) -> Any:
    """Let all clauses have the same score by words."""

    def levelled(*args: Any) -> Any:
        return {name: scores * 0 if "bm25" in name else scores for name, scores in views(*args).items()}

    return levelled


def _as_found(weights: Any) -> Any:
    """Weigh only the sum of the two views that find clauses: the sieve's first feature."""

    def first_only() -> Any:
        learnt = weights().copy()
        learnt[1:] = 0
        learnt[0] = 1
        return learnt

    return first_only


def _unranked(load: Any) -> Any:
    """Weigh no clause above another: they stay in the order in which they were found."""

    def level() -> Any:
        weights = load()
        return replace(weights, clause=weights.clause * 0)

    return level


# Each part: where its functions are called, and what they are replaced by.
PARTS: dict[str, tuple[tuple[str, Replace], ...]] = {
    "synonyms": (
        ("rag.retrieval.search:synonyms", _nothing(())),
        ("rag.retrieval.search:formal_terms", _nothing({})),
        ("rag.retrieval.search:formal_wording", _same_text),
        ("rag.retrieval.features:synonyms", _nothing(())),
        ("rag.retrieval.features:formal_terms", _nothing({})),
    ),
    "years": (("rag.retrieval.search:eligible_rows", _scope_without(years=(), periods=(), plans=())),),
    "places": (("rag.retrieval.search:eligible_rows", _scope_without(regions=(), places=())),),
    "typos": (("rag.question.understand:find_mends", _nothing(())),),
    "tuned": (("rag.retrieval.search:QuestionVectors.of", _untuned),),
    "bm25": (
        ("rag.retrieval.search:find_rows", lambda find: lambda *args: find(*args)[:1]),
        ("rag.retrieval.search:closer_views", _without_words),
    ),
    "sieve": (("rag.retrieval.search:sieve_weights", _as_found),),
    "ranker": (("rag.retrieval.rank:Weights.load", _unranked),),
    "doubts": (("rag.retrieval.confidence:doubts", _nothing({})),),
    "confidence": (("rag.chain:refuse_weak", _nothing(None)),),
}


@contextmanager
def without(parts: Sequence[str]) -> Iterator[None]:
    """Switch parts off while it is open; a chain must be built and asked inside."""
    with ExitStack() as stack:
        for part in parts:
            for place, replacement in PARTS[part]:
                stack.enter_context(_replaced(place, replacement))
        yield


@contextmanager
def _replaced(place: str, replacement: Replace) -> Iterator[None]:
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner = importlib.import_module(module)
    for one in owners:
        owner = getattr(owner, one)
    original = owner.__dict__[name]  # as it is kept: a classmethod is one, not what it gives when asked for
    new = replacement(getattr(owner, name))
    setattr(owner, name, staticmethod(new) if owners else new)
    try:
        yield
    finally:
        setattr(owner, name, original)
