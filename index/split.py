"""The parts of a document -> its clauses, each with its path, its label and its place in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from index.departments import first_department_leads, named_lead, responsible_departments
from index.figures import find_figures
from index.frame import Frame
from index.lines import is_prose
from index.tree import Tree, Unit, is_heading_only
from index.types import Clause, Document, Line

__all__ = ["body_lines", "body_text", "is_heading_only", "split_clauses"]

# Their paths carry a letter, for the numbers of articles run through them: `2` is 第二条, `c2` 第二章,
# `u1` a section without a number, `q1` a question, `t1.3` the third row of a table.
_LETTERS = {"part": "p", "chapter": "c", "section": "s", "section_heading": "u", "question": "q", "table": "t"}
_HEADING = re.compile(r"^[^。；;]{1,40}?[。？?]|^[^。；;]{1,40}$")
_ANNEX_NUMBER = re.compile(r"^\W*附\s*[件表录]?\s*([0-9０-９]{1,3}|[一二三四五六七八九十]{1,3})")
_HAN = "一二三四五六七八九十"


def body_lines(frame: Frame) -> tuple[Line, ...]:
    """Return the lines of a document that belong to a clause or a heading, in order."""
    return (*frame.preamble, *frame.body, *(line for annex in frame.annexes for line in annex))


def body_text(frame: Frame) -> str:
    """Return the text of a document: its lines, nothing else."""
    return "\n".join(line.text for line in body_lines(frame))


def split_clauses(doc: Document, frame: Frame) -> tuple[Clause, ...]:
    """Return the clauses in document order; every line of `doc.text` is in exactly one or cut among several."""
    root = Unit(None)
    _grow(root, doc.text, frame)
    taken: Counter[str] = Counter()
    for child in root.children:
        _name(child, "", taken)
    numbered = any(unit.mark for child in root.children for unit in _units(child))
    clauses = [clause for child in root.children for clause in _clauses(child, doc, (), numbered)]
    return tuple(_with_leads(clauses))


def _units(unit: Unit) -> Iterator[Unit]:
    yield unit
    for child in unit.children:
        yield from _units(child)


def _grow(root: Unit, text: str, frame: Frame) -> None:
    """Grow the tree of the main text, then of each annex under its own unit."""
    lines = body_lines(frame)
    starts = [0, *accumulate(len(line.text) + 1 for line in lines)]
    at = len(frame.preamble)
    if at:
        root.children.append(Unit(None, [(0, starts[at] - 1)], path="0"))
    end = at + len(frame.body)
    lead = Unit(None, path="0")
    Tree(lead, text, frame.body, starts[at:end]).grow()
    _take_lead(root, lead)
    taken: set[int] = set()
    for annex in frame.annexes:
        unit = Unit(None, path=f"a{_annex_number(annex[0].text, taken)}")
        root.children.append(unit)
        Tree(unit, text, annex, starts[end : end + len(annex)]).grow()
        end += len(annex)


def _take_lead(root: Unit, lead: Unit) -> None:
    """Hang a body on the root; text before its first number joins the preamble."""
    if lead.spans and root.children:
        root.children[0].spans += lead.spans
    elif lead.spans:
        root.children.append(Unit(None, lead.spans, path="0"))
    root.children += lead.children


def _annex_number(line: str, taken: set[int]) -> int:
    """Return the number that an annex bears, else its place among the annexes."""
    match = _ANNEX_NUMBER.match(line)
    number = len(taken) + 1
    if match:
        digits = match[1]
        number = int(digits) if digits.isdecimal() else _small_han(digits)
    while number in taken or not number:
        number += 1
    taken.add(number)
    return number


def _small_han(digits: str) -> int:
    tens, _, ones = digits.rpartition("十")
    ten = 10 * (_HAN.index(tens) + 1 if tens else 1) if "十" in digits else 0
    return ten + (_HAN.index(ones) + 1 if ones else 0)


def _name(unit: Unit, above: str, taken: Counter[str]) -> None:
    """Give a unit and those below it their paths; a number that comes again under one heading gets `-2`."""
    if unit.mark:
        unit.path = f"{above}.{_step(unit, above)}".lstrip(".")
    taken[unit.path] += 1
    if taken[unit.path] > 1:
        unit.path = f"{unit.path}-{taken[unit.path]}"
    in_annex = re.match(r"a\d+", unit.path)
    for child in unit.children:
        if child.style == "article":  # its number is unique in the law, whatever its chapter
            _name(child, in_annex[0] if in_annex else "", taken)
        elif unit.style == "article" and child.style not in ("paragraph", "table"):
            _name(child, f"{unit.path}.1", taken)  # the article's own line is its first 款
        else:
            _name(child, unit.path, taken)


def _step(unit: Unit, above: str) -> str:
    mark = unit.mark
    assert mark
    if mark.above and not f".{above}".endswith("." + ".".join(map(str, mark.above))):
        return ".".join(map(str, (*mark.above, mark.number)))  # 1.1 without a 1 above it
    letter = "" if mark.suffix < 0 else _LETTERS.get(mark.style, "")  # 问题3: has a number of its own
    return f"{letter}{mark.step}"


def _clauses(unit: Unit, doc: Document, trail: tuple[Unit, ...], numbered: bool) -> Iterator[Clause]:
    units = (*trail, unit)
    text = "\n".join(doc.text[start:end] for start, end in unit.spans)
    within = all(child.style in ("paragraph", "table") for child in unit.children)
    yield Clause(
        doc=doc,
        path=unit.path,
        path_text=_path_text(units, numbered),
        headings=tuple(_heading(doc.text, u) for u in trail if u.spans),
        spans=tuple(unit.spans),
        leaf=within and (_is_citable(unit, text) or not numbered),
        departments=responsible_departments(text),
        lead=named_lead(text),
        figures=find_figures(text),
    )
    for child in unit.children:
        yield from _clauses(child, doc, units, numbered)


def _is_citable(unit: Unit, text: str) -> bool:
    """True for a numbered unit, and for an annex that is prose without numbers."""
    if unit.mark:
        return unit.style != "table"
    return unit.path.startswith("a") and not unit.children and any(is_prose(line) for line in text.split("\n"))


def _path_text(units: tuple[Unit, ...], numbered: bool) -> str:
    if units[0].path == "0":
        return "引言" if numbered else "正文"
    annex = f"附件{units[0].path[1:]}" if not units[0].mark else ""
    styles = [u.style for u in units]
    if "article" in styles:  # an article's number is unique in its law
        return annex + _article_text(units[styles.index("article") :])
    last = max((i for i, u in enumerate(units) if u.mark and u.mark.above), default=0)
    return annex + "".join(_shown(u) for u in units[last:] if u.mark)


def _shown(unit: Unit) -> str:
    """Return a unit's number as a citation writes it; a section without one by its place."""
    mark = unit.mark
    assert mark
    named = {"section_heading": "第{}部分", "question": "第{}问", "table": "表{}", "row": "第{}行"}
    return named[mark.style].format(mark.number) if mark.style in named else mark.text


def _article_text(units: tuple[Unit, ...]) -> str:
    """Write 第十二条第二款第(三)项; an article of one 款 does not say 第一款."""
    article, *below = units
    several = any(child.style == "paragraph" for child in article.children)
    first = "第一款" if several and not (below and below[0].style == "paragraph") else ""
    rest = (_shown(u) for u in below if u.mark)
    shown = "".join(_item(text) for text in rest)
    return f"{article.mark.text if article.mark else ''}{first}{shown}"


def _item(text: str) -> str:
    if text.startswith(("第", "表")):
        return text
    return f"第{text}{'目' if text.isdigit() else '项'}"


def _heading(text: str, unit: Unit) -> str:
    line = text[unit.spans[0][0] : unit.spans[0][1]].split("\n")[0]
    match = _HEADING.match(line)
    return match[0].strip() if match else line[:40]


def _with_leads(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """Name the lead where the document once said that the department listed first leads."""
    first_leads = False
    for clause in clauses:
        first_leads = first_leads or first_department_leads(clause.text)
        if first_leads and clause.departments and not clause.lead:
            clause = replace(clause, lead=clause.departments[0])
        yield clause
