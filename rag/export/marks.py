"""The words of an answer with their marks 〔n〕 told apart from the marks that stand in what is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.types import Answer

_MARK = re.compile(r"〔(\d{1,3})〕")  # a 文号 has four digits: 〔2012〕
_MARKS_AT_END = re.compile(r"(?:〔\d{1,3}〕)+$")
_RULE = re.compile(r"\|(?: ?:?-{3,}:? ?\|)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words; `mark` is the n of a citation's mark, 0 for words, and `strong` says that it is what is cited."""

    text: str
    mark: int = 0
    strong: bool = False


Words = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison: its heading and its rows, each of as many cells."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]


def answer_parts(answer: Answer) -> Iterator[Words | Table]:
    """Yield the lines of an answer, and its comparisons as tables; empty lines are left out."""
    known = {citation.n for citation in answer.citations}
    marks = dict(own_marks(answer, known))
    lines = list(_lines(answer.answer))
    i = 0
    while i < len(lines):
        size = _table_size([line for _, line in lines[i:]])
        if size:
            yield _table([line for _, line in lines[i : i + size]], known)
        elif lines[i][1].strip():
            yield tuple(_words(answer.answer, lines[i][0], lines[i][0] + len(lines[i][1]), marks))
        i += size or 1


def plain_words(words: Sequence[Piece]) -> str:
    """Return the text of some words, marks and all."""
    return "".join(piece.text for piece in words)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with where it starts."""
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def own_marks(answer: Answer, known: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where the marks stand that are ours: one inside a statement's own words is quoted text."""
    quoted = list(_statement_spans(answer))
    for mark in _MARK.finditer(answer.answer):
        if int(mark[1]) in known and not any(start <= mark.start() < end for start, end in quoted):
            yield mark.span()


def _statement_spans(answer: Answer) -> Iterator[tuple[int, int]]:
    """Yield where the statements' own words stand."""
    done = 0
    for statement in answer.statements:
        words = re.sub(rf"(?:{_MARK.pattern}|[。;\s])+$", "", statement.text)
        start = answer.answer.find(words, done)
        if words and start >= 0:
            done = start + len(words)
            yield start, done


def _words(text: str, start: int, end: int, marks: dict[int, int]) -> Iterator[Piece]:
    done = start
    for at in sorted(at for at in marks if start <= at < end):
        if done < at:
            yield Piece(text[done:at])
        done = marks[at]
        yield Piece(text[at:done], mark=int(text[at + 1 : done - 1]))
    if done < end:
        yield Piece(text[done:end])


def _table_size(lines: Sequence[str]) -> int:
    """Return how many of the lines are a table that begins with them; 0 if none does."""
    if len(lines) < 3 or not lines[0].startswith("|") or not _RULE.fullmatch(lines[1].strip()):
        return 0
    return next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))


def _table(lines: Sequence[str], known: set[int]) -> Table:
    heading = tuple(_cells(lines[0]))
    rows = (_cells(line)[: len(heading)] for line in lines[2:])
    filled = ([*cells, *[""] * (len(heading) - len(cells))] for cells in rows)
    return Table(heading, tuple(tuple(tuple(_cell(cell, known)) for cell in row) for row in filled))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _cell(text: str, known: set[int]) -> Iterator[Piece]:
    """Yield the words of a cell; marks are those at its end, as what stands before them is quoted."""
    at_end = _MARKS_AT_END.search(text)
    words = text[: at_end.start()] if at_end else text
    if words:
        yield Piece(words)
    for mark in _MARK.finditer(text, at_end.start() if at_end else len(text)):
        yield Piece(mark[0], mark=int(mark[1]) if int(mark[1]) in known else 0)
