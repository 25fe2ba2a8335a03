"""An answer that was kept, read back over the index of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from index.errors import UserError
from index.store import ClauseIndex
from index.types import Clause, Document
from index.validity import Validity
from rag.trace import Candidate, PartTrace, Trace, Words
from rag.types import Answer, Citation, Scope, Statement

CHANGED = "此条后来有改动, 这里是作答时的原文"
GONE = "此条已不在库中, 这里是作答时的原文"
STANDING = "效力在作答之后有变化, 这里是今天的"
_SOME_GONE = "所引条款已不在库中, 以下为作答时的内容"
_SOME_CHANGED = "所引条款已有改动, 以下为作答时的内容"


def restore_answer(data: Mapping[str, Any], index: ClauseIndex) -> Answer:
    """Return the answer that `Answer.to_json` wrote; a clause that changed or went since is as it was, and says so.

    Raises UserError if the record is damaged.
    """
    try:
        values = {name: _frozen(data[name]) for name in _names(Answer) & data.keys()}
        return Answer(
            **values
            | {
                "statements": tuple(Statement(**_frozen(record)) for record in data["statements"]),
                "citations": tuple(_citation(record, index) for record in data["citations"]),
                "nearest": tuple(_citation(record, index) for record in data["nearest"]),
                "scope": Scope(**{name: _frozen(data["scope"][name]) for name in _names(Scope) & data["scope"].keys()}),
                "trace": _trace(data.get("trace")),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise UserError("这条回答的记录已损坏, 无法显示; 请重新提问。") from exc


def is_past(citation: Citation) -> bool:
    """True where a clause is shown as it was when the answer was given: its validity is that of then, too."""
    return citation.since in (CHANGED, GONE)


def warning_of(answer: Answer) -> str:
    """Return what is to be said of an answer whose clauses changed or went since; empty if they stand."""
    since = {citation.since for citation in answer.citations}
    return _SOME_GONE if GONE in since else _SOME_CHANGED if CHANGED in since else ""


def _names(kind: Any) -> set[str]:
    return {part.name for part in fields(kind)}


def _frozen(value: Any) -> Any:
    """Return a value of JSON with tuples for its lists, as our types have them."""
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _citation(record: Mapping[str, Any], index: ClauseIndex) -> Citation:
    path = record["clause_id"].removeprefix(f"{record['doc_id']}.")
    now = index.clause_at(record["doc_id"], path)
    place = record["n"], record["start"], record["end"]
    if now is None or now.text != record["clause_text"]:
        return _as_it_was(record, path, now, *place)
    standing = index.validity(now.doc)
    since = "" if standing.status == record["validity"] else STANDING
    return Citation(place[0], now, *place[1:], validity=standing, since=since)


def _as_it_was(record: Mapping[str, Any], path: str, now: Clause | None, n: int, start: int, end: int) -> Citation:
    text = record["clause_text"]
    doc = replace(now.doc, text=text) if now else _document(record, text)
    clause = Clause(doc, path, record["path_text"], now.headings if now else (), ((0, len(text)),), leaf=True)
    if clause.label != record["label"]:  # a document that another one sends is called by its title
        clause = replace(clause, doc=replace(doc, parent=doc.doc_id))
    return Citation(n, clause, start, end, Validity(record["validity"], ""), CHANGED if now else GONE)


def _document(record: Mapping[str, Any], text: str) -> Document:
    """Return a document that is held no more, as far as its citation told of it."""
    return Document(
        record["doc_id"],
        record["title"],
        text,
        record["source"],
        sha256="",
        doc_no=record["doc_no"],
        region=(record["region"],) if record["region"] else (),
        year=record["year"],
        validity=record["validity"],
    )


def _trace(record: Mapping[str, Any] | None) -> Trace | None:
    """Return how the answer came about; None where nothing, or what an older program wrote, was kept of it."""
    try:
        return Trace(**_frozen(record) | {"parts": tuple(_parts(record["parts"]))}) if record else None
    except (KeyError, TypeError):
        return None


def _parts(records: Iterable[Mapping[str, Any]]) -> Iterable[PartTrace]:
    for record in records:
        words, candidates = Words(**_frozen(record["words"])), record["candidates"]
        yield PartTrace(
            **_frozen(record) | {"words": words, "candidates": tuple(Candidate(**_frozen(one)) for one in candidates)}
        )
