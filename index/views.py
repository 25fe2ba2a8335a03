"""What of a clause is embedded and what is indexed by its words: its text alone, under its headings, by sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from index.dense import Vectors
from index.marks import mark_at
from index.types import Clause

# Of the title and headings in the sum that is a clause's vector in context. Embedding both as one text finds no more
# and takes twice as long: with the title in every text, no two are alike.
_HEADINGS_WEIGHT = 0.5
_SHORTEST = 1e-9


def embed_views(
    clauses: Sequence[Clause], sentences: Sequence[str], encode: Callable[[list[str]], Vectors]
) -> dict[str, Vectors]:
    """Return the unit vectors (n, d) of each dense view; `encode` is asked once, equal texts among them."""
    alone = [text_alone(clause) for clause in clauses]
    above = [" ".join((clause.doc.title, *clause.headings)) for clause in clauses]
    vectors = encode([*alone, *above, *sentences])
    clause, headings, sentence = np.split(vectors, [len(alone), len(alone) + len(above)])
    summed = clause + _HEADINGS_WEIGHT * headings
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    context = (summed / np.maximum(lengths, _SHORTEST)).astype(np.float32)
    return {"clause": clause, "context": context, "sentence": sentence}


def text_alone(clause: Clause) -> str:
    """Return a clause without its number: one of one sentence is then embedded once for both views."""
    text = clause.text
    mark = mark_at(text)
    return text[mark.end if mark else 0 :].strip() or text


def context_text(clause: Clause) -> str:
    """Return a clause with what stands above it: title and headings."""
    return " ".join((clause.doc.title, *clause.headings, clause.text))
