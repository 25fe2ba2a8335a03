"""Lines of a document -> its clauses, as a tree decided by the sequence of the numbers."""

from __future__ import annotations

import re
from collections import Counter
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
# Their paths carry a letter, for the numbers of articles run through them: `2` is 第二条, `c2` 第二章.
_DIVISIONS = {"part": "p", "chapter": "c", "section": "s"}
_HEADING = re.compile(r"^[^。；;]{1,40}?[。？?]|^[^。；;]{1,40}$")


@dataclass(slots=True)
class _Unit:
    """A node while the tree grows: its mark, its own pieces of text, its children, its path."""

    mark: Mark | None
    spans: list[tuple[int, int]] = field(default_factory=list)
    children: list[_Unit] = field(default_factory=list)
    path: str = ""

    @property
    def style(self) -> str:
        return self.mark.style if self.mark else ""


def body_text(frame: Frame) -> str:
    """Return the text of a document: all that belongs to a clause or a heading, nothing else."""
    return "\n".join((*frame.preamble, *frame.body, *frame.annexes))


def split_clauses(doc: Document, frame: Frame) -> tuple[Clause, ...]:
    """Return the clauses in document order; every line of `doc.text` is in exactly one or cut among several."""
    root = _Unit(None)
    _grow(root, doc.text, frame)
    taken: Counter[str] = Counter()
    for child in root.children:
        _name(child, "", taken)
    clauses = [clause for child in root.children for clause in _clauses(child, doc, ())]
    return tuple(_with_leads(clauses))


def _grow(root: _Unit, text: str, frame: Frame) -> None:
    """Hang every line of the document on its unit."""
    lines = list(_lines(text))
    at = len(frame.preamble)
    if at:
        root.children.append(_Unit(None, [(lines[0][0], lines[at - 1][1])], path="0"))
    _grow_part([root], text, lines[at : at + len(frame.body)])
    at += len(frame.body)
    for number, annex in enumerate(frame.annexes, 1):
        unit = _Unit(None, path=f"a{number}")
        root.children.append(unit)
        count = annex.count("\n") + 1
        _grow_part([unit], text, lines[at : at + count])
        at += count


def _grow_part(open_units: list[_Unit], text: str, lines: list[tuple[int, int]]) -> None:
    for start, end in lines:
        for mark, piece in _pieces(text[start:end], start, open_units):
            if mark:
                _open(open_units, mark).spans.append(piece)
            else:
                _continue(open_units, text, piece)


def _name(unit: _Unit, above: str, taken: Counter[str]) -> None:
    """Give a unit and those below it their paths; a number that comes again under one heading gets `-2`."""
    if unit.mark:
        letter = _DIVISIONS.get(unit.style, "")
        unit.path = f"{above}.{letter}{unit.mark.number}".lstrip(".")
    taken[unit.path] += 1
    if taken[unit.path] > 1:
        unit.path = f"{unit.path}-{taken[unit.path]}"
    in_annex = re.match(r"a\d+", unit.path)
    for child in unit.children:
        if child.style == "article":  # its number is unique in the law, whatever its chapter
            _name(child, in_annex[0] if in_annex else "", taken)
        elif unit.style == "article" and child.style != "paragraph":
            _name(child, f"{unit.path}.1", taken)  # the article's own line is its first 款
        else:
            _name(child, unit.path, taken)


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
    for inner in inline_marks(line):
        if expected.get(inner.style) == inner.number:
            expected[inner.style] += 1
            cuts.append((inner, inner.start))
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
    article = next((i for i, unit in enumerate(open_units) if unit.style == "article"), None)
    if article is not None:
        _open_paragraph(open_units, article).spans.append(piece)
        return
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


def _open_paragraph(open_units: list[_Unit], article: int) -> _Unit:
    """Open the next 款 of an article: each of its unnumbered paragraphs is one, its own line the first."""
    del open_units[article + 1 :]
    number = 2 + sum(child.style == "paragraph" for child in open_units[article].children)
    unit = _Unit(Mark("paragraph", number, 0, 0))
    open_units[article].children.append(unit)
    open_units.append(unit)
    return unit


def is_heading_only(text: str) -> bool:
    """True for a heading that stands alone: `(一)强化组织领导。` before its paragraph."""
    return len(text) <= 60 and (text.count("。") + text.count("；") == 0 or text.find("。") == len(text) - 1)


def _clauses(unit: _Unit, doc: Document, trail: tuple[_Unit, ...]) -> Iterator[Clause]:
    units = (*trail, unit)
    text = "\n".join(doc.text[start:end] for start, end in unit.spans)
    yield Clause(
        doc=doc,
        path=unit.path,
        path_text=_path_text(units),
        headings=tuple(_heading(doc.text, u) for u in trail),
        spans=tuple(unit.spans),
        leaf=bool(unit.mark) and all(child.style == "paragraph" for child in unit.children),
        departments=responsible_departments(text),
        lead=named_lead(text),
        figures=find_figures(text),
    )
    for child in unit.children:
        yield from _clauses(child, doc, units)


def _path_text(units: tuple[_Unit, ...]) -> str:
    if units[0].path == "0":
        return "引言"
    annex = f"附件{units[0].path[1:]}" if not units[0].mark else ""
    styles = [u.style for u in units]
    if "article" in styles:  # an article's number is unique in its law
        return annex + _article_text(units[styles.index("article") :])
    return annex + "".join(u.mark.text for u in units if u.mark)


def _article_text(units: tuple[_Unit, ...]) -> str:
    """Write 第十二条第二款第(三)项; an article of one 款 does not say 第一款."""
    article, *below = units
    several = any(child.style == "paragraph" for child in article.children)
    first = "第一款" if several and not (below and below[0].style == "paragraph") else ""
    rest = (u.mark.text for u in below if u.mark)
    shown = "".join(text if text.startswith("第") else f"第{text}{'目' if text.isdigit() else '项'}" for text in rest)
    return f"{article.mark.text if article.mark else ''}{first}{shown}"


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
