"""Is a document in force on a day? From what it says, what its page says, and what the other documents say of it.

In this order, the first that holds:

1. 废止: a document held repeals it, by its 文号 or its exact title, from the day that document takes force.
2. 废止 or 失效: its page says so.
3. 尚未施行: the day lies before its 施行日期, or its page says so.
4. 失效: the day lies after its 有效期.
5. 已修改: a document held amends it, or a later version under the same title is held, or its page says so.
6. 现行有效: its page says so, or it states a 有效期 that has not run out.
7. 未知: nothing of the kind is stated. A 施行日期 that has passed proves no more than that it once took force, so the
   reason says 收录文件中未见废止 and the status claims nothing.

A title alone names a document only among those of the same place or issuer: every city has its 养犬管理办法.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from index.title_key import title_key
from index.types import Document, Link

UNKNOWN, IN_FORCE, NOT_YET, AMENDED, EXPIRED, REPEALED = "未知", "现行有效", "尚未施行", "已修改", "失效", "废止"
OUT_OF_FORCE = (REPEALED, EXPIRED, NOT_YET)

_VERSION = re.compile(r"\((?:试行|暂行|草案|(?:19|20)\d{2}年?.{0,8}|(?:第.{1,3}次)?(?:修订|修正|修改)[^()]{0,4})\)$")
_SENDS = re.compile(r"关于(?:修订)?(?:印发|发布|公布|下发|颁布|颁发|转发|批转)(.+?)的(?:通知|公告|通告|决定|函|令)$")


@dataclass(frozen=True, slots=True)
class Validity:
    """A status, why, and where that is said: a span of the text of the document `source_doc_id`."""

    status: str
    reason: str
    source_doc_id: str | None = None
    span: tuple[int, int] | None = None

    @property
    def is_out_of_force(self) -> bool:
        return self.status in OUT_OF_FORCE


@dataclass(frozen=True, slots=True)
class _Act:
    """A repeal or amendment: the document that says it, and the words."""

    doc: Document
    link: Link

    @property
    def since(self) -> str:
        """The day it takes effect; empty where its document states none, which is taken for long ago."""
        return self.doc.date_effective or self.doc.date_issued or self.doc.date_published or ""


class Supersessions:
    """What the documents held say of one another, looked up by 文号 and title; built once for all of them."""

    def __init__(self, documents: Iterable[Document]) -> None:
        held = list(documents)
        self._acts: dict[tuple[str, str], list[_Act]] = defaultdict(list)
        self._versions: dict[tuple[str, str | None], list[Document]] = defaultdict(list)
        self._parents = {doc.doc_id: doc for doc in held}
        for doc in held:
            self._versions[_core(doc.title), doc.adcode].append(doc)
            for link in doc.acts:
                self._acts[link.kind, title_key(link.target)].append(_Act(doc, link))

    def act_on(self, doc: Document, kind: str, as_of: date) -> _Act | None:
        """Return the last act of a kind on a document that has taken effect on the day, or None."""
        parent = self._parents.get(doc.parent or "")
        found = [act for target in (doc, parent) if target for act in self._on(target, kind) if _fits(act, doc)]
        found = [act for act in found if _is_earlier(doc, act.doc) and not _one_family(doc, act.doc)]
        return max((act for act in found if act.since <= as_of.isoformat()), key=lambda act: act.since, default=None)

    def _on(self, doc: Document, kind: str) -> list[_Act]:
        by_number = self._acts.get((kind, title_key(doc.doc_no or "\0")), ())
        by_title = [act for name in _names(doc.title) for act in self._acts.get((kind, name), ())]
        return [*by_number, *(act for act in by_title if _of_same_place(act.doc, doc))]

    def later_version(self, doc: Document, as_of: date) -> Document | None:
        """Return the newest version of a document that is held, took effect by the day, and is later than it."""
        own = doc.date_issued or doc.date_published or ""
        versions = self._versions[_core(doc.title), doc.adcode]
        later = [v for v in versions if v.doc_id != doc.doc_id and _is_version(doc, v) and own < (v.date_issued or "")]
        later = [v for v in later if (v.date_effective or v.date_issued or "") <= as_of.isoformat()]
        return max(later, key=lambda v: v.date_issued or "", default=None) if own else None


def status(doc: Document, held: Supersessions | Sequence[Document], as_of: date) -> Validity:
    """Return a document's status on a day; `held` are all documents, best as Supersessions built once."""
    known = held if isinstance(held, Supersessions) else Supersessions(held)
    repeal = known.act_on(doc, "repeals", as_of)
    if repeal:
        return _by_act(REPEALED, "被", repeal, "废止")
    if doc.validity in (REPEALED, EXPIRED):
        return Validity(doc.validity, f"页面注明{doc.validity}", doc.doc_id)
    return _by_days(doc, as_of) or _by_change(doc, known, as_of) or _by_statement(doc, as_of)


def _by_days(doc: Document, as_of: date) -> Validity | None:
    day = as_of.isoformat()
    if doc.date_effective and day < doc.date_effective:
        return Validity(NOT_YET, f"自{say_day(doc.date_effective)}起施行", doc.doc_id)
    if doc.validity == NOT_YET and not doc.date_effective:
        return Validity(NOT_YET, "页面注明尚未施行", doc.doc_id)
    if doc.date_expires and doc.date_expires < day:
        return Validity(EXPIRED, f"有效期至{say_day(doc.date_expires)}", doc.doc_id)
    return None


def _by_change(doc: Document, known: Supersessions, as_of: date) -> Validity | None:
    amended = known.act_on(doc, "amends", as_of)
    if amended and amended.since > (doc.date_issued or ""):  # a later text of the law has the change in it
        return _by_act(AMENDED, "被", amended, "修改")
    if newer := known.later_version(doc, as_of):
        return Validity(AMENDED, f"已有新版本 {newer.name}({say_day(newer.date_issued or '')})", newer.doc_id)
    if doc.validity == AMENDED:
        return Validity(AMENDED, "页面注明已修改", doc.doc_id)
    return None


def _by_statement(doc: Document, as_of: date) -> Validity:
    if doc.validity in (IN_FORCE, NOT_YET):  # what was to come when the page was made has come
        return Validity(IN_FORCE, "页面注明现行有效" if doc.validity == IN_FORCE else "施行日期已到", doc.doc_id)
    if doc.date_expires:
        return Validity(IN_FORCE, f"有效期至{say_day(doc.date_expires)}", doc.doc_id)
    if doc.date_effective:
        return Validity(UNKNOWN, f"自{say_day(doc.date_effective)}起施行, 收录文件中未见废止")
    return Validity(UNKNOWN, "文件没有写明施行日期和有效期, 收录文件中未见废止")


def _by_act(state: str, by: str, act: _Act, verb: str) -> Validity:
    when = f", 自{say_day(act.since)}起" if act.since else ""
    return Validity(state, f"{by} {act.doc.name} {verb}{when}", act.doc.doc_id, (act.link.start, act.link.end))


def say_day(day: str) -> str:
    """Return 2014年9月1日 for 2014-09-01."""
    parts = [int(part) for part in day.split("-")] if day else []
    return "".join(f"{number}{unit}" for number, unit in zip(parts, "年月日", strict=False))


def _core(title: str) -> str:
    """Return a title without what tells its versions apart: (试行), (2018年修订)."""
    bare = title_key(title)
    while (match := _VERSION.search(bare)) and match.start():
        bare = bare[: match.start()]
    return bare


def _names(title: str) -> set[str]:
    """Return the titles under which a document is repealed: its own, and that of the text that a notice sends."""
    own = title_key(title)
    sent = _SENDS.search(own)
    return {own, sent[1]} if sent else {own}


def _fits(act: _Act, doc: Document) -> bool:
    """True unless a repealed number means another: 省政府令第5号 of another province, one of two texts under a number."""
    if (
        "〔" not in (doc.doc_no or "")
        and not re.search(r"\d{4}年", doc.doc_no or "")
        and not _of_same_place(act.doc, doc)
    ):
        return False
    quoted = re.match(r"《((?:[^《》]|《[^《》]*》)+)》", act.link.text)
    if not quoted or not doc.parent:
        return True
    said = title_key(quoted[1])
    return said in _names(doc.title) or bool(_SENDS.search(said)) or doc.title in said


def _one_family(one: Document, other: Document) -> bool:
    """True for a document and itself, its notice, or what it sends."""
    return one.doc_id in (other.doc_id, other.parent) or other.doc_id == one.parent


def _is_earlier(doc: Document, act: Document) -> bool:
    """True unless a document came after the act: one that repeals what bore its title does not repeal what will."""
    if doc.date_issued and act.date_issued:
        return doc.date_issued < act.date_issued or (
            doc.date_issued == act.date_issued and _core(doc.title) != _core(act.title)
        )
    return _core(doc.title) != _core(act.title)


def _of_same_place(one: Document, other: Document) -> bool:
    return bool(one.adcode and one.adcode == other.adcode) or bool(set(one.issuers) & set(other.issuers))


def _is_version(doc: Document, other: Document) -> bool:
    """True for two texts of one work, not for the copies of one text, nor for two notices under a common title.

    A law is revised under its title; 关于做好防汛工作的通知 comes every year and replaces nothing.
    """
    if doc.doc_no and doc.doc_no == other.doc_no:
        return False
    return bool(re.search(r"(?:法|条例|办法|规定|细则|规则|规程|章程|准则|规划|预案)$", _core(doc.title)))
