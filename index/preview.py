"""What adding files would do, without doing it: each document as it was read, what it is to those held, what is doubtful.

`marks` of a preview are what is agreed to: `add_documents` with them adds exactly what was shown, or nothing.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePath

from index.compare import Difference, FieldChange, compare_clauses, compare_fields
from index.corpus import LOG, find_files, printable, read_corpus
from index.errors import UserError
from index.progress import Report, silent
from index.rows import clause_record, document_record, is_searchable
from index.settings import Settings
from index.store import ClauseIndex, damaged, store_of
from index.types import Clause, Document
from index.upkeep import ADDED, GONE, SKIPPED, UPDATED, Case, Outcome, Plan, plan_changes
from index.validity import Supersessions, Validity, status

_ODD = re.compile(r"[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LEAST_HAN = 0.3  # of a text's characters; a table of figures has less, and is worth a look
_FLAT = 1500  # characters that no clause divides
_MOJIBAKE = "乱码无法复原"


@dataclass(frozen=True, slots=True)
class Preview:
    """A document as it would come, or a file that cannot be read: then it has an outcome alone."""

    outcome: Outcome
    doc: Document | None = None
    clauses: tuple[Clause, ...] = ()
    held: Document | None = None
    differences: tuple[Difference, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    doubts: tuple[str, ...] = ()
    mark: str = ""
    standing: Validity | None = None  # today, as it will be told once the document is held

    @property
    def joins(self) -> bool:
        """True if confirming changes the index by it."""
        return self.outcome.status in (ADDED, UPDATED, GONE)

    @property
    def leaves(self) -> int:
        """How many clauses can be searched: not the headings, but the preamble."""
        return sum(map(is_searchable, self.clauses))


def preview(
    settings: Settings,
    paths: Sequence[Path],
    report: Report = silent,
    replaces: str = "",
    base: ClauseIndex | None = None,
) -> tuple[Preview, ...]:
    """Read files and tell what adding them would do, in their order; `replaces` is the ID of a held document.

    `base` is the index as it is, where it is open already: of thousands of documents that saves seconds.

    Raises UserError if the document to replace is not held, or the files are not one that can replace it.
    """
    base = base or open_held(settings)
    plan = plan_files(settings, find_files(paths), base, report, replaces)
    told = {id(case.outcome): case for case in plan.cases}
    said = without_folders(plan.outcomes, paths)
    shown = (
        _preview(outcome, told.get(id(planned)), base) for planned, outcome in zip(plan.outcomes, said, strict=True)
    )
    known, today = _known(plan, base), date.today()
    return tuple(replace(item, standing=status(item.doc, known, today) if item.doc else None) for item in shown)


def without_folders(outcomes: Sequence[Outcome], paths: Sequence[Path]) -> list[Outcome]:
    """Return the outcomes without where the files lie: on a server that concerns nobody."""
    folders = [f"{printable(str(path))}: " for path in paths]
    return [replace(outcome, reason=_without(outcome.reason, folders)) for outcome in outcomes]


def plan_files(
    settings: Settings, files: Sequence[Path], base: ClauseIndex | None, report: Report = silent, replaces: str = ""
) -> Plan:
    """Read files and return what they would change in an index; raises UserError if that is damaged.

    `replaces` is the ID of a held document whose place the one in the files takes; raises UserError if it cannot.
    """
    held = next((doc for doc in base.documents if doc.doc_id == replaces), None) if base and replaces else None
    if replaces and held is None:
        raise UserError(f"文件 {replaces} 已不在文件库里, 不能替换。请刷新后再选。")
    reads = read_corpus(files, settings.index_dir / LOG, report)
    try:
        return plan_changes(reads, base, instead_of=held)
    except (sqlite3.Error, ValueError, TypeError, KeyError) as exc:
        raise damaged() from exc


def open_held(settings: Settings) -> ClauseIndex | None:
    """Return the index as it is, to read clauses; None if there is none yet. Raises UserError if it cannot be opened."""
    return ClauseIndex.open_clauses(settings) if store_of(settings).exists(settings) else None


def marks_of(plan: Plan) -> tuple[str, ...]:
    """Return a mark for each outcome of a plan that changes the index: what comes or goes, letter by letter."""
    told = {id(case.outcome): case for case in plan.cases}
    marks = (_mark(outcome, told.get(id(outcome))) for outcome in plan.outcomes)
    return tuple(sorted(mark for mark in marks if mark))


def agreed(previews: Sequence[Preview]) -> tuple[str, ...]:
    """Return the marks of what was shown, to be given to `add_documents`."""
    return tuple(sorted(item.mark for item in previews if item.mark))


def doubts_of(doc: Document, clauses: Sequence[Clause]) -> Iterator[str]:
    """Return what of a document is missing or may have been read wrongly, in sentences."""
    if doc.title == PurePath(doc.source).stem:
        yield "没有读到标题, 暂用文件名。"
    missing = [
        name
        for name, value in (
            ("文号", doc.doc_no or doc.interprets), ("地区", doc.adcode), ("年份", doc.year),
            ("发文机关", doc.issuers or doc.publisher), ("成文或发布日期", doc.date_issued or doc.date_published),
        )
        if not value
    ]  # fmt: skip
    if missing:
        yield f"没有读到{'、'.join(missing)}。"
    if doc.adcode is None or doc.year is None:
        yield "提问时限定地区或年份, 不会用到缺少这一项的文件。"
    if any(_MOJIBAKE in step for step in doc.cleaning) or _ODD.search(doc.text):
        yield "正文有无法识别的字符, 请核对原件。"
    if len(doc.text) > _FLAT and len(_HAN.findall(doc.text)) < _LEAST_HAN * len(doc.text):
        yield "正文里汉字很少, 可能没有读对。"
    if len(doc.text) > _FLAT and sum(clause.leaf for clause in clauses) == 1:
        yield "没有读到条款编号, 全文作为一条。"


def _known(plan: Plan, base: ClauseIndex | None) -> Supersessions:
    """Return what the documents will say of one another once the plan is carried out."""
    left = [doc for doc in (base.documents if base else ()) if doc.doc_id not in plan.drop]
    return Supersessions([*left, *(doc for doc, _ in plan.put)])


def _preview(outcome: Outcome, case: Case | None, base: ClauseIndex | None) -> Preview:
    if case is None:
        gone = base.clauses_of(outcome.doc_id) if base and outcome.status == GONE else ()
        doc = gone[0].doc if gone else None
        return Preview(outcome, doc, gone, doc, mark=_mark(outcome, None))
    doc, clauses = case.entry
    before = case.held if outcome.status == UPDATED else None
    return Preview(
        outcome,
        doc,
        clauses,
        case.held,
        compare_clauses(base.clauses_of(before.doc_id), clauses) if base and before else (),
        compare_fields(before, doc) if before else (),
        tuple(doubts_of(doc, clauses)) if outcome.status != SKIPPED else (),
        _mark(outcome, case),
    )


def _mark(outcome: Outcome, case: Case | None) -> str:
    """Return a hash of what a confirmed outcome puts in or takes out; empty for one that changes nothing."""
    if outcome.status not in (ADDED, UPDATED, GONE):
        return ""
    said = [outcome.status, outcome.doc_id, case.held.doc_id if case and case.held else ""]
    if case:
        said += [document_record(case.entry[0]), *map(clause_record, case.entry[1])]
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def _without(text: str, folders: Sequence[str]) -> str:
    for folder in folders:
        text = text.replace(folder, "")
    return text
