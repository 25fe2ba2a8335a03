"""The upkeep of the index: built anew, added to, taken from; each makes a new version, or none if nothing changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from index.check import check_index as check_index
from index.corpus import LOG, Read, find_files, read_corpus
from index.corpus import read_document as read_document
from index.corpus import read_documents as read_documents
from index.errors import Outdated, Unreachable, UserError
from index.history import record_changes
from index.preview import marks_of, open_held, plan_files
from index.progress import Report, silent
from index.rows import Entry
from index.settings import Settings
from index.store import ClauseIndex, encoder_of, make_difference, store_of
from index.upkeep import GONE, Outcome, plan_changes
from index.write import writer

_REASONS = 5  # said when no file at all could be read


Done = tuple[ClauseIndex, list[Outcome]]  # the index after a change, and what became of each file


def build_index(settings: Settings, paths: Sequence[Path] = ()) -> Done:
    """Build from the files given, or from seeds/; a file that cannot be read now keeps what it gave before.

    What is held keeps its IDs. Raises UserError if there is nothing to build from.
    """
    files = find_files(paths or [settings.seeds_dir])
    with writer(settings):
        reads = read_corpus(files, settings.index_dir / LOG)
        before = _before(settings)
        plan = plan_changes(reads, before, whole=True)
        kept = _kept_of_failed(before, reads, {doc.doc_id for doc, _ in plan.read})
        corpus = [*plan.read, *kept]
        if not corpus:
            raise _nothing_read([reason for read in reads for _, reason in read.failures])
        index = store_of(settings).write(settings, encoder_of(settings), corpus)
        outcomes = plan.outcomes + _gone(before, corpus)
        record_changes(settings.index_dir, outcomes)
    return index, outcomes


def add_documents(
    settings: Settings,
    paths: Sequence[Path],
    report: Report = silent,
    replaces: str = "",
    marks: Sequence[str] | None = None,
) -> Done:
    """Add files to the index: new documents come, changed ones replace what was held; raises UserError if none can be read.

    With the `marks` that a preview gave it adds what was shown then, and raises Outdated where that is not so any more.
    """
    files = find_files(paths)
    with writer(settings, report):
        before = open_held(settings)
        plan = plan_files(settings, files, before, report, replaces)
        if not plan.cases:
            raise _nothing_read([reason for outcome in plan.outcomes if (reason := outcome.reason)])
        if marks is not None and tuple(marks) != marks_of(plan):
            raise Outdated("核对之后文件或文件库有了变动, 没有加入。请重新核对后再确认。")
        index = _changed(settings, before, plan.put, plan.drop, report)
        record_changes(settings.index_dir, plan.outcomes)
        return index, plan.outcomes


def remove_document(settings: Settings, name: str, report: Report = silent) -> Done:
    """Take out a document, and those that it sends, by ID or 文号; raises UserError if it is not held, or is the last."""
    with writer(settings, report):
        before = ClauseIndex.open_clauses(settings)
        named = {doc.doc_id for doc in before.documents if name in (doc.doc_id, doc.doc_no)}
        gone = [doc for doc in before.documents if doc.doc_id in named or doc.parent in named]
        if not gone:
            held = ", ".join(doc.doc_id for doc in before.documents) or "无"
            raise UserError(f"索引里没有文件 {name}。现有: {held}")
        if len(gone) == len(before.documents):
            raise UserError("这是索引里最后一份文件, 不能移除。可用 python -m index build 换成别的文件。")
        index = _changed(settings, before, [], [doc.doc_id for doc in gone], report)
        outcomes = [Outcome(GONE, doc.source, "", doc.doc_id) for doc in gone]
        record_changes(settings.index_dir, outcomes)
        return index, outcomes


def ensure_index(settings: Settings) -> None:
    """Build the index from seeds/ if there is none yet."""
    if not store_of(settings).exists(settings):
        build_index(settings)


def _changed(
    settings: Settings, before: ClauseIndex | None, put: list[Entry], drop: list[str], report: Report
) -> ClauseIndex:
    """Return the index with documents put in and taken out; the same version if there are none."""
    encoder = encoder_of(settings)
    if before is None:
        return store_of(settings).write(settings, encoder, put, report=report)
    if make_difference(before.manifest, encoder):  # nothing of the views can be kept
        kept = [entry for entry in before.corpus() if entry[0].doc_id not in drop]
        return store_of(settings).write(settings, encoder, [*kept, *put], report=report)
    before.encoder = encoder
    return store_of(settings).write(settings, encoder, put, before, drop, report) if put or drop else before


def _before(settings: Settings) -> ClauseIndex | None:
    """Return the index that is to be replaced; None if there is none, or none that can be read: building mends that."""
    try:
        index = ClauseIndex.open_clauses(settings)
        index.corpus()
    except Unreachable:  # it may well be whole
        raise
    except (UserError, sqlite3.Error, ValueError, TypeError, KeyError):
        return None
    return index


def _kept_of_failed(before: ClauseIndex | None, reads: Sequence[Read], read: set[str]) -> list[Entry]:
    """Return what the index holds of the files, or of the archives, that could not be read this time."""
    names = {name for read in reads for name, _ in read.failures}
    folders = tuple(f"{name}/" for name in names)
    held = [entry for entry in (before.corpus() if before else ()) if entry[0].doc_id not in read]
    return [entry for entry in held if entry[0].source in names or entry[0].source.startswith(folders)]


def _gone(before: ClauseIndex | None, corpus: Sequence[Entry]) -> list[Outcome]:
    """Tell what the index held that is not in the files it is built from now."""
    left = {doc.doc_id for doc, _ in corpus}
    held = before.documents if before else ()
    return [Outcome(GONE, doc.source, "不在这次给出的文件里", doc.doc_id) for doc in held if doc.doc_id not in left]


def _nothing_read(reasons: Sequence[str]) -> UserError:
    if not reasons:
        return UserError("没有可建立索引的文件: 请把政策文件放进 seeds/ 或在命令后写出文件。")
    more = [f"等共 {len(reasons)} 件"] if len(reasons) > _REASONS else []
    return UserError("; ".join([*reasons[:_REASONS], *more]))
