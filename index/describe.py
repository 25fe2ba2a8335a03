"""What a document says of itself: title, 文号, issuers, region, year, dates, kind, validity.

Nothing is guessed: a field that the text does not state stays empty. `date_issued` is the day of the version at hand:
of the signature, or of the last act in the note under a law's title; that of a law's first adoption is in the
evidence (`date_adopted`). A document that a notice sends has from the notice what it does not state itself, but a
number only where it has no other issuer, and a draft has no day of issue.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from index.adoption import Event, given_out_on, noted_force, own_number, read_events
from index.bodies import split_bodies
from index.doc_id import doc_id_of, policy_year
from index.doc_numbers import DocNumber, find_numbers
from index.facts import Facts
from index.fields import Field, first, is_field_line, labelled_number, read_fields, source_address
from index.figures import find_dates, iso_date
from index.force import Force, find_force
from index.frame import Frame
from index.head import kind_of, title_text
from index.issuers import Clues, find_issuers
from index.locality import find_region
from index.own_number import head_number
from index.read import Source
from index.signature import Signature, date_of_line, read_signature
from index.types import Document, Line

_CLOCK = re.compile(r"\d{1,2}\s*[:：时]\s*\d{2}")
_SITE_LINE = re.compile(r"(?:来源|阅读|浏览|点击|字号|字体|作者|编辑|打印)[^：:]{0,4}[：:]")
_EXPLAINS = ("政策解读", "问答")
_OPEN = re.compile(
    r"[（(]?\s*(?:此件|本文|信息公开选项[：:])\s*((?:主动|依申请|不予|免予)公开|公开发布|不公开|公开)[^（()）]{0,8}[)）]?$"
)
_VOID = re.compile(
    r"^[【\[（(]\s*(?P<mark>已?被?(?:失效|废止|修[改订]))\s*[】\]）)]|^根据.{6,150}(?P<by>废止|失效)[。]?$"
    r"|^(?:本|该|此)(?:文件?|办法|规定|通知|条例|篇法规).{0,80}(?P<said>废止|失效|停止执行)[。]?$"
)


def describe(
    frame: Frame,
    text: str,
    source: Source,
    cleaning: tuple[str, ...] = (),
    parent: Document | None = None,
    number: int = 1,
) -> Document:
    """Return the document that the frame's lines describe; `text` is its cleaned body.

    `parent` is the notice that sends it, and `number` which of those that the notice sends it is.
    """
    page = _Page(frame, source)
    facts = page.facts()
    if parent:
        facts.inherit(parent, page.title)
    said = facts.values
    day = said.get("date_issued") or said.get("date_published")
    year = policy_year(page.title, said.get("doc_no") or said.get("interprets"), day)
    own_id = doc_id_of(said.get("doc_no"), facts.region, year, page.kind, page.title)
    return Document(
        doc_id=f"{parent.doc_id}-fu{number}" if parent else own_id,
        title=page.title,
        text=text,
        source=source.name,
        sha256=source.sha256,
        kind=page.kind,
        year=year or (parent.year if parent else None),
        parent=parent.doc_id if parent else None,
        cleaning=cleaning,
        evidence=tuple(facts.evidence),
        **said,
    )


class _Page:
    """The lines around one document, read once: fields, notes, signature, and what follows from them."""

    def __init__(self, frame: Frame, source: Source) -> None:
        self.frame = frame
        self.source = source
        self.title = title_text(frame.title) or Path(source.name).stem
        self.kind = kind_of(self.title) or "未知"
        self.explains = self.kind in _EXPLAINS
        self.fields: list[Field] = read_fields((*frame.head, *frame.foot), source.meta)
        self.events: list[Event] = read_events((*frame.head, *frame.preamble))

    @cached_property
    def signature(self) -> Signature:
        known = [body for f in self.fields if f.name in ("issuer", "source") for body in split_bodies(f.value)]
        return read_signature(self.frame.foot, known)

    @property
    def around(self) -> tuple[Line, ...]:
        return (*self.frame.head, *self.frame.foot)

    @property
    def prose(self) -> tuple[Line, ...]:
        return (*self.frame.preamble, *self.frame.body)

    def facts(self) -> Facts:
        """Return every field that the page states."""
        facts = Facts()
        facts.note("title", self.title, self.frame.title[0] if self.frame.title else None)
        number = self._number(facts)
        self._labelled(facts)
        clues = Clues(
            self.title,
            self.frame.head,
            self.frame.title,
            self.fields,
            self.events,
            self.signature,
            number,
            self.explains,
        )
        issued = find_issuers(clues)
        facts.place(find_region(issued.bodies, number, self.title, self.around, self.prose))
        facts.take("issuers", issued.bodies, issued.words, issued.line)
        self._dates(facts)
        if not self.explains:
            self._force(facts)
        return facts

    def _number(self, facts: Facts) -> DocNumber | None:
        """Read the document's own number: under its label, on a line of the head, in the note under the title."""
        explained = self._explained() if self.explains else None
        if explained:
            facts.values["interprets"] = explained
        labelled = labelled_number(self.fields)
        noted = own_number(self.events)
        if labelled:
            number, found = labelled
            raw, words, line = found.value, found.words, found.line
        elif found_number := head_number(self.frame, self.title):
            number, raw, words, line = found_number
        elif noted:
            number, raw, words, line = noted[0], _raw(noted[1]), noted[1].text, noted[1].line
        else:
            return None
        if self.explains and number.value in (explained, None):
            return None
        facts.take("doc_no", number.value, words, line)
        facts.values["doc_no_raw"] = raw
        return number

    def _explained(self) -> str | None:
        """Return the number of the document that a 解读 explains: the one after the title that its own title quotes."""
        text = "\n".join(line.text for line in (*self.frame.title, *self.prose[:12]))
        quoted = re.search(r"《((?:[^《》]|《[^《》]*》)+)》", self.title)
        after = text.find("》", text.rfind(quoted[1])) if quoted else 0
        numbers = find_numbers(text)
        near = next((n for n in numbers if quoted and after <= n.start <= after + 8), None)
        return (near or numbers[0]).value if numbers else None

    def _labelled(self, facts: Facts) -> None:
        for name, labels in (
            ("index_no", ("index_no",)), ("subject", ("subject", "keywords")), ("openness", ("openness",)),
            ("publisher", ("publisher", "source", "origin")), ("validity", ("validity",)),
        ):  # fmt: skip
            if found := first(self.fields, *labels):
                facts.take(name, found.value, found.words, found.line)
        if address := source_address(self.fields):
            facts.take("source_url", address.value, address.words, address.line)
        for line in self.around:
            text = line.text.strip()
            if "openness" not in facts.values and (match := _OPEN.match(text)):
                facts.take("openness", match[1], text, line)
            if "validity" not in facts.values and len(text) <= 180 and (match := _VOID.match(text)):
                facts.take("validity", _void_state(match), text, line)

    def _dates(self, facts: Facts) -> None:
        """Read the day of issue and of publication; an explanation has no other day than that it was published on."""
        self._published(facts)
        signed, printed = self.signature, self.signature.printed_line
        label, made = first(self.fields, "date_issued"), first(self.fields, "date_made")
        headed = self._dated_head()
        if self.events:
            latest = max(self.events, key=lambda event: event.date)
            earliest = min(self.events, key=lambda event: event.date)
            facts.take("date_issued", latest.date, latest.text, latest.line)
            if earliest.date != latest.date:
                facts.note("date_adopted", earliest.text, earliest.line)
        elif signed.date and signed.date_line:
            facts.take("date_issued", signed.date, signed.date_line.text, signed.date_line)
        elif label:
            facts.take("date_issued", label.value, label.words, label.line)
        elif headed:
            facts.take("date_issued", headed[0], headed[1].text, headed[1])
        elif made:
            facts.take("date_issued", made.value, made.words, made.line)
        elif signed.printed and printed:
            facts.take("date_issued", signed.printed, printed.text, printed)
        elif self.explains and "index_no" in facts.values and "date_published" in facts.values:
            facts.values["date_issued"] = facts.values["date_published"]  # an item of the catalogue has no other day

    def _published(self, facts: Facts) -> None:
        found = first(self.fields, "date_published") or first(self.fields, "date_updated")
        if found:
            facts.take("date_published", found.value, found.words, found.line)
            return
        for line in self.frame.head:  # 2013年05月28日 16时30分 来源: a site's own line
            said = line.text.strip()
            if line.is_row or len(said) > 80 or not (_CLOCK.search(said) or _SITE_LINE.search(said)):
                continue
            if day := iso_date(line.text):
                facts.take("date_published", day, line.text, line)
                return

    def _dated_head(self) -> tuple[str, Line] | None:
        """Return the date that stands alone, or with the number, in the head: (一九八四年三月五日)."""
        for line in self.frame.head:
            if line.is_row or is_field_line(line) or len(line.text) > 80:
                continue
            rest = line.text
            for found in reversed(find_numbers(rest)):
                rest = rest[: found.start] + rest[found.end :]
            dated = date_of_line(re.sub(r"^[\s（(]+", "", rest)) if find_dates(rest) else None
            if dated and (not dated[1] or split_bodies(dated[1])):
                return dated[0], line
        return None

    def _force(self, facts: Facts) -> None:
        """Read when the document takes force and ends: its labels first, then its own words, then the note."""
        said: Force | None = find_force(self.prose, self.title) or self._force_of_annexes()
        issued = given_out_on(self.events) or facts.values.get("date_issued") or facts.values.get("date_published")
        noted = self._force_of_note()
        for name in ("date_effective", "date_expires"):
            if label := first(self.fields, name):
                facts.take(name, label.value, label.words, label.line)
        for force in (said, noted):
            if force and "date_effective" not in facts.values and (start := force.starts_on(issued)):
                facts.take("date_effective", start, force.words, force.line)
            start = facts.values.get("date_effective") or issued
            if force and "date_expires" not in facts.values and (end := force.ends_on(start)):
                facts.take("date_expires", end, force.words, force.line)

    def _force_of_note(self) -> Force | None:
        """Return what the note under the title says: (… 自2001年1月1日起施行)."""
        noted = noted_force((*self.frame.head, *self.frame.preamble))
        return find_force([Line(noted[0], noted[1].pieces)]) if noted else None

    def _force_of_annexes(self) -> Force | None:
        """Return what the annexes say of their force, if they agree: a notice may send its rules as 附件1 and 2."""
        found = [force for annex in self.frame.annexes if (force := find_force(annex, self.title))]
        days = {(force.day, force.after_issue) for force in found}
        return found[0] if len(days) == 1 else None


def _raw(event: Event) -> str:
    numbers = find_numbers(event.text)
    return event.text[numbers[0].start : numbers[0].end] if numbers else ""


def _void_state(match: re.Match[str]) -> str:
    said = match["mark"] or match["by"] or match["said"]
    if "修" in said:
        return "已修改"
    return "失效" if "失效" in said else "废止"
