"""The answer without a language model: the deciding sentences of the best clause, in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.store import ClauseIndex
from rag.cite import Claim, Quote
from rag.features import Asked, Matrix, answering_kinds, names_leader
from rag.quote import Told
from rag.rank import Ranked
from rag.read_chain import find_chain, tell_chain
from rag.read_choose import choose_answer, wants_items
from rag.read_figure import own_part
from rag.read_items import list_items
from rag.read_text import tell
from rag.read_verdict import verdict
from rag.reading import Passage, Reading

_ASKS_MORE = re.compile(r"多少|几(?!个?[家部单])|什么时候|何时|比例")  # 新增多少人, 由谁负责: both are asked
_ROLES = re.compile(r"负责|牵头|配合|参与|落实")
_BRACKET = re.compile(r"^[（(](.*)[）)]$")


def extract(ranked: Ranked, index: ClauseIndex, brief: bool = False) -> Told:
    """Return claims that quote the first clause, or the items below it: departments, a list, or sentences; as asked.

    `brief` is for one side of a comparison.
    """
    reading, asked = ranked.readings[0], ranked.asked
    scores = ranked.sentence_scores[0]
    if not len(scores):
        return Told()
    departments = _departments(asked.query.text, reading, scores) if asked.query.asks == "department" else None
    if departments and not _ASKS_MORE.search(asked.query.text):
        return Told((departments,))
    listed = None if departments else list_items(ranked, index)
    if listed:
        return listed
    claims = _sentences(asked, reading, scores, brief)
    return Told((*claims, departments) if departments else tuple(claims))


def _sentences(asked: Asked, reading: Reading, scores: Matrix, brief: bool) -> list[Claim]:
    """Return the deciding sentences: a list within the clause complete, what is certain of the answer before its quote."""
    chosen = choose_answer(asked, reading, scores, brief)
    chain = find_chain(reading.sentences)
    if chain and wants_items(asked) and any(chain.covers(i) for i in chosen):
        listed, shortened = tell_chain(reading.sentences, chain)
        if shortened:
            return [replace(_claim(reading, [listed[0], listed[-1]]), text=shortened)]
        return [_claim(reading, run) for run in _runs(listed)]
    best = reading.sentences[int(np.argmax(scores))]
    said = verdict(asked, reading, best)
    if said:  # what decides needs nothing beside it but its exceptions
        chosen = choose_answer(asked, reading, np.where(scores == scores.max(), scores, -np.inf))
    # A second figure beside it, and the first is not certainly the one that is asked for.
    own = own_part(asked, best) if _holds_it_alone(asked, reading, best, chosen) else None
    claims = [_claim(reading, run) for run in _runs(chosen)]
    lead = f"{own}。原文: " if own else said
    return [replace(claims[0], text=f"{lead}{claims[0].text}"), *claims[1:]] if lead else claims


def _holds_it_alone(asked: Asked, reading: Reading, best: Passage, chosen: Sequence[int]) -> bool:
    """True if no other chosen sentence has a quantity of the kind asked for."""
    kinds = answering_kinds(asked.query.asks)
    others = (reading.sentences[i] for i in chosen if reading.sentences[i] is not best)
    return not any(figure.kind in kinds for passage in others for figure in passage.figures)


def _departments(question: str, reading: Reading, scores: Matrix) -> Claim | None:
    """Quote the bracket that names the departments, that of the best paragraph if there are several."""
    notes = [i for i, sentence in enumerate(reading.sentences) if sentence.is_note and _ROLES.search(sentence.plain)]
    if not notes:
        return None
    body = [i for i in range(len(scores)) if i not in notes] or notes
    best = max(body, key=lambda i: scores[i])
    if names_leader(question, reading.sentences[best]):
        return None
    note = next((i for i in notes if i >= best), notes[-1])
    sentence = reading.sentences[note]
    said = _BRACKET.sub(r"\1", sentence.text)
    lead = f"牵头部门:{reading.clause.lead}。" if reading.clause.lead else ""
    return Claim(f"{lead}{said}。", (Quote(reading.clause, sentence.start, sentence.end),))


def _runs(chosen: Sequence[int]) -> list[list[int]]:
    """Group the chosen sentences into runs of neighbours: a run is one quote."""
    runs: list[list[int]] = []
    for i in chosen:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _claim(reading: Reading, run: Sequence[int]) -> Claim:
    sentences = [reading.sentences[i] for i in run]
    return Claim(tell(sentences), (Quote(reading.clause, sentences[0].start, sentences[-1].end),))


def quote_of(reading: Reading, scores: Matrix) -> Quote:
    """Return the best sentence of a clause: what is shown of the clauses that are only near."""
    best = reading.sentences[int(np.argmax(scores))] if len(scores) else Passage(reading.clause.text)
    return Quote(reading.clause, best.start, best.end or len(reading.clause.text))
