"""A text cut where things begin and end in it, so that quotes and links may overlap."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Span = tuple[int, int, Key]


def cut(
    text: str, spans: Iterable[Span[Key]], start: int = 0, end: int | None = None
) -> Iterator[tuple[str, tuple[Key, ...]]]:
    """Yield the pieces of `text[start:end]` in order, each with the keys of the spans that it lies in."""
    end = len(text) if end is None else end
    inside = [(max(a, start), min(b, end), key) for a, b, key in spans if a < end and start < b and a < b]
    edges = sorted({start, end, *(a for a, _, _ in inside), *(b for _, b, _ in inside)})
    for low, high in zip(edges, edges[1:], strict=False):
        yield text[low:high], tuple(dict.fromkeys(key for a, b, key in inside if a <= low and high <= b))
