"""What is said in the chat, as Markdown in which only our own links are markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.page.ask.session import Turn
from rag.page.library.catalog import Catalog
from rag.question.periods import say_years
from rag.types import Answer, Scope

_STATUS_LABELS = {"grounded": "有依据", "partial": "部分有依据", "refused": "未找到依据"}
_MODE_LABELS = {"extractive": "原文摘录", "generative": "模型归纳"}

_MARKUP = re.compile(r"([\\`*_\[\]()<>&#|~$])")
_LIST_START = re.compile(r"(?m)^(\d*)(?=[-+=.])")  # lists and underlined headings
_AUTOLINK = re.compile(r"(?i)(?<=[a-z])(?=://)|(?<=www)(?=\.)|(?=@)")
_INDENT = re.compile(r"(?m)^[ \t]+")  # four spaces would be a code block
_TABLE = re.compile(r"(?m)^\\\|.*\n\\\| --- .*\n(?:\\\|.*(?:\n|$))+")  # escaped as the rest is
_MARK = re.compile(r"〔(\d{1,3})〕")  # a 文号 has four digits: 〔2012〕


def escape_markdown(text: str) -> str:
    """Return Markdown that shows `text` letter by letter, less the indent of its lines."""
    text = _MARKUP.sub(r"\\\1", _INDENT.sub("", text))
    text = _LIST_START.sub(r"\1\\", text)
    return _AUTOLINK.sub(r"\\", text)


def turn_markdown(turn: Turn, catalog: Catalog) -> str:
    """Return the reply to a turn: a line that says how it stands, then the answer."""
    if turn.answer is None:
        return "\n\n".join([_chip(turn), *([escape_markdown(turn.note)] if turn.note else [])])
    parts = [_standing(turn, turn.answer, catalog), _body(turn.answer, turn.number)]
    if turn.note:
        parts.append(escape_markdown(turn.note))
    if turn.answer.nearest and not turn.live:
        parts.append(f"[查看最接近的条款(未采用)](#turn-{turn.number}-near)")
    return "\n\n".join(parts)


def standing_key(turn: Turn) -> str:
    """How a turn stands: the status of its answer, or `live` or `stopped` while there is none to speak of."""
    if turn.note:
        return "stopped"
    return "live" if turn.live or turn.answer is None else turn.answer.status


def standing_label(turn: Turn) -> str:
    """`standing_key` in words."""
    labels = {"live": "正在作答" if turn.answer else "正在检索", "stopped": "未完成", **_STATUS_LABELS}
    key = standing_key(turn)
    return labels.get(key, key)


def scope_text(scope: Scope, catalog: Catalog) -> str:
    """`合肥市 · 2021年`; documents by name when the question named them."""
    names = [catalog.name_of(doc_id) for doc_id in scope.doc_ids]
    parts = [*scope.regions, say_years(scope.years), *names]
    return " · ".join(part for part in parts if part) or "未限定地区和年份"


def mode_text(answer: Answer) -> str:
    """How the answer was put together."""
    return _MODE_LABELS.get(answer.mode, answer.mode)


def _chip(turn: Turn) -> str:
    # A link, because Markdown has no other span that a style can tell by what it means.
    return f"[{standing_label(turn)}](#turn-{turn.number}-{standing_key(turn)})"


def _standing(turn: Turn, answer: Answer, catalog: Catalog) -> str:
    if turn.live:
        return _chip(turn)
    facts = [scope_text(answer.scope, catalog)]
    if answer.status != "refused":  # a refusal quotes nothing, so how it would have is no matter
        facts.append(mode_text(answer))
    return f"{_chip(turn)} {escape_markdown(' · '.join(facts))}"


def _body(answer: Answer, number: int) -> str:
    """The answer's words with each mark 〔n〕 made a link to its card."""
    known = {citation.n for citation in answer.citations}
    quoted = tuple(_statement_spans(answer))
    parts, done = [], 0
    for mark in _MARK.finditer(answer.answer):
        if int(mark[1]) not in known or any(start <= mark.start() < end for start, end in quoted):
            continue
        parts += [escape_markdown(answer.answer[done : mark.start()]), f"[{mark[0]}](#card-{number}-{mark[1]})"]
        done = mark.end()
    return _TABLE.sub(_as_table, "".join([*parts, escape_markdown(answer.answer[done:])]))


def _as_table(rows: re.Match[str]) -> str:
    """Let the bars of a comparison be those of a table again; what stands in its cells stays escaped, and has none."""
    return "\n" + rows[0].replace("\\|", "|") + "\n"


def _statement_spans(answer: Answer) -> Iterator[tuple[int, int]]:
    """Where the statements' own words stand: a mark inside them is quoted text, not ours."""
    done = 0
    for statement in answer.statements:
        words = re.sub(rf"(?:{_MARK.pattern}|[。;\s])+$", "", statement.text)
        start = answer.answer.find(words, done)
        if words and start >= 0:
            done = start + len(words)
            yield start, done
