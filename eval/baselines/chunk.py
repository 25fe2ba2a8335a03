"""A piece of text that a system shows as evidence, as slices of the cleaned document: what makes all systems comparable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.errors import UserError
from index.types import Document
from rag.types import Question


@dataclass(frozen=True, slots=True)
class Chunk:
    """Slices of a document's text, with its place among the results, 0 for the first, and the score it was found with.

    A result may be shown in several chunks, each with a number of its own (LlamaIndex's citations).
    """

    doc: Document
    spans: tuple[tuple[int, int], ...]
    rank: int = 0
    score: float | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.doc.text[start:end] for start, end in self.spans)

    def found(self, rank: int, score: float | None) -> Chunk:
        return replace(self, rank=rank, score=score)


Retrieve = Callable[[Question], list[Chunk]]


def spoken(question: Question) -> str:
    """Return a question with the turns before it: 那第二年呢? alone is about nothing, and a library has no memory."""
    return "\n".join((*question.history, question.text))


def locate(text: str, within: str, start: int = 0) -> tuple[int, int]:
    """Return where a chunk stands in the text that it was cut from; raises UserError if it is no slice of it."""
    at = within.find(text, start)
    if at < 0 or not text:
        raise UserError("对照库切出的文字不是原文的一段。请按 requirements-eval.txt 的版本重新安装后重试。")
    return at, at + len(text)


def located(doc: Document, chunks: Sequence[str], start: int = 0) -> list[tuple[int, int]]:
    """Return where chunks stand that come in order: each begins after the one before, so one said twice is at its own place."""
    spans: list[tuple[int, int]] = []
    for chunk in chunks:
        spans.append(locate(chunk, doc.text, spans[-1][0] + 1 if spans else start))
    return spans
