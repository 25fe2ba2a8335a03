"""From the cleaned text back to the source text: runs of characters that stand in both, one for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.repairs.glyphs import unify_glyphs
from index.repairs.script import simplify
from index.repairs.width import narrow
from index.types import Line

_MARKS = {"\x1e", "\x1f"}  # between the cells of a table, in no cleaned text

Run = tuple[int, int, int]  # start in the cleaned text, start in the source text, length


def runs_of(lines: Sequence[Line], source: str) -> tuple[Run, ...]:
    """Return the runs of a document whose text is its lines, in order; what was put in or changed in length is in none."""
    runs: list[Run] = []
    start = 0
    for line in lines:
        for run in _line_runs(line, source):
            _add(runs, (start + run[0], run[1], run[2]))
        start += len(line.text) + 1
    return tuple(runs)


def source_span(runs: Sequence[Run], start: int, end: int) -> tuple[int, int] | None:
    """Return where a slice of the cleaned text stands in the source text, from its first to its last known character."""
    inside = [(max(start, at), min(end, at + n), shift - at) for at, shift, n in runs if at < end and start < at + n]
    if not inside:
        return None
    return min(a + shift for a, _, shift in inside), max(b + shift for _, b, shift in inside)


def _line_runs(line: Line, source: str) -> Iterator[Run]:
    if not line.pieces:
        return
    raw = "".join(source[a:b] for a, b in line.pieces)
    for at, in_raw, length in _matches(line.text, raw):
        yield from _placed(at, in_raw, length, line.pieces)


def _matches(text: str, raw: str) -> Iterator[Run]:
    """Yield the runs that two strings share; a character turned into another (traditional, full-width) counts as the same."""
    at = raw.find(text)
    if at >= 0:
        yield 0, at, len(text)
        return
    from rapidfuzz.distance import Levenshtein

    for op in Levenshtein.opcodes(text, _folded(raw)):
        same = op.src_end - op.src_start == op.dest_end - op.dest_start
        if op.tag == "equal" or (op.tag == "replace" and same and not _MARKS & set(raw[op.dest_start : op.dest_end])):
            yield op.src_start, op.dest_start, op.src_end - op.src_start


def _folded(raw: str) -> str:
    """Return a text of the same length with each character as cleaning turns it, so that only what moved differs."""
    chars = sorted({char for char in raw if char > "\x7f"})
    if not chars:
        return raw
    turned = simplify("\n".join(chars)).split("\n")
    folded = (narrow(unify_glyphs(char)) for char in turned)
    return raw.translate({ord(char): new for char, new in zip(chars, folded, strict=True) if len(new) == 1})


def _placed(at: int, in_raw: int, length: int, pieces: Sequence[tuple[int, int]]) -> Iterator[Run]:
    """Cut a run where the pieces of the line part, and give it its place in the source."""
    before = 0
    for start, end in pieces:
        first, last = max(in_raw, before), min(in_raw + length, before + end - start)
        if first < last:
            yield at + first - in_raw, start + first - before, last - first
        before += end - start


def _add(runs: list[Run], run: Run) -> None:
    if runs and runs[-1][0] + runs[-1][2] == run[0] and runs[-1][1] + runs[-1][2] == run[1]:
        runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + run[2])
    else:
        runs.append(run)
