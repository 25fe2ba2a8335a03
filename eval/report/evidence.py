"""A question with what became of it, and the clauses that tell why, marked where it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.report.failures import STAGES, Failure
from eval.report.runs import Asked

_NEAREST_SHOWN = 2  # of a refusal, beside the clause that answers


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as the evidence of a question shows it."""

    label: str
    clause_id: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with what became of it; `failure` is None where all of it is right."""

    asked: Asked
    kind: str
    failure: Failure | None

    @property
    def cell(self) -> str:
        return cell_of(self.asked)

    @property
    def stage(self) -> str:
        return STAGES[self.failure.stage] if self.failure else "正确"

    @property
    def scope(self) -> str:
        scope = self.asked.answer["scope"]
        years = (f"{year}年" for year in scope["years"])
        return "、".join((*scope["regions"], *years, *scope["doc_ids"])) or "未限定地区、年份和文件"

    @property
    def found(self) -> list[tuple[str, bool]]:
        """The clauses found, best first, and whether each is a right one."""
        return [(name, name in self.asked.right) for name in self.asked.retrieved]

    @property
    def gold(self) -> tuple[Clause, ...]:
        return tuple(self._gold(name) for name in self.asked.gold)

    @property
    def cited(self) -> tuple[Clause, ...]:
        return tuple(map(_cited, self.asked.answer["citations"]))

    @property
    def nearest(self) -> tuple[Clause, ...]:
        return tuple(map(_cited, self.asked.answer["nearest"][:_NEAREST_SHOWN]))

    def _gold(self, name: str) -> Clause:
        clause = self.asked.clauses.get(name, {"label": name, "text": "(记录里没有这条的原文)"})
        forms = [form for string in self.asked.required for form in string.split("|")]
        return Clause(clause["label"], name, tuple(_marked(clause["text"], forms)))


def cell_of(asked: Asked) -> str:
    """Return which of the four ways it was met: answered or refused, with an answer or without one."""
    return f"{'refused' if asked.refused else 'answered'}-{'answerable' if asked.answerable else 'unanswerable'}"


def _cited(citation: Mapping[str, Any]) -> Clause:
    text, start, end = citation["clause_text"], citation["start"], citation["end"]
    words = (Words(text[:start], False), Words(text[start:end], True), Words(text[end:], False))
    return Clause(citation["label"], citation["clause_id"], tuple(each for each in words if each.text))


def _marked(text: str, forms: Sequence[str]) -> Iterable[Words]:
    """Yield a text cut at every place where it holds one of these words, the first that begins, the longest."""
    at = 0
    while at < len(text):
        found = [(text.find(form, at), -len(form)) for form in forms if form and form in text[at:]]
        start, minus = min(found, default=(len(text), 0))
        if start > at:
            yield Words(text[at:start], False)
        if minus:
            yield Words(text[start : start - minus], True)
        at = start - minus
