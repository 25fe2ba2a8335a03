"""Clauses told as they stand: a place quoted whole, a long one by its beginnings, a number of clauses counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.marks import mark_at
from index.outline import Node
from index.sentences import sentence_spans
from index.types import Clause
from rag.checking.cite import Claim, Quote

_MAX_WHOLE = 1500  # characters: a page; the longest article with its items is seldom more
_MAX_BEGINNINGS = 60  # clauses of a chapter told by their first sentences
_HEADING = 40
_RUNS_ON = re.compile(r"\d+[.．]\d")
_DIVISIONS = ("", "编", "章", "节", "附件")
_MEASURES = {unit: unit for unit in ("条", "款", "目", "章", "节", "编")} | {"附件": "个附件", "一、": "部分"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a place says: claims that quote it, a line before and one after them, and the clauses beside it.

    `missing` names the places asked for that are not there.
    """

    claims: tuple[Claim, ...] = ()
    lead: str = ""
    note: str = ""
    near: tuple[Clause, ...] = ()
    missing: str = ""

    def beside(self, other: Told) -> Told:
        """Return the same with another's notes, missing places and clauses beside it."""
        return replace(self, note=self.note + other.note, near=other.near, missing=other.missing)


def tell(nodes: Sequence[Node]) -> Told:
    """Quote clauses with all that is below them; what is too long to read is told by its beginnings, and said so."""
    clauses = _clauses(nodes)
    length = sum(len(clause.text) for clause in clauses)
    if length <= _MAX_WHOLE:
        return Told(tuple(map(whole, filter(_says, clauses))))
    if all(node.unit in _DIVISIONS or node.numbered for node in nodes):
        return _tell_beginnings(nodes, clauses)
    return _tell_part(clauses)


def tell_list(within: Node, found: Sequence[Node]) -> Told:
    """Quote the beginning of a place and of each clause found in it."""
    return Told(
        tuple(_beginning(c) for c in dict.fromkeys((within.clause, *(n.clause for n in found))) if c and _says(c))
    )


def tell_count(within: Node, found: Sequence[Node], unit: str) -> Told:
    """Say how many clauses there are in a place, and quote the beginning of the place and of each, or of the last."""
    if not found:
        return replace(tell_list(within, ()), lead=f"{within.text}下面没有再分{unit}。")
    between = [n for n in within.numbered if n.children] if found[0].parent is not within else []
    divided = f"分属{len(between)}{measure(between[0])}。" if between else ""
    shown = found if within.clause and len(found) <= _MAX_BEGINNINGS else found[-1:]
    return replace(tell_list(within, shown), lead=f"{count_line(within, found)}{divided}")


def count_line(within: Node, found: Sequence[Node]) -> str:
    """Say how many there are of a kind, and from which to which: 全文共70条(第一条至第七十条)。"""
    first, last = found[0], found[-1]
    ends = first.text if first is last else f"{first.text}至{last.text}"
    if first.unit not in _MEASURES:  # items are called by all that is above them
        ends = f"编号{first.number}至{last.number}"
    where = f"“{within.text}”下" if within.text.endswith("、") else within.text
    return f"{where}共{len(found)}{measure(first)}({ends})。"


def measure(node: Node) -> str:
    return _MEASURES.get(node.unit, "项")


def heading_of(clause: Clause) -> str:
    """Return the words of a clause's first line after its number, without spaces; empty if it is no heading."""
    line = clause.text.split("\n")[0]
    mark = mark_at(line)
    heading = re.sub(r"[\s。:：]", "", line[mark.end :] if mark else line)
    return heading if len(heading) <= _HEADING else ""


def begin(clause: Clause) -> Quote:
    """Return a clause's first sentence, with its number: what is shown of it in a list."""
    spans = sentence_spans(clause.text)
    return Quote(clause, 0, spans[0][1] if spans else len(clause.text))


def _clauses(nodes: Iterable[Node]) -> list[Clause]:
    return list({clause.clause_id: clause for node in nodes for clause in node.clauses}.values())


def _says(clause: Clause) -> bool:
    return bool(clause.text.strip())


def whole(clause: Clause) -> Claim:
    """Return a clause as the claim that it bears out."""
    return _claim(Quote(clause, 0, len(clause.text)))


def _beginning(clause: Clause) -> Claim:
    return _claim(begin(clause))


def _claim(quote: Quote) -> Claim:
    """Return a quote as the claim that it bears out, without a number that runs into a figure: 11.2019年9月底前."""
    mark = mark_at(quote.text) if _RUNS_ON.match(quote.text) else None
    return Claim(quote.text[mark.end :] if mark else quote.text, (quote,))


def _tell_beginnings(nodes: Sequence[Node], clauses: Sequence[Clause]) -> Told:
    """Tell a chapter by the first sentences of what is in it: its sections and articles, not their items."""
    heads = [node.clause for node in nodes if node.clause]
    below = [child for node in nodes for child in _entries(node)]
    shown = [clause for clause in (*heads, *(n.clause for n in below)) if clause and _says(clause)]
    note = f"(原文较长, 共{sum(len(c.text) for c in clauses)}字, 以上只列各条的开头。)"
    if len(shown) > _MAX_BEGINNINGS:
        note = f"(原文较长, 以上只列到{shown[_MAX_BEGINNINGS - 1].path_text}。)"
    return Told(tuple(_beginning(clause) for clause in dict.fromkeys(shown[:_MAX_BEGINNINGS])), note=note)


def _entries(node: Node) -> list[Node]:
    """Return what a list of a place's contents names: its children, and those of its sections."""
    entries: list[Node] = []
    for child in node.children:
        entries.append(child)
        if child.unit in ("编", "章", "节"):
            entries += _entries(child)
    return entries


def _tell_part(clauses: Sequence[Clause]) -> Told:
    """Quote clauses in order as far as they fit; the first is always quoted, to its last sentence that fits."""
    claims: list[Claim] = []
    length = 0
    for clause in filter(_says, clauses):
        if claims and length + len(clause.text) > _MAX_WHOLE:
            break
        ends = [end for _, end in sentence_spans(clause.text) if end <= _MAX_WHOLE]
        end = len(clause.text) if len(clause.text) <= _MAX_WHOLE else max(ends, default=_MAX_WHOLE)
        claims.append(_claim(Quote(clause, 0, end)))
        length += end
    return Told(tuple(claims), note="(原文较长, 以上只引了开头一部分, 其余请看原文。)")
