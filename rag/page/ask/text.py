"""What is said in the chat, as Markdown in which only our own links are markup."""

from __future__ import annotations

import re
from itertools import groupby

from rag.explanation.why import why
from rag.export.inert import escape_markdown
from rag.export.marks import own_marks
from rag.page.ask.chart import chart_of
from rag.page.ask.filtered import Filtered, filtered_of
from rag.page.ask.scope import tags_of
from rag.page.ask.session import Turn
from rag.page.library.catalog import Catalog
from rag.page.parts import render
from rag.page.words.say import say
from rag.question.periods import say_years
from rag.records.restore import warning_of
from rag.types import Answer, Scope

_STATUS_LABELS = {"grounded": "有依据", "partial": "部分有依据", "refused": "未找到依据"}
_MODE_LABELS = {"extractive": "原文摘录", "generative": "模型归纳"}

_NAMED = 8  # places, or kinds of documents, that a refusal names
_NEAR = 3  # clauses that it names; the evidence has them all

_TABLE = re.compile(r"(?m)^\\\|.*\n\\\| --- .*\n(?:\\\|.*(?:\n|$))+")  # escaped as the rest is


def question_markdown(turn: Turn) -> str:
    """Return what was asked, and what was put right in its scope."""
    told = _line(render("ask/told.html", told=turn.told)) if turn.told else ""
    return "\n\n".join(filter(None, [escape_markdown(turn.question), told]))


def turn_markdown(turn: Turn, catalog: Catalog, language: str = "zh") -> str:
    """Return the reply to a turn: how it stands and of what scope, the answer, and what may be done next."""
    answer = turn.answer
    parts = [_head(turn, catalog, language)]
    if answer:
        parts.append(_body(answer, turn.number))
    if turn.note:
        parts.append(escape_markdown(turn.note))
    if answer and not turn.note and is_whole(turn) and answer.status != "grounded":
        parts.append(_instead(turn, answer, catalog, language))
    parts.append(_foot(turn, language))
    return "\n\n".join(filter(None, parts))


def is_whole(turn: Turn) -> bool:
    """True once the answer is complete, though questions to follow it may still be looked for."""
    return turn.whole or not turn.live


def standing_key(turn: Turn) -> str:
    """How a turn stands: the status of its answer, or `live` or `stopped` while there is none to speak of."""
    if turn.note:
        return "stopped"
    return "live" if not is_whole(turn) or turn.answer is None else turn.answer.status


def standing_label(turn: Turn, language: str = "zh") -> str:
    """`standing_key` in words."""
    if not is_whole(turn) and turn.ahead:
        return say(language, "排队第 {n} 位", n=turn.ahead)
    labels = {"live": "正在作答" if turn.answer else "正在检索", "stopped": "未完成", **_STATUS_LABELS}
    key = standing_key(turn)
    return say(language, labels.get(key, key))


def scope_text(scope: Scope, catalog: Catalog) -> str:
    """`合肥市 · 2021年`; documents by name when the question named them."""
    names = [catalog.name_of(doc_id) for doc_id in scope.doc_ids]
    parts = [*scope.regions, say_years(scope.years), *names]
    return " · ".join(part for part in parts if part) or "未限定地区和年份"


def mode_text(answer: Answer) -> str:
    """How the answer was put together."""
    return _MODE_LABELS.get(answer.mode, answer.mode)


def _line(html: str) -> str:
    """Return HTML as one line: Markdown takes a block of it as it stands, up to the first empty line."""
    return " ".join(html.split())


def _head(turn: Turn, catalog: Catalog, language: str) -> str:
    """How the turn stands, why, and its scope as tags; only how it stands while it is being answered."""
    values: dict[str, object] = {"why": "", "since": "", "mode": "", "tags": (), "carried": "", "filtered": ()}
    answer = turn.answer
    if answer and is_whole(turn) and not turn.note:
        reason = why(answer, catalog.documents)
        taken = set(answer.scope.inherited)
        carried = "沿用上一问" if taken - {"topic"} else "沿用上一问的话题" if taken else ""
        values = {
            "why": say(language, reason.text, **reason.values),
            "since": say(language, warning_of(answer)),
            "mode": "" if answer.status == "refused" else say(language, mode_text(answer)),
            "tags": tags_of(answer, catalog),
            "carried": carried and say(language, carried),
            "filtered": [(one, _filtered(one, language)) for one in filtered_of(turn, catalog.documents)],
        }
    label = standing_label(turn, language)
    return _line(render("ask/head.html", language, turn=turn, standing=standing_key(turn), label=label, **values))


def _filtered(one: Filtered, language: str) -> tuple[str, str]:
    """The name of a filter's tag, and what was not used for it."""
    told = say(language, "按左侧筛选 {name} 查找, 问句中的 {unused} 未用", name=one.name, unused=one.unused)
    return say(language, "左侧筛选: {name}", name=one.name), told


def _instead(turn: Turn, answer: Answer, catalog: Catalog, language: str) -> str:
    """What is held and what comes nearest, where an answer is missing or incomplete."""
    held: list[tuple[str, str]] = []
    if answer.status == "refused":
        places, kinds = "、".join(catalog.regions[:_NAMED]), "、".join(catalog.kinds[:_NAMED])
        more = say(language, "等 {n} 个", n=len(catalog.regions)) if len(catalog.regions) > _NAMED else ""
        facts = {"已收录地区": f"{places}{more}", "年份": catalog.span, "文件类型": kinds}
        if answer.reason == "out_of_scope":  # its words name the places and years already
            facts = {"文件类型": kinds}
        held = [(say(language, name), words) for name, words in facts.items() if words]
    near = answer.nearest[:_NEAR]
    return _line(render("ask/refused.html", language, turn=turn, held=held, near=near)) if held or near else ""


def _foot(turn: Turn, language: str) -> str:
    answer = turn.answer
    chart = chart_of(answer) if answer and is_whole(turn) and not turn.note else None
    sides = [(side, list(bars)) for side, bars in groupby(chart.bars, lambda bar: bar.side)] if chart else []
    again = bool(turn.note) and not turn.live
    take = bool(answer) and not turn.live and not turn.note  # it is kept by now
    values = {"chart": chart, "sides": sides, "next": turn.next, "again": again, "take": take}
    return _line(render("ask/foot.html", language, turn=turn, **values))


def _body(answer: Answer, number: int) -> str:
    """The answer's words with each mark 〔n〕 made a link to its card."""
    known = {citation.n for citation in answer.citations}
    text, parts, done = answer.answer, [], 0
    for start, end in own_marks(answer, known):
        mark = text[start:end]
        parts += [escape_markdown(text[done:start]), f"[{mark}](#card-{number}-{mark[1:-1]})"]
        done = end
    return _TABLE.sub(_as_table, "".join([*parts, escape_markdown(text[done:])]))


def _as_table(rows: re.Match[str]) -> str:
    """Let the bars of a comparison be those of a table again; what stands in its cells stays escaped, and has none."""
    return "\n" + rows[0].replace("\\|", "|") + "\n"
