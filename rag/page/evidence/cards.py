"""The evidence column: what each citation shows as a card."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import Clause
from rag.page.ask.session import Turn, Turns
from rag.page.ask.text import mode_text, scope_text, standing_key, standing_label
from rag.page.evidence.process import TraceView, view_trace
from rag.page.library.catalog import Catalog
from rag.page.parts import render
from rag.types import Answer, Citation

_TURNS_KEPT = 20  # whose cards stay in the page; a click on an older mark finds none

_REASONS = {
    "out_of_scope": "超出已收录文件的范围",
    "no_match": "没有与问题相符的条款",
    "unsupported": "条款不足以支持回答",
    "false_premise": "问题的前提与条款不符",
    "ambiguous": "所指的文件或条款不止一个",
}
_IN_FORCE = ("现行有效", "有效")


@dataclass(frozen=True, slots=True)
class Card:
    """A citation as the card shows it: the clause cut into before, quote and after."""

    id: str
    citation: Citation

    @property
    def clause(self) -> Clause:
        return self.citation.clause

    @property
    def parts(self) -> tuple[str, str, str]:
        text, start, end = self.clause.text, self.citation.start, self.citation.end
        return text[:start], text[start:end], text[end:]

    @property
    def title(self) -> str:
        return self.clause.doc.quoted_title

    @property
    def name(self) -> str:
        return self.clause.doc.name

    @property
    def headings(self) -> str:
        """The headings above the clause: `二、重点任务 › (一)加快健全养老体系`."""
        return " › ".join(heading.rstrip("。") for heading in self.clause.headings)

    @property
    def origin(self) -> str:
        """文号, place and year, as far as they are known."""
        doc = self.clause.doc
        year = f"{doc.year}年" if doc.year is not None else None
        return " · ".join(part for part in (doc.doc_no, "".join(doc.region), year) if part)

    @property
    def validity(self) -> str | None:
        """Whether the document is in force, and if not why: `废止: 被 海府发〔2015〕1号 废止, 自2016年1月1日起`."""
        standing = self.citation.standing
        if standing.is_out_of_force and standing.reason:
            return f"{standing.status}: {standing.reason}"
        return None if standing.status == "未知" else standing.status

    @property
    def in_force(self) -> bool:
        return self.citation.standing.status in _IN_FORCE

    @property
    def reference(self) -> str:
        return official_reference(self.clause)


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the evidence column shows it; facts and text to copy come with the whole answer."""

    turn: Turn
    standing: str
    label: str
    cards: tuple[Card, ...]
    nearest: tuple[Card, ...]
    facts: tuple[str, ...]
    to_copy: str
    trace: TraceView | None = None


def official_reference(clause: Clause) -> str:
    """The citation to paste into a paper: 《标题》(文号)二、(一)3."""
    number = f"({clause.doc.doc_no})" if clause.doc.doc_no else ""
    return f"{clause.doc.quoted_title}{number}{clause.path_text}"


def render_evidence(turns: Turns, catalog: Catalog) -> str:
    """The cards of every turn, newest turn first and open, older ones folded."""
    views = [_view(turn, catalog) for turn in reversed(turns[-_TURNS_KEPT:])]
    return render("evidence/evidence.html", views=views)


def _view(turn: Turn, catalog: Catalog) -> TurnView:
    answer = turn.answer
    done = answer if not turn.live else None
    return TurnView(
        turn=turn,
        standing=standing_key(turn),
        label=standing_label(turn),
        cards=_cards("card", turn.number, answer.citations) if answer else (),
        nearest=_cards("near", turn.number, answer.nearest) if answer else (),
        facts=_facts(done, catalog) if done else (),
        to_copy=_copy_text(turn.question, done) if done else "",
        trace=view_trace(done) if done else None,
    )


def _cards(kind: str, number: int, citations: tuple[Citation, ...]) -> tuple[Card, ...]:
    return tuple(Card(f"{kind}-{number}-{citation.n}", citation) for citation in citations)


def _facts(answer: Answer, catalog: Catalog) -> tuple[str, ...]:
    """What stands under a turn's heading: scope, mode, checks, time."""
    checks = [result for statement in answer.statements for result in statement.checks.values()]
    facts = [
        _REASONS.get(answer.reason or "", ""),
        scope_text(answer.scope, catalog),
        "" if answer.status == "refused" else mode_text(answer),
        "数字和范围已逐句核对" if checks and all(result == "ok" for result in checks) else "",
        f"用时 {answer.elapsed_ms / 1000:.1f} 秒" if answer.elapsed_ms else "",
    ]
    return tuple(fact for fact in facts if fact)


def _copy_text(question: str, answer: Answer) -> str:
    """Question, answer and its sources as plain text."""
    sources = [f"〔{citation.n}〕{official_reference(citation.clause)}" for citation in answer.citations]
    return "\n".join([f"问:{question}", f"答:{answer.answer}", *(["出处:", *sources] if sources else [])])
