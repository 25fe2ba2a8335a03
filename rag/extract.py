"""The answer without a language model: the deciding sentences of the best clause, in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from rag.cite import Claim, Quote
from rag.features import Matrix, names_leader
from rag.rank import Ranked
from rag.reading import Passage, Reading, choose_sentences

_ASKS_MORE = re.compile(r"多少|几(?!个?[家部单])|什么时候|何时|比例")  # 新增多少人, 由谁负责: both are asked
_TRAILING = "。；;,，、 "
_BRACKET = re.compile(r"^[（(](.*)[）)]$")


def extract(ranked: Ranked) -> list[Claim]:
    """Return claims that quote the first clause: its departments if they were asked for, else sentences."""
    reading, asked = ranked.readings[0], ranked.asked
    scores = ranked.sentence_scores[0]
    if not len(scores):
        return []
    departments = _departments(asked.query.text, reading, scores) if asked.query.asks == "department" else None
    if departments and not _ASKS_MORE.search(asked.query.text):
        return [departments]
    claims = [_claim(reading, run) for run in _runs(choose_sentences(reading.sentences, scores))]
    return [*claims, departments] if departments else claims


def _departments(question: str, reading: Reading, scores: Matrix) -> Claim | None:
    """Quote the bracket that names the departments, that of the best paragraph if there are several."""
    notes = [i for i, sentence in enumerate(reading.sentences) if sentence.is_note and "负责" in sentence.plain]
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
    text = "".join(sentence.text.rstrip(_TRAILING) + "。" for sentence in sentences)
    return Claim(text, (Quote(reading.clause, sentences[0].start, sentences[-1].end),))


def quote_of(reading: Reading, scores: Matrix) -> Quote:
    """Return the best sentence of a clause: what is shown of the clauses that are only near."""
    best = reading.sentences[int(np.argmax(scores))] if len(scores) else Passage(reading.clause.text)
    return Quote(reading.clause, best.start, best.end or len(reading.clause.text))
