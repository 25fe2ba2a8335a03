"""The evidence column: the cards of every turn, and what stands under them."""

from __future__ import annotations

from dataclasses import dataclass

from rag.export.reference import official_reference
from rag.page.ask.session import Turn, Turns
from rag.page.ask.text import mode_text, scope_text, standing_key, standing_label
from rag.page.evidence.card import Card, cards_of
from rag.page.evidence.process import TraceView, view_trace
from rag.page.evidence.report import REASONS
from rag.page.evidence.uncited import Uncited, uncited
from rag.page.library.catalog import Catalog
from rag.page.parts import render
from rag.page.words.say import say
from rag.records.restore import warning_of
from rag.types import Answer

_CHECKED = "数字和地区已逐句与条款核对"
_TURNS_KEPT = 20  # whose cards stay in the page; a click on an older mark finds none

_REASONS = {
    "out_of_scope": "超出已收录文件的范围",
    "no_match": "没有与问题相符的条款",
    "unsupported": "条款不足以支持回答",
    "false_premise": "问题的前提与条款不符",
    "ambiguous": "所指的文件或条款不止一个",
}


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the evidence column shows it; facts and text to copy come with the whole answer."""

    turn: Turn
    standing: str
    label: str
    cards: tuple[Card, ...]
    nearest: tuple[Card, ...]
    uncited: tuple[Uncited, ...]
    facts: tuple[str, ...]
    to_copy: str
    trace: TraceView | None = None

    @property
    def is_answer(self) -> bool:
        """True for a whole answer: what came nearest besides is merely left over."""
        return bool(self.turn.answer and self.turn.answer.status == "grounded")


def render_evidence(turns: Turns, catalog: Catalog, language: str = "zh", can_report: bool = True) -> str:
    """Return the cards of every turn, the newest turn first and open, older ones folded."""
    views = [_view(turn, catalog, language) for turn in reversed(turns[-_TURNS_KEPT:])]
    return render("evidence/evidence.html", language, views=views, can_report=can_report, reasons=REASONS)


def _view(turn: Turn, catalog: Catalog, language: str) -> TurnView:
    answer = turn.answer
    done = answer if not turn.live else None
    return TurnView(
        turn=turn,
        standing=standing_key(turn),
        label=standing_label(turn),
        cards=cards_of("card", turn.number, answer.citations) if answer else (),
        nearest=cards_of("near", turn.number, answer.nearest) if answer and answer.status != "grounded" else (),
        uncited=uncited(done) if done else (),
        facts=_facts(done, catalog, language) if done else (),
        to_copy=_copy_text(turn.question, done) if done else "",
        trace=view_trace(done) if done else None,
    )


def _facts(answer: Answer, catalog: Catalog, language: str) -> tuple[str, ...]:
    """What stands under a turn's heading: scope, mode, checks, time."""
    checks = [result for statement in answer.statements for result in statement.checks.values()]
    facts = [
        _REASONS.get(answer.reason or "", ""),
        scope_text(answer.scope, catalog),
        "" if answer.status == "refused" else mode_text(answer),
        warning_of(answer) or (_CHECKED if checks and all(result == "ok" for result in checks) else ""),
        say(language, "用时 {seconds} 秒", seconds=f"{answer.elapsed_ms / 1000:.1f}") if answer.elapsed_ms else "",
    ]
    return tuple(fact for fact in facts if fact)


def _copy_text(question: str, answer: Answer) -> str:
    """Question, answer and its sources as plain text."""
    sources = [f"〔{citation.n}〕{official_reference(citation.clause)}" for citation in answer.citations]
    return "\n".join([f"问:{question}", f"答:{answer.answer}", *(["出处:", *sources] if sources else [])])
