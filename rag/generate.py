"""The answer with a language model: its statements, each bound to the clause whose label it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.utils.json import parse_partial_json

from index.tokens import words
from index.types import Clause
from rag.cite import Claim, Quote
from rag.context import pack
from rag.llm import ModelDeclined, ModelFailed, stream_reply
from rag.prompts import fill
from rag.rank import Ranked
from rag.reading import Passage, Reading

_CLAUSES = 6  # shown to the model: the right one is among the first five for 97 % of dev
_MIN_SUPPORT = 0.6  # share of a statement's words that its clause must have
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


class Generator:
    """Writes claims with a model; what it says is not yet checked."""

    def __init__(self, model: BaseChatModel, name: str, budget: int, seconds: float) -> None:
        self._model = model
        self.name = name
        self._budget = budget
        self._seconds = seconds

    def write(self, ranked: Ranked) -> Iterator[Claim]:
        """Yield the model's claims as each is complete; raises ModelFailed on no, or no usable, reply."""
        clauses = [reading.clause for reading in ranked.readings[:_CLAUSES]]
        shown, by_label = pack(clauses, self._budget)
        prompt = fill("answer", clauses=shown, question=ranked.asked.query.text)
        done = 0
        reply = ""
        for reply in stream_reply(self._model, prompt, _schema(list(by_label)), self._seconds):
            statements = _statements(reply)
            for statement in statements[done:-1]:  # the last may still be growing
                yield claim_of(statement, by_label)
            done = max(done, len(statements) - 1)
        statements = _statements(reply, complete=True)
        if not statements:
            raise ModelDeclined("no statement") if _declines(reply) else ModelFailed("no statement in the reply")
        for statement in statements[done:]:
            yield claim_of(statement, by_label)


def claim_of(statement: dict[str, Any], by_label: dict[str, Clause]) -> Claim:
    """Bind a statement to the clause it names; to none if there is no such clause or it says nothing like it."""
    text = re.sub(r"\s+", " ", str(statement.get("text", ""))).strip()
    clause = _named(str(statement.get("clause", "")), by_label)
    if not text or clause is None or support(text, clause) < _MIN_SUPPORT:
        return Claim(text, ())
    return Claim(text, (best_quote(text, clause),))


def support(text: str, clause: Clause) -> float:
    """Return the share of a statement's words that stand in its clause, title or headings."""
    said = words(text)
    held = set(words(" ".join((clause.doc.title, *clause.doc.region, *clause.headings, clause.text))))
    return sum(word in held for word in said) / len(said) if said else 0.0


def best_quote(text: str, clause: Clause) -> Quote:
    """Return the sentence of a clause that a statement is nearest to, by its characters."""
    from rapidfuzz import fuzz

    sentences = Reading.of(clause).sentences or (Passage(clause.text, 0, len(clause.text)),)
    best = max(sentences, key=lambda s: fuzz.token_set_ratio(text, s.text) + fuzz.ratio(text, s.text))
    return Quote(clause, best.start, best.end)


def _named(label: str, by_label: dict[str, Clause]) -> Clause | None:
    wanted = re.sub(r"[\s#]", "", label)
    return next((clause for name, clause in by_label.items() if re.sub(r"\s", "", name) == wanted), None)


def _statements(reply: str, complete: bool = False) -> list[dict[str, Any]]:
    """Return the statements of a reply; of one that should be complete and was cut off, all but the last."""
    record = _record(reply)
    found = record.get("statements")
    statements = [s for s in found if isinstance(s, dict)] if isinstance(found, list) else []
    if complete and not _is_whole(reply):
        return statements[:-1]
    return statements


def _declines(reply: str) -> bool:
    return _record(reply).get("answerable") is False


def _record(reply: str) -> dict[str, Any]:
    """Return a reply's JSON object, whole or still growing; an empty one if it is none."""
    try:
        record = parse_partial_json(_FENCE.sub("", reply))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _is_whole(reply: str) -> bool:
    try:
        json.loads(_FENCE.sub("", reply))
    except ValueError:
        return False
    return True


def _schema(labels: list[str]) -> dict[str, Any]:
    """Return the JSON schema of a reply: a clause can only be one of those shown."""
    statement = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "clause": {"type": "string", "enum": labels}},
        "required": ["text", "clause"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"answerable": {"type": "boolean"}, "statements": {"type": "array", "items": statement}},
        "required": ["answerable", "statements"],
        "additionalProperties": False,
    }
