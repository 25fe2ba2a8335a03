"""What the tab 审计 shows: entries found by filters, one of them in full, and the feedback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from index.store import ClauseIndex
from index.types import Clause
from rag.operate.replay import Replayed
from rag.page.parts import render
from rag.page.visitor import Visitor
from rag.question.periods import say_years
from rag.records.audit import STATUSES, Entry, Sought
from rag.records.audit_csv import STATUS_NAMES
from rag.records.fate import SAME, fate_of
from rag.records.records import Records

PAGE = 50  # entries
_LONGEST = 200  # characters of a filter
_MODES = {"extractive": "原文摘录", "generative": "模型归纳"}
# What is kept under English names, in Chinese; English is told as it is kept.
_NAMES = {
    "regions": "地区", "years": "年份", "doc_ids": "文件", "notes": "说明", "inherited": "沿用", "missing": "未收录",
    "topic": "话题", "correction": "更正", "corrections": "上文的更正", "without_regions": "去掉地区",
    "without_years": "去掉年份", "without_documents": "去掉文件", "encoder": "编码器", "query_prompt": "问题前缀",
    "passage_prompt": "条款前缀", "reranker": "重排模型", "top_k": "检索条数", "min_confidence": "把握阈值",
    "program": "程序指纹", "llm_model": "模型", "llm_base_url": "模型接口", "context_tokens": "给模型的长度",
    "out_of_scope": "超出收录范围", "no_match": "没有相符的条款", "unsupported": "条款不足以支持",
    "false_premise": "前提与条款不符", "ambiguous": "所指不止一个",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for: the filters as they were typed, and the page, from 1."""

    user: str = ""
    since: str = ""
    until: str = ""
    status: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Asked:
        """Return what a form or an address says; what makes no sense is left out."""
        texts = {name: str(told.get(name) or "").strip()[:_LONGEST] for name in ("user", "words")}
        days = {name: _day_text(told.get(name)) for name in ("since", "until")}
        status = str(told.get("status") or "")
        page = str(told.get("page") or "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
        return cls(**texts, **days, status=status if status in STATUSES else "", page=max(1, number))

    @property
    def sought(self) -> Sought:
        since, until = (date.fromisoformat(day) if day else None for day in (self.since, self.until))
        return Sought(self.user, since, until, self.status, self.words)

    @property
    def address(self) -> str:
        """The filters as the query of an address."""
        told = {name: getattr(self, name) for name in ("user", "since", "until", "status", "words")}
        return urlencode({name: value for name, value in told.items() if value})


def render_audit(visitor: Visitor, records: Records, asked: Asked) -> str:
    """Return the form and the entries that it asks for; raises UserError while the records cannot be used."""
    audit, sought = records.audit, asked.sought
    count = audit.count(sought)
    pages = max(1, -(-count // PAGE))
    page = min(asked.page, pages)
    entries = audit.list(sought, PAGE, (page - 1) * PAGE)
    shown = {"rows": [(entry, scope_of(entry)) for entry in entries], "count": count, "page": page, "pages": pages}
    told = {"asked": asked, "users": audit.users(), "statuses": STATUS_NAMES, "feedback": records.feedback.count()}
    return render("audit/audit.html", visitor.language, **shown, **told)


def render_entry(visitor: Visitor, entry: Entry, index: ClauseIndex | None) -> str:
    """Return an entry in full, each clause compared with that of today."""
    clauses = [(seen, fate_of(seen, index)) for seen in entry.clauses]
    now = index.version if index else ""
    facts = tuple(_facts(visitor, entry, now))
    return render("audit/entry.html", visitor.language, entry=entry, clauses=clauses, facts=facts, same=SAME)


def render_replay(visitor: Visitor, replayed: Replayed) -> str:
    """Return how the answer of an entry compares with the one of today."""
    told = {"differences": replayed.differences, "circumstances": replayed.circumstances}
    return render("audit/replay.html", visitor.language, **told)


def label_in(index: ClauseIndex | None) -> Callable[[str], str]:
    """Return what names the clause of an ID as people do: 〔2012〕33号 二、(一)3; its ID where it is not held."""

    def label_of(clause_id: str) -> str:
        clause = index.find(clause_id) if index else None
        return clause.label if isinstance(clause, Clause) and clause.clause_id == clause_id else clause_id

    return label_of


def render_feedback(visitor: Visitor, records: Records, index: ClauseIndex | None = None) -> str:
    """Return the feedback, newest first; raises UserError while the records cannot be used."""
    reports = records.feedback.list()
    return render("audit/feedback.html", visitor.language, reports=reports, label_of=label_in(index))


def render_complaint(visitor: Visitor, complaint: str) -> str:
    """Return what stands in the tab where there is nothing to show."""
    return render("audit/complaint.html", visitor.language, complaint=complaint)


def scope_of(entry: Entry) -> str:
    """Return the places and years that were understood: `合肥市 · 2021年`."""
    regions, years = entry.scope.get("regions", ()), entry.scope.get("years", ())
    return " · ".join(part for part in ("、".join(regions), say_years(tuple(years))) if part)


def _facts(visitor: Visitor, entry: Entry, version: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of what an entry says beside its clauses."""
    names = {} if visitor.language == "en" else _NAMES
    yield "上文", " / ".join(entry.history)
    yield "设定的范围", _said(entry.filters, names)
    yield "理解的范围", _said(entry.scope, names)
    yield "原因", names.get(entry.reason or "", entry.reason or "")
    yield "方式", visitor.say(_MODES.get(entry.mode, entry.mode))
    yield "模型", entry.model or ""
    same = f" ({visitor.say('与现在相同')})" if version == entry.index_version else ""
    yield "索引版本", entry.index_version + same if entry.index_version else ""
    yield "用时", f"{entry.elapsed_ms:.0f} ms" if entry.elapsed_ms else ""
    yield "请求号", entry.request_id
    yield "设置", _said(entry.settings, names)
    yield "回答哈希", entry.answer_sha256


def _said(values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    held = ((name, _plain(value, names)) for name, value in values.items() if value)
    return "; ".join(f"{names.get(name, name)}: {value}" for name, value in held if value)


def _plain(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        return _said(value, names)
    if isinstance(value, list):
        return "、".join(_plain(one, names) for one in value if one)
    return names.get(value, value) if isinstance(value, str) else str(value)


def _day_text(value: Any) -> str:
    try:
        return date.fromisoformat(str(value or "")).isoformat()
    except ValueError:
        return ""
