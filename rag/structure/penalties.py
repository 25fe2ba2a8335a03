"""What breaking a place of a document costs: the clauses of the same document that refer to it and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.find import outline_of
from index.outline import Node
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.retrieval.elsewhere import lead_of, refers, says_penalty


def penalties_of(index: ClauseIndex, doc: Document, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes that say what breaking others costs, in document order: those themselves, if most of them say it.

    A penalty may stand in the words that lead to a list (有下列行为之一的,处五百元罚款:) whose item refers to what is
    broken: then both are returned, without the other items.
    """
    broken = [clause for node in nodes for clause in node.clauses]
    # A part of forty clauses of which one says 追究责任 is no penalty for breaking it; a chapter 法律责任 is.
    if 2 * sum(_is_penal(index, clause) for clause in broken if clause.leaf) >= sum(clause.leaf for clause in broken):
        return list(nodes)
    by_path = outline_of(index, doc).by_path
    found: dict[str, Node] = {}
    for clause in index.clauses_of(doc.doc_id):
        if not _is_penal(index, clause) or not any(refers(clause, one) for one in broken):
            continue
        lead = lead_of(index, clause)
        if lead and lead.path in found and found[lead.path].children:
            continue  # told with all that it leads to
        if lead:
            found[lead.path] = replace(by_path[lead.path], children=[])
        found[clause.path] = by_path[clause.path]
    return list(found.values())


def _is_penal(index: ClauseIndex, clause: Clause) -> bool:
    lead = lead_of(index, clause)
    return says_penalty(clause.text) or bool(lead and says_penalty(lead.text))
