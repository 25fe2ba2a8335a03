"""The answer with a language model: its statements, each bound to the clause whose label it names."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from index.settings import Settings
from index.types import Clause
from rag.checking.cite import Claim, Quote, check, passes
from rag.checking.faithful import support
from rag.generation.context import pack, tagged
from rag.generation.llm import Endpoint, ModelDeclined, ModelEvaded, ModelFailed, Usage, open_endpoint
from rag.generation.point import Point
from rag.generation.prompts import fill
from rag.generation.reply import Written, declines, is_enough, read_reply
from rag.retrieval.rank import Ranked
from rag.retrieval.reading import Passage, Reading

_CLAUSES = 3  # shown to the model: the right one is among the first three for 99 % of dev, and six take twice as long
_REPAIRS = 2  # statements of an answer that are given a second try
_BRACKETS = str.maketrans("〔［[【（(〕］]】）)", "((((((" + "))))))")


class Generator:
    """Writes claims with a model, and has those that fail their checks rewritten once."""

    def __init__(self, endpoint: Endpoint, budget: int, seconds: float) -> None:
        self._endpoint = endpoint
        self.name = endpoint.name
        self._budget = budget
        self._seconds = seconds

    def write(self, ranked: Ranked, usage: Usage) -> Iterator[list[Claim]]:
        """Yield the claims as they grow in number, those of the best clause first; the last ones after their repair.

        Raises ModelFailed on no, or no usable, reply; ModelEvaded where what is true of it is no answer.
        """
        clauses = [reading.clause for reading in ranked.readings[:_CLAUSES]]
        allowed = {clause.doc.doc_id for clause in clauses}
        writer = Writer(self._endpoint, ranked.asked.query.text, usage, time.monotonic() + self._seconds)
        point = Point(ranked)
        claims: list[Claim] = []
        for written in writer.answer(*pack(clauses, self._budget)):
            claims = point.keep(written)
            yield claims
        for at in [at for at, claim in enumerate(claims) if not _holds(claim, allowed)][:_REPAIRS]:
            repaired = writer.repair(claims[at], clauses, allowed, self._budget)
            if repaired and repaired.text not in {claim.text for claim in claims}:
                claims = [*claims[:at], repaired, *claims[at + 1 :]]
                yield point.keep(claims)
        held = [claim for claim in claims if _holds(claim, allowed)]
        if not claims or held and not point.is_met(held):
            raise ModelEvaded("nothing of the kind that was asked for")


class Writer:
    """One answer in the writing: all its calls share a question, a deadline and a count of tokens."""

    def __init__(self, endpoint: Endpoint, question: str, usage: Usage, deadline: float) -> None:
        self._endpoint = endpoint
        self._question = tagged("问题", question)
        self._usage = usage
        self._deadline = deadline

    def answer(self, shown: str, by_label: dict[str, Clause]) -> Iterator[list[Claim]]:
        """Yield the claims of the reply each time one is complete; raises ModelFailed."""
        reply = ""
        done = 0
        for reply in _closing(self._ask(by_label, "answer", clauses=shown, question=self._question)):
            written = read_reply(reply)
            if len(written) > done:
                done = len(written)
                yield [bind(one, by_label) for one in written]
        if not done:
            raise ModelDeclined("no statement") if declines(reply) else ModelFailed("no statement in the reply")

    def repair(self, claim: Claim, clauses: Sequence[Clause], allowed: Collection[str], budget: int) -> Claim | None:
        """Return the claim as the model rewrites it, shown its clause and what is wrong; None if that is no better."""
        clause = claim.quotes[0].clause if claim.quotes else max(clauses, key=lambda c: support(claim.text, c))
        shown, by_label = pack([clause], budget)
        faults = [verdict for verdict in check(claim, allowed).values() if verdict != "ok"]
        holes = {
            "clauses": shown,
            "question": self._question,
            "statement": tagged("答话", claim.text),
            "faults": "\n".join(f"- {fault}" for fault in faults) or "- 没有写明所依据的条款",
        }
        try:
            *_, reply = "", *_closing(self._ask(by_label, "repair", **holes))
        except ModelFailed:
            return None
        repaired = [bind(one, by_label) for one in read_reply(reply)]
        return next((one for one in repaired if _holds(one, allowed)), None)

    def _ask(self, by_label: dict[str, Clause], name: str, **values: str) -> Iterator[str]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ModelFailed("no time left")
        return self._endpoint.stream(fill(name, **values), _schema(list(by_label)), left, self._usage)


def open_generator(settings: Settings) -> Generator | None:
    """Return the generator for the model that the settings name, or None if they name none."""
    endpoint = open_endpoint(settings)
    seconds = settings.llm_timeout * (1 + settings.llm_retries)
    return Generator(endpoint, settings.context_tokens, seconds) if endpoint else None


def bind(written: Written, by_label: dict[str, Clause]) -> Claim:
    """Bind a statement to the clause it names; to none if there is no such clause."""
    clause = _named(written.label, by_label)
    return Claim(written.text, (best_quote(written.text, clause),) if clause else (), written=True)


def best_quote(text: str, clause: Clause) -> Quote:
    """Return the sentence of a clause that a statement is nearest to, by its characters."""
    from rapidfuzz import fuzz

    sentences = Reading.of(clause).sentences or (Passage(clause.text, 0, len(clause.text)),)
    best = max(sentences, key=lambda s: fuzz.token_set_ratio(text, s.text) + fuzz.ratio(text, s.text))
    return Quote(clause, best.start, best.end)


def _closing(replies: Iterator[str]) -> Iterator[str]:
    """Yield a growing reply each time a statement may have become complete, and at its end; stop it when it has enough."""
    seen = 0
    reply = ""
    for reply in replies:
        if "}" in reply[seen:]:
            yield reply
            if is_enough(reply):
                return
        seen = len(reply)
    yield reply


def _holds(claim: Claim, allowed: Collection[str]) -> bool:
    return bool(claim.quotes) and passes(check(claim, allowed))


def _named(label: str, by_label: dict[str, Clause]) -> Clause | None:
    wanted = _key(label)
    return next((clause for name, clause in by_label.items() if _key(name) == wanted), None)


def _key(label: str) -> str:
    """Return a label by which two are the same: without spaces, heading marks or the kind of its brackets."""
    return re.sub(r"[\s#]", "", label).translate(_BRACKETS).strip("\"'“”「」") if label else ""


def _schema(labels: list[str]) -> dict[str, Any]:
    """Return the JSON schema of a reply: a clause can only be one of those shown, and is named before its statement."""
    statement = {
        "type": "object",
        "properties": {"clause": {"type": "string", "enum": labels}, "text": {"type": "string"}},
        "required": ["clause", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"statements": {"type": "array", "items": statement}},
        "required": ["statements"],
        "additionalProperties": False,
    }
