"""How an answer came about, as the page's panel 检索过程 shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.explanation import labels
from rag.trace import Candidate, PartTrace, Trace
from rag.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class Row:
    """A clause that was looked at closely; `cited` is its number in the answer, 0 if it has none."""

    candidate: Candidate
    cited: int
    quoted: str

    @property
    def scores(self) -> list[str]:
        one = self.candidate
        views = (score for _, score in labels.ordered(one.views, labels.VIEWS))
        return [labels.number(score) for score in (one.score, one.sureness, one.fused, *views)]

    @property
    def sentence(self) -> str:
        """The words that the answer quotes, else those of the clause that come nearest."""
        return self.quoted or self.candidate.sentence


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a question as its lines and its table of clauses."""

    n: int
    part: PartTrace
    threshold: float
    rows: tuple[Row, ...]

    @property
    def side(self) -> str:
        return labels.side(self.part, self.n)

    @property
    def subject(self) -> str:
        return labels.subject(self.part)

    @property
    def scope(self) -> str:
        return labels.scope(self.part)

    @property
    def words(self) -> list[str]:
        return list(labels.words_of(self.part.words))

    @property
    def told(self) -> list[str]:
        return _lines(labels.told(self.part))

    @property
    def views(self) -> list[str]:
        return [name for name, _ in labels.ordered(self.part.candidates[0].views, labels.VIEWS)]

    @property
    def confidence(self) -> float:
        return self.part.confidence or 0.0

    @property
    def is_refused(self) -> bool:
        return self.part.refusal is not None

    @property
    def conclusion(self) -> list[str]:
        if self.part.confidence is None:
            return []
        return [labels.conclusion(self.part.confidence, self.threshold, self.is_refused)]

    @property
    def doubts(self) -> tuple[str, ...]:
        return self.part.doubts

    @property
    def refusal(self) -> list[str]:
        return _lines(labels.refusal(self.part))


@dataclass(frozen=True, slots=True)
class TraceView:
    """The panel of one answer."""

    answer: Answer
    trace: Trace

    @property
    def brief(self) -> str:
        """What the folded panel says: how sure, and how long it took."""
        sure = "" if self.answer.confidence is None else f"把握 {self.answer.confidence:.2f} · "
        return f"{sure}{self.answer.elapsed_ms:.0f} 毫秒"

    @property
    def question(self) -> list[str]:
        return [self.trace.text, *_lines(labels.understood(self.trace))]

    @property
    def parts(self) -> list[PartView]:
        citations, threshold = self.answer.citations, self.trace.threshold
        return [PartView(n, one, threshold, _rows(one, citations)) for n, one in enumerate(self.trace.parts, 1)]

    @property
    def unsearched(self) -> list[str]:
        """Why nothing was searched; empty if something was."""
        return [] if self.trace.parts else [f"没有检索: {self.answer.answer}"]

    @property
    def checks(self) -> list[str]:
        """How the checks of each statement came out."""
        return [
            f"{''.join(f'〔{n}〕' for n in statement.citations)} {labels.verdict(statement.checks)}"
            for statement in self.answer.statements
        ]

    @property
    def made(self) -> list[str]:
        return _lines(labels.made(self.answer))

    @property
    def times(self) -> list[tuple[str, float]]:
        return labels.ordered(self.trace.times, labels.STAGES)

    @property
    def times_text(self) -> str:
        return "  ".join(f"{name} {ms:.1f}" for name, ms in self.times) + f"  共 {self.answer.elapsed_ms:.1f} 毫秒"


def view_trace(answer: Answer) -> TraceView | None:
    """Return the panel of a complete answer; None if it has no trace."""
    return TraceView(answer, answer.trace) if answer.trace else None


def _rows(part: PartTrace, citations: Sequence[Citation]) -> tuple[Row, ...]:
    quotes: dict[str, list[Citation]] = {}
    for one in citations:
        quotes.setdefault(one.clause.clause_id, []).append(one)
    return tuple(_row(candidate, quotes.get(candidate.clause_id, [])) for candidate in part.candidates)


def _row(candidate: Candidate, cited: Sequence[Citation]) -> Row:
    return Row(candidate, cited[0].n if cited else 0, " … ".join(one.cited_text for one in cited))


def _lines(text: str) -> list[str]:
    return [text] if text else []
