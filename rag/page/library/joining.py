"""What an administrator does to the library: files sent, looked at, put right and confirmed; documents removed.

Every step is a generator of `Shown`: the panel as it is now, and what is to be remembered until the next step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from index.errors import Outdated, UserError
from index.preview import Preview, agreed
from index.progress import Report
from index.upkeep import Outcome
from rag.access.roles import require_admin
from rag.page.desk import Desk
from rag.page.library.holdings import holdings_of
from rag.page.library.reading import corrections, read_sent, state_fields
from rag.page.library.render import render_previews, render_progress, render_removal, render_replacing, render_told
from rag.page.library.running import Running
from rag.page.library.staging import Stage, open_stage, too_large
from rag.page.library.stated import record_stated
from rag.page.visitor import Visitor

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_CLOSED = "这里的文件库不能改动 (CLAUSE_UPLOAD=false)。请联系管理员。"
_BROKEN = "系统出错, 没有完成, 原有文件不受影响。请联系管理员查看日志。"
_NOTHING = "没有待确认的文件: 已经处理过, 或放置超过一小时。请重新选择文件。"
_GONE = "这份文件已不在文件库里。请刷新页面后再看。"


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for a visitor's word: files that were sent, a document to replace or to remove."""

    stage: Stage | None = None
    previews: tuple[Preview, ...] = ()
    replaces: str = ""
    removes: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """The panel, what is to be remembered, and whether other documents are held now."""

    panel: str
    work: Work
    changed: bool = False
    chooses: bool = False  # a file that takes the place of another is to be chosen


Steps = Iterator[Shown]


class Joining:
    """The steps, over a desk; each checks who asks for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._library = desk.library

    def may_change(self, visitor: Visitor) -> bool:
        return self._library.can_change and visitor.is_admin

    def send(self, visitor: Visitor, work: Work, files: Sequence[Path], replaces: bool) -> Steps:
        """Take files in and show what they are."""
        yield from self._told(visitor, work, lambda: self._send(visitor, work, files, replaces))

    def do(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        """Do what a button of the table or of the panel says."""
        deed = _DEEDS.get(str(wish.get("do")))
        if deed is not None:
            yield from self._told(visitor, work, lambda: deed(self, visitor, work, wish))

    def _told(self, visitor: Visitor, work: Work, steps: Callable[[], Steps]) -> Steps:
        """Follow some steps; what goes wrong is said, with what was there before still there."""
        try:
            if not self._library.can_change:
                raise UserError(_CLOSED)
            require_admin(visitor)
            if work.stage is not None and work.stage.owner != visitor.name:
                raise UserError(_NOTHING)
            yield from steps()
        except UserError as exc:
            yield self._complain(visitor, work, str(exc))
        except Exception:  # the page must say so whatever went wrong behind it
            _log.exception("the library could not be changed")
            yield self._complain(visitor, work, _BROKEN)

    def _complain(self, visitor: Visitor, work: Work, said: str) -> Shown:
        """Show what went wrong above what can still be confirmed, or alone."""
        if work.stage is not None and work.stage.folder.is_dir() and self.may_change(visitor):
            return Shown(_render_previews(visitor, work, said), work)
        row = holdings_of(self._library).find(work.replaces) if work.replaces else None
        if row is not None and self.may_change(visitor):
            return Shown(render_replacing(visitor, row, said), work, chooses=True)
        return Shown(render_told(visitor, (), {}, said), Work())

    def _send(self, visitor: Visitor, work: Work, files: Sequence[Path], replaces: bool) -> Steps:
        if not files:
            raise UserError("没有选择文件。")
        target = work.replaces if replaces else ""
        before = work.stage if not target else None
        stage = open_stage(self._desk.settings, visitor.name, [*(before.paths if before else ()), *files], target)
        try:
            if before is not None:
                stage.carry_over(before)
            yield from self._look(visitor, Work(stage, replaces=target))
        except BaseException:
            stage.discard()
            raise
        if work.stage is not None:
            work.stage.discard()

    def _look(self, visitor: Visitor, work: Work, complaint: str = "") -> Steps:
        """Read what was sent and show it."""
        stage = _staged(work)
        index_dir = self._desk.settings.index_dir
        running = Running(lambda report: read_sent(self._library, index_dir, stage, report))
        yield from _follow(visitor, running, work)
        work = replace(work, previews=_in_order(running.result))
        yield Shown(_render_previews(visitor, work, complaint), work)

    def _confirm(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        stage, marks = _staged(work), agreed(work.previews)
        if not marks:
            raise UserError("这些文件没有要加入的内容。")

        def add(report: Report) -> list[Outcome]:
            outcomes = self._library.add(stage.paths, marks, stage.replaces, report)
            record_stated(self._desk.settings.index_dir, corrections(stage, work.previews))
            stage.discard()
            return outcomes

        try:
            yield from self._change(visitor, work, add, "正在替换…" if stage.replaces else "正在加入…")
        except Outdated as exc:
            yield from self._look(visitor, work, str(exc))

    def _remove(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        doc_id = work.removes
        if not doc_id or doc_id != wish.get("id"):
            raise UserError(_GONE)

        def remove(report: Report) -> list[Outcome]:
            outcomes = self._library.remove(doc_id, report)
            record_stated(self._desk.settings.index_dir, {outcome.doc_id: {} for outcome in outcomes})
            return outcomes

        yield from self._change(visitor, work, remove, "正在移除…")

    def _change(self, visitor: Visitor, work: Work, job: Callable[[Report], list[Outcome]], doing: str) -> Steps:
        """Do a job and tell what came of it, by the titles: of what goes too, which no one can look up afterwards."""
        before = {row.doc.doc_id: row.doc.title for row in holdings_of(self._library).rows}
        running = Running(job)
        yield from _follow(visitor, running, work, doing)
        titles = before | {p.outcome.doc_id: p.doc.title for p in work.previews if p.doc}
        yield Shown(render_told(visitor, running.result, titles), Work(), changed=True)

    def _correct(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        """State of a document what was read wrongly or not at all, and read it again."""
        stage = _staged(work)
        shown = next(
            (p for p in work.previews if p.outcome.name == wish.get("name") and p.doc and not p.doc.parent), None
        )
        given = wish.get("fields")
        if shown is None or shown.doc is None or not isinstance(given, Mapping):
            raise UserError(_NOTHING)
        state_fields(stage, shown, given)
        yield from self._look(visitor, work)

    def _drop(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        """Leave out one of the files that were sent; with the last one all is cancelled."""
        stage = _staged(work)
        stage.drop(str(wish.get("name")))
        if not stage.names:
            yield from self._cancel(visitor, work, wish)
            return
        yield from self._look(visitor, replace(work, page=1))

    def _turn(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        """Show another page of what was sent."""
        _staged(work)
        work = replace(work, page=_number(wish.get("page")))
        yield Shown(_render_previews(visitor, work), work)

    def _refuse(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        """Say that what was chosen is too large to be sent."""
        raise too_large(self._desk.settings)

    def _cancel(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        if work.stage is not None:
            work.stage.discard()
        yield Shown("", Work())

    def _ask_replacing(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        row = holdings_of(self._library).find(str(wish.get("id")))
        if row is None:
            raise UserError(_GONE)
        yield from self._cancel(visitor, work, wish)
        yield Shown(render_replacing(visitor, row), Work(replaces=row.doc.doc_id), chooses=True)

    def _ask_removing(self, visitor: Visitor, work: Work, wish: Mapping[str, Any]) -> Steps:
        row = holdings_of(self._library).find(str(wish.get("id")))
        if row is None:
            raise UserError(_GONE)
        yield from self._cancel(visitor, work, wish)
        is_seed = (self._desk.settings.seeds_dir / row.doc.source.split("/")[0]).is_file()
        yield Shown(render_removal(visitor, row, is_seed), Work(removes=row.doc.doc_id))


_DEEDS: dict[str, Callable[[Joining, Visitor, Work, Mapping[str, Any]], Steps]] = {
    "confirm": Joining._confirm, "correct": Joining._correct, "drop": Joining._drop, "page": Joining._turn,
    "cancel": Joining._cancel, "replace": Joining._ask_replacing, "remove": Joining._ask_removing,
    "removed": Joining._remove, "too-large": Joining._refuse,
}  # fmt: skip


def _follow(visitor: Visitor, running: Running[Any], work: Work, doing: str = "") -> Steps:
    """Show what is being done, and how far it is, until it is over."""
    if doing:
        yield Shown(render_progress(visitor, ("", 0, 0), doing), work)
    for step in running.steps():
        yield Shown(render_progress(visitor, step, doing), work)


def _render_previews(visitor: Visitor, work: Work, complaint: str = "") -> str:
    carried = work.stage.carried if work.stage else {}
    return render_previews(visitor, work.previews, work.page, complaint, carried)


def _in_order(previews: Sequence[Preview]) -> tuple[Preview, ...]:
    """Return what wants a look first: what replaces something, what is doubtful, what is new; then the rest."""
    return tuple(sorted(previews, key=lambda p: (not p.joins, p.held is None, not p.doubts)))


def _staged(work: Work) -> Stage:
    if work.stage is None or not work.stage.folder.is_dir():
        raise UserError(_NOTHING)
    return work.stage


def _number(value: object) -> int:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() else 1
