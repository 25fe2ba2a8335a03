"""The places that a question names, once they are looked up: what is there, what is not, and what to say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.find import Located, locate, outline_of
from index.outline import Node
from index.place import Place
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.answer.refuse import Refusal
from rag.answer.turn import Part
from rag.checking.quote import Told, count_line, heading_of, tell, tell_count, tell_list
from rag.question.scope import is_of
from rag.question.understand import Query
from rag.question.wish import Wish
from rag.retrieval.elsewhere import asks_penalty
from rag.structure.penalties import penalties_of

_NEAREST = 3
_MAX_PARTS = 4  # places in one document of which something is asked each
# Doubts that are about the words of a question, and not about what it asks for.
_OF_WORDS = {"premise denied", "subject other", "organ foreign", "turn ignored", "attribute missing"}
_EXTREMES = {"最高", "最低", "最多", "最少", "上限", "下限"}  # asked of a figure that a clause need not call so
_MAY_BE_TOLD = ("department", "definition", "how", "list", "other")

Readings = tuple[Place, ...]  # what a place may mean, likeliest first


@dataclass(frozen=True, slots=True)
class Target:
    """A place as a question names it, and the documents it may be of; `refusal` where there is none, or too many.

    `unsaid` is what the question leaves unsaid of the document, where that was guessed.
    """

    readings: Readings
    said: str
    docs: tuple[Document, ...] = ()
    note: str = ""
    unsaid: str = ""
    listed: bool = False  # said after another with 和 or 、
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A target with what stands there in its document."""

    target: Target
    located: Located

    @property
    def is_ambiguous(self) -> bool:
        return self.located.resolved.is_ambiguous

    @property
    def absent(self) -> str:
        """Say that a document has no such place, and what it has; or that it has several. Empty if it has it."""
        found, title = self.located.resolved, self.located.doc.quoted_title
        if self.is_ambiguous:
            places = " / ".join(node.text for node in found.nodes[:_NEAREST])
            more = f"等{len(found.nodes)}处" if len(found.nodes) > _NEAREST else ""
            return f"{title}里“{self.target.said}”不止一处: {places}{more}。请写明在哪一部分。"
        if found.nodes:
            return ""
        if not found.siblings:
            return f"{title}没有{self.target.said}。"
        return f"{title}没有{self.target.said}: {count_line(found.within, found.siblings)}"

    @property
    def cut_short(self) -> str:
        """Say where a range goes on beyond what there is: 第六十八条至第七十二条 of a law of seventy."""
        found = self.located.resolved
        if not found.nodes or not found.step or found.step.until <= found.nodes[-1].number:
            return ""
        return f"{found.nodes[-1].text}之后没有别的: {count_line(found.within, found.siblings)}"

    @property
    def notes(self) -> list[str]:
        """Say which version was taken, and how a number was read that the document does not write so."""
        others = list(dict.fromkeys(node.text for node in self.located.resolved.others if node.text))
        notes = [self.target.note] if self.target.note else []
        if self.target.unsaid:
            notes.append(f"(问题{self.target.unsaid}, 按{self.located.doc.quoted_title}作答。)")
        if others and not self.absent:
            more = " 等" if len(others) > _NEAREST else ""
            read_as = self.located.resolved.nodes[0].text
            notes.append(f"(“{self.target.said}”按编号读作{read_as}; 文中还有 {' / '.join(others[:_NEAREST])}{more}。)")
        return notes

    @property
    def beside(self) -> list[Clause]:
        """Return the clauses to show beside it: what else it could mean, or those nearest to one that is not there."""
        found = self.located.resolved
        nodes = list(found.nodes if self.is_ambiguous else found.others if found.nodes else found.siblings)
        if not found.nodes and found.step and found.step.number > 0:
            nodes.sort(key=lambda node: abs(node.number - (found.step.number if found.step else 0)))
        return [*dict.fromkeys(node.clause for node in nodes if node.clause), *self.located.also][:_NEAREST]


def answer_places(
    index: ClauseIndex, query: Query, targets: Sequence[Target], wish: Wish, search: Callable[[Query], Part]
) -> list[Part]:
    """Return the answer for places in one document, or in none: one part, or one a place where each is searched."""
    if targets[0].refusal:
        found = [locate(index, [doc], targets[0].readings) for doc in targets[0].docs[:_NEAREST]]
        return [Part(query, None, targets[0].refusal, Told(near=tuple(c for one in found for c in one.clauses[:1])))]
    placed = _without_headings([Placed(target, locate(index, target.docs, target.readings)) for target in targets])
    nodes = [node for one in placed if not one.absent for node in one.located.resolved.nodes]
    beside = Told(
        note="".join(dict.fromkeys(note for one in placed for note in one.notes)),
        near=tuple(clause for one in placed for clause in one.beside),
        missing="".join(one.absent or one.cut_short for one in placed),
    )
    doc = placed[0].located.doc
    if not nodes:
        reason = "ambiguous" if any(one.is_ambiguous for one in placed) else "no_match"
        return [Part(query, None, Refusal(reason, beside.missing), beside)]
    if refusal := _of_other_year(query, doc, nodes):
        return [Part(query, None, refusal, beside)]
    if wish.kind == "ask" and all(_is_heading(node, wish.rest) for node in nodes):
        wish = wish.without_rest()
    if wish.is_of_penalty and (part := _penalised(index, query, nodes, wish, search, beside)):
        return [part]
    if wish.kind == "ask" and 1 < len(nodes) <= _MAX_PARTS:
        return [_searched(query, doc, [node], search, beside) for node in nodes]
    if wish.kind == "ask":
        return [_searched(query, doc, nodes, search, beside)]
    told = _told_apart(index, doc, nodes[0], wish) if wish.kind in ("count", "list") else tell(nodes)
    refusal = None if told.claims else Refusal("no_match", f"{told.lead}")
    return [Part(query, None, refusal, told.beside(beside))]


def _without_headings(placed: list[Placed]) -> list[Placed]:
    """Drop a place that another only starts from: 第二部分重点任务第(二)项 is one place, with its heading between."""
    kept = []
    for one, after in zip(placed, [*placed[1:], None], strict=True):
        inside = {clause.clause_id for clause in one.located.clauses[1:]}
        nodes = after.located.resolved.nodes if after and not after.target.listed else ()
        if not nodes or not all(node.clause and node.clause.clause_id in inside for node in nodes):
            kept.append(one)
    return kept


def _searched(
    query: Query, doc: Document, nodes: Sequence[Node], search: Callable[[Query], Part], beside: Told
) -> Part:
    """Search for what is asked in some clauses alone; tell them whole if they hold nothing that answers better."""
    ids = frozenset(clause.clause_id for node in nodes for clause in node.clauses)
    within = replace(query.named, documents=(doc,), missing=(), within=ids, compared=False)
    part = _checked(search(query.narrowed(within)))
    if not part.refusal:
        return replace(part, told=Told().beside(beside))
    if part.refusal.reason == "unsupported":
        if not _may_be_told(part):
            return replace(part, told=Told(near=tuple(node.clause for node in nodes if node.clause)))
        beside = replace(beside, missing=f"{beside.missing}{part.refusal.message}以上为原文。")
    return Part(query, None, None, tell(nodes).beside(beside))


def _penalised(
    index: ClauseIndex, query: Query, nodes: Sequence[Node], wish: Wish, search: Callable[[Query], Part], beside: Told
) -> Part | None:
    """Tell what breaking some clauses costs from those that say so, and then what they forbid themselves.

    None where they say it themselves, and more is asked of them.
    """
    doc = nodes[0].clauses[0].doc
    found = penalties_of(index, doc, nodes)
    if wish.kind == "ask" and (not found or found == nodes) or not found and not asks_penalty(query.text):
        return None
    if not found:
        names = "、".join(node.text for node in nodes[:_NEAREST])
        refusal = Refusal("unsupported", f"{beside.missing}{doc.quoted_title}没有写明违反{names}的罚款、处分等后果。")
        return Part(query, None, refusal, Told(near=tuple(node.clause for node in nodes if node.clause)))
    if wish.kind == "ask":
        part = _searched(query, doc, found, search, beside)
        if not part.refusal:
            return part
        missing = f"{beside.missing}{part.refusal.message}以上为原文。"
        return Part(query, None, None, tell(found).beside(replace(beside, missing=missing)))
    told = tell(nodes)
    claims = [claim for claim in tell(found).claims if claim not in told.claims]
    return Part(query, None, None, replace(told, claims=(*claims, *told.claims)).beside(beside))


def _checked(part: Part) -> Part:
    """Refuse an answer from a clause that has none of the question's words: the search had no other to choose.

    Not where a time is asked for: what is done within it (办理期限) is often said in other words.
    """
    if part.refusal or not part.ranked or not part.ranked.asked.weights or part.query.asks in ("date", "duration"):
        return part
    asked, reading = part.ranked.asked, part.ranked.readings[0]
    if asked.word_share(reading.headings.plain + reading.whole.plain):
        return part
    unsaid = [word for word in asked.weights if word not in _EXTREMES]
    if not unsaid:
        return part
    said = "、".join(f"“{word}”" for word in unsaid)
    return replace(part, refusal=Refusal("unsupported", f"{reading.clause.label}没有写到{said}。"))


def _may_be_told(part: Part) -> bool:
    """True if a clause that was asked for by its place may be shown though it does not use the question's words.

    What it is asked for is not there: then it is no answer. 处罚 where the clause says 罚款: it may well be.
    """
    gravest = set(part.ranked.doubts) if part.ranked else set()
    return gravest <= _OF_WORDS and part.query.asks in _MAY_BE_TOLD


def _told_apart(index: ClauseIndex, doc: Document, node: Node, wish: Wish) -> Told:
    """Count or list the clauses of a unit in a place; a table of contents has its divisions, or its first level."""
    outline = outline_of(index, doc)
    if wish.kind == "list":
        divisions = [one for unit in ("编", "章", "节") for one in outline.count(unit, node)]
        return tell_list(node, outline.count(wish.unit, node) if wish.unit else divisions or node.numbered)
    told = tell_count(node, outline.count(wish.unit or "条", node), wish.unit or "条")
    return replace(told, lead=f"{doc.quoted_title}{told.lead}")


def _is_heading(node: Node, said: str) -> bool:
    """True if what a question says besides a place is its heading: 第三部分保障措施."""
    heading = heading_of(node.clause) if node.clause and node.children else ""
    return bool(heading) and all(word in heading for word in said.split())


def _of_other_year(query: Query, doc: Document, nodes: Sequence[Node]) -> Refusal | None:
    """Refuse the text of 2018 for that of 2010; a year that the clause itself speaks of is no version."""
    years = query.named.years
    said = "".join(clause.text for node in nodes for clause in node.clauses)
    if not years or is_of(doc, replace(query.named, regions=())) or any(f"{year}" in said for year in years):
        return None
    asked = "、".join(f"{year}年" for year in years)
    return Refusal("out_of_scope", f"收录的{doc.quoted_title}是{doc.year or '年份不明'}年的, 不是{asked}的。")
