"""Lines of a document -> its clauses, as a tree decided by the sequence of the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from index.departments import first_department_leads, named_lead, responsible_departments
from index.figures import find_figures
from index.frame import Frame
from index.marks import Mark, inline_marks, mark_at
from index.types import Clause, Document

_DEPARTMENT_NOTE = re.compile(r"[（(][^（()）]*(?:负责|参与|牵头)[^（()）]*[）)]\s*$")
# A paragraph that turns from the last item to all of them: it closes the section, not the item.
_CLOSER = re.compile(r"^(?:以上|上述|原则上|各(?:级|地|县|市|区|省|盟|旗|州|有关|部门|单位|相关))")
_HEADING = re.compile(r"^[^。；;]{1,40}?[。？?]|^[^。；;]{1,40}$")


@dataclass(slots=True)
class _Unit:
    """A node while the tree grows: its mark, its own pieces of text, its children."""

    mark: Mark | None
    spans: list[tuple[int, int]] = field(default_factory=list)
    children: list[_Unit] = field(default_factory=list)
    prefix: str = ""

    @property
    def step(self) -> str:
        return str(self.mark.number) if self.mark else self.prefix


def body_text(frame: Frame) -> str:
    """Return the text of a document: all that belongs to a clause or a heading, nothing else."""
    return "\n".join((*frame.preamble, *frame.body, *frame.annexes))


def split_clauses(doc: Document, frame: Frame) -> tuple[Clause, ...]:
    """Return the clauses in document order; every character of `doc.text` is in exactly one."""
    root = _Unit(None)
    _grow(root, doc.text, frame)
    clauses = [clause for child in root.children for clause in _clauses(child, doc, ())]
    return tuple(_with_leads(clauses))


def _grow(root: _Unit, text: str, frame: Frame) -> None:
    """Hang every line of the document on its unit."""
    lines = list(_lines(text))
    preamble, body = len(frame.preamble), len(frame.preamble) + len(frame.body)
    if preamble:
        root.children.append(_Unit(None, [(lines[0][0], lines[preamble - 1][1])], prefix="0"))
    open_units = [root]
    for start, end in lines[preamble:body]:
        for mark, piece in _pieces(text[start:end], start, open_units):
            if mark:
                _open(open_units, mark).spans.append(piece)
            else:
                _continue(open_units, text, piece)
    annex_lines = [line.count("\n") + 1 for line in frame.annexes]
    at = body
    for number, count in enumerate(annex_lines, 1):
        root.children.append(_Unit(None, [(lines[at][0], lines[at + count - 1][1])], prefix=f"a{number}"))
        at += count


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _pieces(line: str, offset: int, open_units: list[_Unit]) -> Iterator[tuple[Mark | None, tuple[int, int]]]:
    """Cut a line at the marks that carry on an open sequence: several clauses glued together."""
    first = mark_at(line)
    expected = {unit.mark.style: unit.mark.number + 1 for unit in open_units if unit.mark}
    if first:
        expected[first.style] = first.number + 1
    cuts: list[tuple[Mark | None, int]] = [(first, 0)]
    for mark in inline_marks(line):
        if expected.get(mark.style) == mark.number:
            expected[mark.style] += 1
            cuts.append((mark, mark.start))
    ends = [start for _, start in cuts[1:]] + [len(line)]
    for (mark, start), end in zip(cuts, ends, strict=True):
        yield mark, (offset + start, offset + end)


def _open(open_units: list[_Unit], mark: Mark) -> _Unit:
    """Close the units that the mark ends and open its own: a style seen above returns to its level."""
    for depth, unit in enumerate(open_units):
        if unit.mark and unit.mark.style == mark.style:
            del open_units[depth:]
            break
    unit = _Unit(mark)
    open_units[-1].children.append(unit)
    open_units.append(unit)
    return unit


def _continue(open_units: list[_Unit], text: str, piece: tuple[int, int]) -> None:
    """Add an unnumbered paragraph to the last unit, or to its heading if it closes the section."""
    unit = open_units[-1]
    said = text[unit.spans[-1][0] : unit.spans[-1][1]] if unit.spans else ""
    paragraph = text[piece[0] : piece[1]]
    has_note, notes_again = _DEPARTMENT_NOTE.search(said), _DEPARTMENT_NOTE.search(paragraph)
    closes = (has_note and not notes_again) or (_CLOSER.match(paragraph) and not is_heading_only(said))
    if closes and len(open_units) > 2 and not unit.children:
        del open_units[-1]
        unit = open_units[-1]
    if unit.spans and unit.spans[-1][1] + 1 == piece[0]:
        unit.spans[-1] = (unit.spans[-1][0], piece[1])
    else:
        unit.spans.append(piece)


def is_heading_only(text: str) -> bool:
    """True for a heading that stands alone: `(一)强化组织领导。` before its paragraph."""
    return len(text) <= 60 and (text.count("。") + text.count("；") == 0 or text.find("。") == len(text) - 1)


def _clauses(unit: _Unit, doc: Document, trail: tuple[_Unit, ...]) -> Iterator[Clause]:
    units = (*trail, unit)
    text = "\n".join(doc.text[start:end] for start, end in unit.spans)
    yield Clause(
        doc=doc,
        path=".".join(u.step for u in units),
        path_text=_path_text(units),
        headings=tuple(_heading(doc.text, u) for u in trail),
        spans=tuple(unit.spans),
        leaf=bool(unit.mark) and not unit.children,
        departments=responsible_departments(text),
        lead=named_lead(text),
        figures=find_figures(text),
    )
    for child in unit.children:
        yield from _clauses(child, doc, units)


def _path_text(units: tuple[_Unit, ...]) -> str:
    if not units[-1].mark:
        return "引言" if units[-1].prefix == "0" else f"附件{units[-1].prefix[1:]}"
    articles = [u for u in units if u.mark and u.mark.style == "article"]
    shown = units[units.index(articles[0]) :] if articles else units  # an article's number is unique in its law
    return "".join(u.mark.text for u in shown if u.mark)


def _heading(text: str, unit: _Unit) -> str:
    line = text[unit.spans[0][0] : unit.spans[0][1]].split("\n")[0]
    match = _HEADING.match(line)
    return match[0].strip() if match else line[:40]


def _with_leads(clauses: list[Clause]) -> Iterator[Clause]:
    """Name the lead where the document once said that the department listed first leads."""
    first_leads = False
    for clause in clauses:
        first_leads = first_leads or first_department_leads(clause.text)
        if first_leads and clause.departments and not clause.lead:
            clause = replace(clause, lead=clause.departments[0])
        yield clause
