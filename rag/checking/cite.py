"""Claims -> checked statements with citations: nothing is shown that its clause does not bear out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.figures import DOC_NO, find_figures, iso_date, normal_doc_no
from index.regions import find_regions
from index.tokens import normalise
from index.types import Clause
from rag.checking.faithful import faults
from rag.types import Citation, Statement

_OK = "ok"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Quantities in words that are no figure: 三分之一, 贰佰伍拾, 过半.
_NUMBER_WORDS = re.compile(
    r"[一二三四五六七八九十]+分之[一二三四五六七八九十]+|[壹贰叁肆伍陆柒捌玖拾佰仟]{2,}|过半|半数|一半|翻[一两二三]?番|翻倍"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice of a clause's text."""

    clause: Clause
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.clause.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer before it is checked, with the quotes that should bear it out.

    One that a model has `written` is in its own words, and is held to more than one that code took from a clause;
    the `side` that code puts before it in a comparison is not.
    """

    text: str
    quotes: tuple[Quote, ...]
    written: bool = False
    side: str = ""

    @property
    def said(self) -> str:
        return f"{self.side}: {self.text}" if self.side else self.text


def check(claim: Claim, allowed: Iterable[str]) -> dict[str, str]:
    """Return each check of a claim: "ok", or what failed it.

    `numbers`: every quantity, date and 文号 is in a cited clause, as a whole quantity. `places`:
    every place is named by a cited clause or is its document's own. `scope`: every cited
    document is among the `allowed` doc_ids. What a model has written is checked as `faithful.py` says, too.
    """
    clauses = [quote.clause for quote in claim.quotes]
    documents = set(allowed)
    strays = [clause.clause_id for clause in clauses if clause.doc.doc_id not in documents]
    checks = {
        "numbers": _foreign_numbers(claim.said, clauses),
        "places": _foreign_places(claim.said, clauses),
        "scope": strays,
    }
    if claim.written:
        checks |= faults(claim.text, clauses)
    return {name: _verdict(found) for name, found in checks.items()}


def passes(checks: dict[str, str]) -> bool:
    return all(verdict == _OK for verdict in checks.values())


def cite(claims: Sequence[Claim], allowed: Iterable[str]) -> tuple[tuple[Statement, ...], tuple[Citation, ...], int]:
    """Return the statements that pass with their citations numbered, and how many were withheld."""
    allowed = set(allowed)
    numbers: dict[tuple[str, int, int], int] = {}
    statements: list[Statement] = []
    citations: list[Citation] = []
    for claim in claims:
        checks = check(claim, allowed)
        if not claim.quotes or not passes(checks):
            continue
        cited = []
        for quote in claim.quotes:
            key = (quote.clause.clause_id, quote.start, quote.end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(Citation(numbers[key], quote.clause, quote.start, quote.end))
            cited.append(numbers[key])
        statements.append(Statement(claim.said, tuple(cited), checks))
    return tuple(statements), tuple(citations), len(claims) - len(statements)


def render(statements: Sequence[Statement]) -> str:
    """Return the statements as text, each with the marks 〔n〕 of its citations."""
    return "\n".join(s.text + "".join(f"〔{n}〕" for n in s.citations) for s in statements)


def _verdict(found: Sequence[str]) -> str:
    return f"与条款不符: {'、'.join(found)}" if found else _OK


def _foreign_numbers(text: str, clauses: Sequence[Clause]) -> list[str]:
    """Return the quantities, dates and 文号 of a text that no clause, nor its document, states."""
    stated: set[tuple[str, str]] = set()
    doc_nos: set[str] = set()
    for clause in clauses:
        stated |= {(f.value, f.unit) for f in clause.figures}
        stated |= {part for f in clause.figures if f.kind == "date" for part in _date_parts(f.value)}
        stated |= {(value, "日期") for value in _own_dates(clause)}
        doc_nos |= {normal_doc_no(m) for m in DOC_NO.finditer(clause.text)}
        doc_nos |= {name for name in (clause.doc.doc_no, clause.doc.interprets) if name}
    figures = find_figures(text)
    foreign = [f.text for f in figures if (f.value, f.unit) not in stated]
    named = list(DOC_NO.finditer(text))
    foreign += [name for m in named if not any((name := normal_doc_no(m)).endswith(held) for held in doc_nos)]
    known = [(f.start, f.end) for f in figures] + [m.span() for m in named]
    held = normalise(" ".join(f"{clause.doc.title} {clause.text}" for clause in clauses))
    return foreign + _foreign_numerals(_without(text, known), held)


def _date_parts(value: str) -> set[tuple[str, str]]:
    """Return the month and day of a date as an answer may repeat them without the year: 6月底前."""
    return {(str(int(part)), unit) for part, unit in zip(value.split("-")[1:], "月日", strict=False)}


def _foreign_numerals(text: str, held: str) -> list[str]:
    """Return the bare numbers of a text that no clause has whole, and the words for numbers that none has."""
    numbers = set(_NUMBER.findall(held))
    plain = normalise(text)
    foreign = [number for number in _NUMBER.findall(plain) if number not in numbers]
    return foreign + [word for word in _NUMBER_WORDS.findall(plain) if word not in held]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)


def _own_dates(clause: Clause) -> set[str]:
    """Return the dates of the clause's document, at each precision, and the year it is about."""
    doc = clause.doc
    dates = [d for d in (doc.date_issued, doc.date_published, iso_date(doc.title)) if d]
    return {str(doc.year), *dates, *(d[:7] for d in dates), *(d[:4] for d in dates)}


def _foreign_places(text: str, clauses: Sequence[Clause]) -> list[str]:
    held = [f"{''.join(c.doc.region)}{c.doc.title}{c.text}" for c in clauses]
    places = (m for m in find_regions(text))
    return [m.text for m in places if not any(m.text in h or r.name in h for h in held for r in m.candidates)]
