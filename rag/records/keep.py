"""A finished turn is kept: in the audit, and in its user's conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from index.errors import UserError
from index.settings import Settings
from rag.records.audit import Entry, Seen
from rag.records.records import Records
from rag.telemetry.request_id import current_request_id
from rag.types import Answer, Question

NOT_KEPT = "本次问答未能保存"
_ROOT = Path(__file__).parent.parent.parent
_PROGRAM = ("index/*.py", "index/data/*", "rag/**/*.py", "rag/data/*", "prompts/*")  # what an answer is made by

# The settings that an answer depends on; those of a model only where one is set.
_SEARCH = ("encoder", "query_prompt", "passage_prompt", "reranker", "top_k", "min_confidence")
_MODEL = ("llm_model", "context_tokens")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a turn is kept; `complaint` says why it is not, and is empty if it is."""

    conversation: str
    number: int = 0
    complaint: str = ""


def keep_turn(
    records: Records,
    settings: Settings,
    user: str,
    conversation: str,
    question: Question,
    answer: Answer | None,
    why_none: str = "failed",
    number: int = 0,
    beside: dict[str, Any] | None = None,
) -> Kept:
    """Keep a turn and return where; never raises. Without a conversation one is begun.

    `number` is what it is to have there, `beside` what is kept with the question.

    A question that got no answer (None) is in the audit alone, as `failed` or `stopped`.
    """
    try:
        records.audit.add(entry_of(user, question, answer, settings, why_none))
        if answer is None:
            return Kept(conversation)
        asked = question_record(question) | (beside or {})
        return _add(records, user, conversation, asked, answer_record(answer), number)
    except UserError as exc:
        return Kept(conversation, complaint=f"{NOT_KEPT}: {exc}")


def question_record(question: Question) -> dict[str, Any]:
    """Return a question as it is kept: its words, the questions before it, and what was set beside it."""
    record = asdict(question)
    record.pop("id")
    return record


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as it is kept: its JSON, and how it came about."""
    return {**answer.to_json(), "trace": asdict(answer.trace) if answer.trace else None}


def entry_of(
    user: str, question: Question, answer: Answer | None, settings: Settings, why_none: str = "failed"
) -> Entry:
    """Return what the audit keeps of a question; `why_none` is its status if it has no answer."""
    filters = question_record(question)
    text, history = filters.pop("text"), filters.pop("history")
    known: dict[str, Any] = {
        "filters": {key: value for key, value in filters.items() if value},
        "request_id": current_request_id() or ("" if question.id is None else str(question.id)),
        "settings": _settings_of(settings),
    }
    if answer is None:
        return Entry(user, text, why_none, history, **known)
    return Entry(
        user,
        text,
        answer.status,
        history,
        scope=answer.scope.to_json(),
        reason=answer.reason,
        mode=answer.mode,
        model=answer.model,
        clauses=tuple(_seen(answer)),
        index_version=answer.index_version,
        elapsed_ms=round(answer.elapsed_ms, 1),
        answer_sha256=_sha256(answer.answer),
        **known,
    )


def _add(records: Records, user: str, id: str, question: dict[str, Any], answer: dict[str, Any], number: int) -> Kept:
    held = records.conversations
    if id:
        try:
            return Kept(id, held.add_turn(id, user, question, answer, number))
        except UserError:  # deleted meanwhile, in another window: what comes after it is a conversation of its own
            pass
    id = held.start(user)
    return Kept(id, held.add_turn(id, user, question, answer, number))


def _seen(answer: Answer) -> Iterator[Seen]:
    for citations, cited in ((answer.citations, True), (answer.nearest, False)):
        for one in {citation.clause.clause_id: citation for citation in citations}.values():
            clause = one.clause
            yield Seen(clause.clause_id, _sha256(clause.text), clause.label, cited, one.standing.status)


def _settings_of(settings: Settings) -> dict[str, Any]:
    names = (*_SEARCH, *(_MODEL if settings.has_llm else ()))
    held = {name: getattr(settings, name) for name in names}
    if settings.llm_base_url and settings.has_llm:
        address = urlsplit(settings.llm_base_url)
        held["llm_base_url"] = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()  # less a password
    return {**held, "program": program_hash()}


@cache
def program_hash() -> str:
    """Return a hash of all code, word lists, weights and prompts that answers are made by."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _PROGRAM for path in _ROOT.glob(pattern) if path.is_file()}):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
