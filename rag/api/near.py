"""The nearest of what is held to an ID that is not: so that a slip of a digit tells its own remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.types import Clause, Document
from rag.api.errors import NotFound

if TYPE_CHECKING:
    from index.store import ClauseIndex

_LEAST = 50  # of 100: below that two IDs have nothing in common


def need_clause(index: ClauseIndex, name: str) -> Clause:
    """Return the clause of an ID or label; raises NotFound that names the nearest."""
    found = index.find(name)
    if isinstance(found, Clause):
        return found
    if isinstance(found, Document):
        raise NotFound(f"{name[:80]} 是一份文件, 不是条款。文件请查 /api/documents/{found.doc_id}。")
    near = _near_clause(index, name)
    raise NotFound(f"没有条款 {name[:80]}。" + (f"最接近的是 {near}。" if near else "可用 /api/search 查找条款。"))


def need_document(index: ClauseIndex, doc_id: str) -> Document:
    """Return a document by its ID; raises NotFound that names the nearest."""
    found = index.find(doc_id)
    if isinstance(found, Document) and found.doc_id == doc_id:
        return found
    near = _nearest(doc_id, [doc.doc_id for doc in index.documents])
    raise NotFound(
        f"没有文件 {doc_id[:80]}。" + (f"最接近的是 {near}。" if near else "可用 /api/documents 查看已有文件。")
    )


def _near_clause(index: ClauseIndex, name: str) -> str:
    """Return the ID of the nearest clause of the document that an ID begins with, else of the one with the nearest ID."""
    held = {doc.doc_id for doc in index.documents}
    starts = [name[:at] for at in range(len(name), 0, -1) if name[at : at + 1] in (".", "")]
    doc_id = next((start for start in starts if start in held), "") or _nearest(name.partition(".")[0], sorted(held))
    if not doc_id:
        return ""
    path = name[len(doc_id) + 1 :] if name.startswith(doc_id) else name.partition(".")[2]
    paths = [clause.path for clause in index.clauses_of(doc_id)]
    above = [".".join(path.split(".")[:end]) for end in range(path.count(".") + 1, 0, -1)]
    nearest = next((one for one in above if one in paths), "") or _nearest(path, paths, least=0)
    return f"{doc_id}.{nearest}" if nearest else ""


def _nearest(wanted: str, among: list[str], least: int = _LEAST) -> str:
    from rapidfuzz import process

    found = process.extractOne(wanted[:200], among, score_cutoff=least)
    return found[0] if found else ""
