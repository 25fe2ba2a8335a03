"""The answer without a language model: the deciding sentences of the best clause, in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.store import ClauseIndex
from rag.checking.cite import Claim, Quote
from rag.checking.quote import Told
from rag.extraction.read_alike import UNSAID, find_alike
from rag.extraction.read_chain import Chain, find_chain, tell_chain
from rag.extraction.read_choose import choose_answer, is_row, wants_items
from rag.extraction.read_figure import own_part
from rag.extraction.read_items import list_items, tell_item
from rag.extraction.read_row import tell_row
from rag.extraction.read_verdict import verdict
from rag.retrieval.features import Asked, Matrix, answering_kinds, names_leader
from rag.retrieval.rank import Ranked
from rag.retrieval.read_text import TRAILING, names_bodies, tell, without_number
from rag.retrieval.reading import HEADING_CHARS, Passage, Reading

_ASKS_MORE = re.compile(r"多少|几(?!个?[家部单])|什么时候|何时|比例")  # 新增多少人, 由谁负责: both are asked
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
    if ranked.broken:
        return Told((*claims, tell_item(ranked.broken, index)))
    alike = [_claim_of(*one) for one in find_alike(ranked)]
    return Told((*claims, *alike, *filter(None, [departments])), note=UNSAID if alike else "")


def _claim_of(reading: Reading, passage: Passage) -> Claim:
    return Claim(tell([passage]), (Quote(reading.clause, passage.start, passage.end),))


def _sentences(asked: Asked, reading: Reading, scores: Matrix, brief: bool) -> list[Claim]:
    """Return the deciding sentences: a list within the clause complete, what is certain of the answer before its quote."""
    chosen = choose_answer(asked, reading, scores, brief)
    if is_row(reading) and (row := tell_row(asked, reading)):
        return [replace(_claim(reading, chosen), text=row)]
    chain = find_chain(reading.sentences)
    if chain and (wants_items(asked) or _opens(asked, chain, chosen)) and any(chain.covers(i) for i in chosen):
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


def _opens(asked: Asked, chain: Chain, chosen: Sequence[int]) -> bool:
    """True if what is chosen opens a list and no figure is asked for: 改革分三步走：第一步，完成清产核资；"""
    return (
        bool(chain.inline)
        and chain.lead in chosen
        and not answering_kinds(asked.query.asks)
        and asked.query.asks != "yesno"
    )


def _holds_it_alone(asked: Asked, reading: Reading, best: Passage, chosen: Sequence[int]) -> bool:
    """True if no other chosen sentence has a quantity of the kind asked for."""
    kinds = answering_kinds(asked.query.asks)
    others = (reading.sentences[i] for i in chosen if reading.sentences[i] is not best)
    return not any(figure.kind in kinds for passage in others for figure in passage.figures)


def _departments(question: str, reading: Reading, scores: Matrix) -> Claim | None:
    """Quote the bracket or the line that names the departments, that of the best paragraph if there are several."""
    notes = [] if is_row(reading) else [i for i, one in enumerate(reading.sentences) if names_bodies(one)]
    if not notes:
        return None
    body = [i for i in range(len(scores)) if i not in notes] or notes
    best = max(body, key=lambda i: scores[i])
    if names_leader(question, reading.sentences[best]):
        return None
    note = next((i for i in notes if i >= best), notes[-1])
    last = next((i for i in range(note, len(scores)) if i + 1 not in notes), note)  # 牵头单位：…\n配合单位：…
    said = "；".join(_BRACKET.sub(r"\1", one.text).rstrip(TRAILING) for one in reading.sentences[note : last + 1])
    lead = f"牵头部门:{reading.clause.lead}。" if reading.clause.lead else ""
    if not lead and len(notes) == last - note + 1:  # with several, the heading may be that of another paragraph
        lead = _subject(reading, said)
    span = Quote(reading.clause, reading.sentences[note].start, reading.sentences[last].end)
    return Claim(f"{lead}{said}。", (span,))


def _subject(reading: Reading, said: str) -> str:
    """Return the clause's own heading, to stand before bodies that do not say what they are responsible for."""
    own = reading.sentences[0]
    if len(reading.sentences) == 1 or len(own.text) > HEADING_CHARS or own.is_note or names_bodies(own):
        return ""
    head = without_number(own.text).strip().rstrip(f"{TRAILING}:：")
    return f"{head}: " if head and head not in said else ""


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
