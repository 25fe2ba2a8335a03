"""Documents that come and go by the API, read, checked and limited as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from index.errors import UserError
from index.preview import Preview, agreed
from index.upkeep import SKIPPED, Outcome
from rag.api.caller import Caller
from rag.api.errors import Forbidden
from rag.api.sent import Sent
from rag.page.desk import Desk
from rag.page.library.fields import read_fields
from rag.page.library.reading import corrections, read_sent, state_fields
from rag.page.library.staging import Stage, open_stage
from rag.page.library.stated import record_stated

_CLOSED = "这里的文件库不能改动 (CLAUSE_UPLOAD=false)。请联系管理员。"
_UNKNOWN = "fields 里的 {name} 不是所发的文件, 或没有读成文件。请用 /api/documents/preview 查看各文件的名字。"


def need_open(desk: Desk, caller: Caller) -> None:
    """Raise Forbidden where the library cannot be changed, or not by who asks."""
    caller.need_admin()
    if not desk.library.can_change:
        raise Forbidden(_CLOSED)


def join(desk: Desk, caller: Caller, sent: Sent, only_look: bool = False) -> dict[str, Any]:
    """Add files, or look what adding them would do, and return what becomes of each.

    Raises UserError if nothing of them can be read, Outdated if they are not what `marks` were given for.
    """
    index_dir = desk.settings.index_dir
    stage = open_stage(desk.settings, caller.name, sent.paths, sent.replaces)
    try:
        previews = _read(desk, stage, sent)
        if only_look:
            return {"outcomes": [_shown(one) for one in previews], "marks": list(agreed(previews))}
        marks = sent.marks or agreed(previews)
        if not marks:
            return _told([one.outcome for one in previews])
        outcomes = desk.library.add(stage.paths, marks, stage.replaces)
        record_stated(index_dir, corrections(stage, previews))
        return _told(outcomes)
    finally:
        stage.discard()


def take_out(desk: Desk, doc_id: str) -> dict[str, Any]:
    """Remove a document and those that it sends, and return what went; raises UserError."""
    outcomes = desk.library.remove(doc_id)
    record_stated(desk.settings.index_dir, {outcome.doc_id: {} for outcome in outcomes})
    return _told(outcomes)


def _read(desk: Desk, stage: Stage, sent: Sent) -> tuple[Preview, ...]:
    """Return what files would do with what is stated of them; raises UserError if none of them can be read."""
    previews = read_sent(desk.library, desk.settings.index_dir, stage)
    if all(one.outcome.status == SKIPPED for one in previews):
        raise UserError(next((one.outcome.reason for one in previews), "没有可读的文件。请检查所发的文件。"))
    stated = [_state(stage, previews, name, given) for name, given in (sent.fields or {}).items()]
    return read_sent(desk.library, desk.settings.index_dir, stage) if any(stated) else previews


def _state(stage: Stage, previews: Sequence[Preview], name: str, given: dict[str, Any]) -> bool:
    own = (one for one in previews if one.outcome.name == name and one.doc and not one.doc.parent)
    shown = next(own, None)
    if shown is None:
        raise UserError(_UNKNOWN.format(name=name[:80]))
    return state_fields(stage, shown, given)


def _told(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {"outcomes": [_outcome(outcome) for outcome in outcomes]}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in ("name", "status", "reason", "doc_id", "clauses")}


def _shown(one: Preview) -> dict[str, Any]:
    changes = [asdict(change) for change in one.fields]
    return {**_outcome(one.outcome), "fields": read_fields(one), "doubts": list(one.doubts), "changes": changes}
