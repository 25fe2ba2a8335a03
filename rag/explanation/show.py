"""How an answer came about, for a terminal: in columns, where a Chinese character takes two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from rag.explanation import labels
from rag.trace import Candidate, PartTrace, Trace
from rag.types import Answer, Citation

_HEAD = 6  # columns of the words at the left: 两个字 and a space
_MARK = 5  # columns of 〔1〕
_CELL = 5  # of a number: 57.08
_INDENT = " " * 6
_ROOM = 26  # columns for a label: 二、(一)3  海府办发〔2015〕18号 takes 29


def show_trace(answer: Answer, width: int, note: str = "") -> str:
    """Return the trace of an answer as lines, those of scores of at most `width` columns; `note` is of the times."""
    trace = answer.trace or Trace()
    lines = [fit("── 检索过程 " + "─" * width, width)]
    lines += _row("问句", filter(None, [trace.text, labels.understood(trace)]))
    for n, part in enumerate(trace.parts, 1):
        lines += [f"【{labels.side(part, n)}】"] if len(trace.parts) > 1 else []
        lines += _part(part, trace, answer.citations, width)
    if not trace.parts:
        lines += _row("检索", [f"没有检索: {answer.answer}"])
    lines += _row("核对", [_checked(statement.citations, statement.checks) for statement in answer.statements])
    lines += _row("作答", filter(None, [labels.made(answer)]))
    return "\n".join([*lines, *_row("用时", [f"{_times(trace.times, answer.elapsed_ms)}{note}"])])


def columns(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: str, width: int) -> str:
    """Return the text cut to a width, with … where something is left out."""
    if columns(text) <= width:
        return text
    kept, taken = "", 1
    for char in text:
        taken += columns(char)
        if taken > width:
            break
        kept += char
    return kept + ("" if kept.endswith("─") else "…")


def pad(text: str, width: int) -> str:
    """Return the text set to the right of a column."""
    return " " * (width - columns(text)) + text


def _row(head: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines under a word at the left."""
    for line in lines:
        yield f"{head}{' ' * (_HEAD - columns(head))}{line}"
        head = ""


def _part(part: PartTrace, trace: Trace, citations: Sequence[Citation], width: int) -> Iterator[str]:
    """Yield what was understood by one part, what was found, and how sure that is."""
    yield from _row("理解", [labels.subject(part)])
    yield from _row("范围", [labels.scope(part)])
    yield from _row("词语", [fit(line, width - _HEAD) for line in labels.words_of(part.words)])
    yield from _row("条款", _table(part.candidates, citations, width - _HEAD))
    yield from _row("条款", filter(None, [labels.told(part)]))
    if part.confidence is not None:
        yield from _row("把握", [labels.conclusion(part.confidence, trace.threshold, bool(part.refusal))])
    yield from _row("疑点", part.doubts)
    yield from _row("拒答", filter(None, [labels.refusal(part)]))


def _table(candidates: Sequence[Candidate], citations: Sequence[Citation], width: int) -> Iterator[str]:
    """Yield a line of scores for each clause, and under it its best sentence, or those that the answer quotes."""
    if not candidates:
        return
    views = [name for name, _ in labels.ordered(candidates[0].views, labels.VIEWS)]
    yield _cells("", ("排序", "把握", "初检", *views))
    for at, candidate in enumerate(candidates, 1):
        cited = [one for one in citations if one.clause.clause_id == candidate.clause_id]
        mark = f"〔{cited[0].n}〕" if cited else f"{at:>4}"
        yield from _scores(mark, candidate, width)
        for one in cited:
            yield f"{_INDENT}引用: {_flat(one.cited_text)}"
        if not cited and candidate.sentence:
            yield fit(f"{_INDENT}{_flat(candidate.sentence)}", width)


def _scores(mark: str, candidate: Candidate, width: int) -> Iterator[str]:
    """Yield a clause's scores and its label beside them, or above them where there is little room."""
    views = (score for _, score in labels.ordered(candidate.views, labels.VIEWS))
    scores = [labels.number(s) for s in (candidate.score, candidate.sureness, candidate.fused, *views)]
    label = f"{candidate.path_text}  {candidate.document}"
    if width - columns(_cells(mark, scores)) >= _ROOM:
        yield fit(f"{_cells(mark, scores)}  {label}", width)
    else:
        yield fit(f"{_cells(mark, ())} {label}", width)
        yield _cells("", scores)


def _cells(mark: str, cells: Iterable[str]) -> str:
    """Return a mark and numbers, each set to the right of its column."""
    return " ".join([mark + " " * (_MARK - columns(mark)), *(pad(cell, _CELL) for cell in cells)])


def _checked(numbers: Sequence[int], checks: dict[str, str]) -> str:
    return f"{''.join(f'〔{n}〕' for n in numbers)} {labels.verdict(checks)}"


def _times(times: dict[str, float], whole: float) -> str:
    stages = "  ".join(f"{name} {ms:.1f}" for name, ms in labels.ordered(times, labels.STAGES))
    return f"{stages}  共 {whole:.1f} 毫秒"


def _flat(text: str) -> str:
    return " ".join(text.split())
