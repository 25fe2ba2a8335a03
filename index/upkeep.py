"""What files that were read mean for an index: which documents come, which go, and what to tell of each file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from index.corpus import Read
from index.diff import Change, diff_clauses
from index.errors import UserError
from index.identity import Known, Register, Relation, ids_of, normal_text
from index.rows import Entry, clause_record, document_record, is_searchable
from index.store import ClauseIndex
from index.types import Document

ADDED, UPDATED, UNCHANGED, SAME, SKIPPED, GONE = "新增", "更新", "没有变化", "同一份文件", "跳过", "移除"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, or of one of the documents in it."""

    status: str
    name: str
    reason: str = ""
    doc_id: str = ""
    clauses: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A document that was read, under the ID it gets; what is to become of it, and the held one that it is."""

    outcome: Outcome
    entry: Entry
    held: Document | None = None


@dataclass(slots=True)
class Plan:
    """The documents to take out, those to put in, those that were read and are no copies, and what to tell."""

    drop: list[str] = field(default_factory=list)
    put: list[Entry] = field(default_factory=list)
    read: list[Entry] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


@dataclass(slots=True)
class _Newcomer:
    """A document that was read; what it is to the others is found step by step."""

    entry: Entry
    known: Known
    wanted: str = ""  # the ID it asks for
    doc_id: str = ""  # the one it gets
    relation: Relation = Relation.OTHER  # to `twin`, or to `held`
    twin: _Newcomer | None = None  # of the same batch, and kept
    held: Document | None = None  # in the index
    is_spare: bool = False  # a copy of `held` that adds nothing

    @property
    def doc(self) -> Document:
        return self.entry[0]

    @property
    def name(self) -> str:
        return self.doc.source


def plan_changes(
    reads: Sequence[Read], base: ClauseIndex | None, whole: bool = False, instead_of: Document | None = None
) -> Plan:
    """Return what the files change in an index; `whole` means that they are to be all of it.

    The one document that they hold can be put `instead_of` a held one, whatever it says of itself; raises UserError if
    they hold more than one, or another that is held.
    """
    newcomers = [_Newcomer(entry, Known(entry[0])) for read in reads for entry in read.documents]
    held = base.documents if base else ()
    kept = _find_twins(newcomers, {(doc.source, doc.sha256) for doc in held})
    _match(kept, base.register if base else Register(), whole)
    if instead_of is not None:
        _put_instead(kept, instead_of)
    _name(kept, held, whole)
    names = {(n.name, n.doc.doc_id): (n.twin or n).doc_id for n in newcomers}
    plan = Plan()
    for newcomer in newcomers:
        if newcomer.twin is not None:
            plan.outcomes.append(_twin_outcome(newcomer, newcomer.twin))
        elif newcomer.is_spare and newcomer.held:
            plan.outcomes.append(_outcome(SAME, newcomer, f"与已收录的 {newcomer.held.source} 内容相同, 保留后者"))
        else:
            _settle(newcomer, _renamed(newcomer, names), base, plan)
        plan.cases.append(Case(plan.outcomes[-1], _renamed(newcomer, names), newcomer.held))
    plan.outcomes += [Outcome(SKIPPED, name, reason) for read in reads for name, reason in read.failures]
    _drop_orphans(plan, {n.held.doc_id for n in kept if n.held}, held)
    return plan


def _find_twins(newcomers: Sequence[_Newcomer], held: set[tuple[str, str]]) -> list[_Newcomer]:
    """Mark those of which the batch has a better copy or version, and return the others; their order does not count."""

    def worth(newcomer: _Newcomer) -> tuple[bool, bool, str, int]:
        """Of two copies the better is the one held already, or has its 文号, or is the later, or holds more."""
        doc, clauses = newcomer.entry
        date = doc.date_published or doc.date_issued or ""
        return (doc.source, doc.sha256) in held, doc.doc_no is not None, date, len(clauses)

    ordered = sorted(newcomers, key=lambda n: (n.name, n.doc.sha256))
    ordered.sort(key=worth, reverse=True)
    register = Register()
    kept: dict[int, _Newcomer] = {}
    for newcomer in ordered:
        newcomer.relation, twin = register.twin_of(newcomer.known)
        if twin is not None:
            newcomer.twin = kept[id(twin)]
            continue
        kept[id(newcomer.doc)] = newcomer
        register.add(newcomer.known)
    return list(kept.values())


def _match(newcomers: Iterable[_Newcomer], register: Register, whole: bool) -> None:
    """Find the held document that each newcomer is a copy or version of; one is matched once."""
    claimed: set[str] = set()
    for newcomer in newcomers:
        newcomer.relation, twin = register.twin_of(newcomer.known)
        if twin is None or twin.doc_id in claimed:
            continue
        claimed.add(twin.doc_id)
        newcomer.held = twin
        is_better = bool(newcomer.doc.doc_no and not twin.doc_no)
        is_copy = newcomer.relation is Relation.COPY and newcomer.doc.source != twin.source
        newcomer.is_spare = is_copy and not is_better and not whole


def _put_instead(newcomers: Sequence[_Newcomer], held: Document) -> None:
    """Have the one newcomer that no other sends be the next version of a held document."""
    own = [newcomer for newcomer in newcomers if not newcomer.doc.parent]
    if len(own) != 1:
        raise UserError(f"替换 {held.name} 要一份文件, 所选的里面有 {len(own)} 份。请只选新的那一份。")
    if own[0].held and own[0].held.doc_id != held.doc_id:
        raise UserError(f"所选的文件是已收录的 {own[0].held.name}, 不是 {held.name}。请选 {held.name} 的新文本。")
    if own[0].held is None:
        own[0].held, own[0].relation = held, Relation.VERSION


def _name(newcomers: Sequence[_Newcomer], held: Iterable[Document], whole: bool) -> None:
    """Give each its doc_id: what is held keeps its own; others whose ID is taken get `-2`, by what they say, not by order."""
    matched = {n.held.doc_id for n in newcomers if n.held and not n.is_spare}
    taken = set() if whole else {doc.doc_id for doc in held} - matched
    _name_generation([n for n in newcomers if not n.doc.parent], {}, taken)
    parents = {(n.name, n.doc.doc_id): n.doc_id for n in newcomers if not n.doc.parent}
    _name_generation([n for n in newcomers if n.doc.parent], parents, taken)


def _name_generation(newcomers: Sequence[_Newcomer], parents: dict[tuple[str, str], str], taken: set[str]) -> None:
    """Name those that others send after their parents: the first that `x-2012-33-2` sends is `x-2012-33-2-fu1`."""
    for newcomer in newcomers:
        wanted = newcomer.wanted = _wanted(newcomer, parents)
        if newcomer.held and (newcomer.is_spare or wanted in ids_of(newcomer.held.doc_id)):
            newcomer.doc_id = newcomer.held.doc_id
            taken.add(newcomer.doc_id)
    for newcomer in sorted((n for n in newcomers if not n.doc_id), key=_digest):
        numbered = (f"{newcomer.wanted}-{number}" for number in range(2, len(taken) + 3))
        newcomer.doc_id = next(name for name in (newcomer.wanted, *numbered) if name not in taken)
        taken.add(newcomer.doc_id)


def _wanted(newcomer: _Newcomer, parents: dict[tuple[str, str], str]) -> str:
    doc = newcomer.doc
    parent = parents.get((newcomer.name, doc.parent)) if doc.parent else None
    if parent is None or not doc.parent or not doc.doc_id.startswith(doc.parent):
        return doc.doc_id
    return parent + doc.doc_id.removeprefix(doc.parent)


def _digest(newcomer: _Newcomer) -> str:
    said = "\n".join((normal_text(newcomer.doc.title), *newcomer.doc.issuers, newcomer.known.key))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _settle(newcomer: _Newcomer, entry: Entry, base: ClauseIndex | None, plan: Plan) -> None:
    """Put a document that is new or changed into the plan, and tell what it is."""
    plan.read.append(entry)
    held = newcomer.held
    if held is None or base is None:
        is_other = newcomer.wanted != newcomer.doc_id
        reason = f"{newcomer.wanted} 是另一份文件的编号, 这一份编为 {newcomer.doc_id}" if is_other else ""
        plan.outcomes.append(_outcome(ADDED, newcomer, reason))
    elif [document_record(entry[0]), *map(clause_record, entry[1])] == base.records_of(held.doc_id):
        plan.outcomes.append(_outcome(UNCHANGED, newcomer))
        return
    else:
        changes = tuple(diff_clauses(base.clauses_of(held.doc_id), entry[1]))
        reason = _what_changed(held, entry[0], changes)
        plan.outcomes.append(_outcome(UPDATED, newcomer, reason, changes))
        plan.drop.append(held.doc_id)
    plan.put.append(entry)


def _outcome(status: str, newcomer: _Newcomer, reason: str = "", changes: tuple[Change, ...] = ()) -> Outcome:
    count = sum(map(is_searchable, newcomer.entry[1]))
    return Outcome(status, newcomer.name, reason, newcomer.doc_id, count, changes)


def _twin_outcome(newcomer: _Newcomer, twin: _Newcomer) -> Outcome:
    newcomer.doc_id = twin.doc_id
    if newcomer.relation is Relation.COPY:
        return _outcome(SAME, newcomer, f"与 {twin.name} 内容相同, 保留后者")
    count = len(diff_clauses(newcomer.entry[1], twin.entry[1]))
    reason = f"{newcomer.name} 与 {twin.name} 是同一份文件的两个版本 ({twin.doc.name}), {count} 处条款不同"
    return _outcome(SKIPPED, newcomer, f"{reason}, 已保留后者。如要换成前者, 请单独加入它")


def _renamed(newcomer: _Newcomer, names: dict[tuple[str, str], str]) -> Entry:
    """Return the document and its clauses under the ID it gets, its parent under that of the parent."""
    doc, clauses = newcomer.entry
    parent = names.get((newcomer.name, doc.parent), doc.parent) if doc.parent else None
    if (doc.doc_id, doc.parent) == (newcomer.doc_id, parent):
        return newcomer.entry
    named = replace(doc, doc_id=newcomer.doc_id, parent=parent)
    return named, tuple(replace(clause, doc=named) for clause in clauses)


def _what_changed(held: Document, doc: Document, changes: Sequence[Change]) -> str:
    renamed = f"原编号 {held.doc_id}; " if held.doc_id != doc.doc_id else ""
    if changes:
        return f"{renamed}{len(changes)} 处条款有改动"
    return renamed + ("条款未变, 文件信息有改动" if held.text == doc.text else "条款未变, 其余文字有改动")


def _drop_orphans(plan: Plan, matched: set[str], held: Iterable[Document]) -> None:
    """Take out what an earlier version of a notice sent and this one does not."""
    dropped = set(plan.drop)
    for doc in held:
        if doc.parent in dropped and doc.doc_id not in matched:
            plan.drop.append(doc.doc_id)
            plan.outcomes.append(Outcome(GONE, doc.source, "新版本里没有这份文件", doc.doc_id))
