"""The cleaned text as lines, each a whole paragraph or a row of a table, that know where they stood in the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from index.clean import line_spans
from index.figures import DOC_NO
from index.marks import mark_at, starts_with_mark
from index.open_lines import goes_on
from index.types import Line

_CHROME_FILE = Path(__file__).parent / "data" / "chrome.txt"
_SENTENCE_END = re.compile(
    r"[。；;：:！!？?…][”』」\"）)]*$|[）)]$|(?<=[\u4e00-\u9fff])[.．]$"
)  # older files write . for 。
_DAY = r"[0-9０-９一二三四五六七八九十\s]{1,5}"
DATE_LINE = re.compile(rf"^[（(]?\s*[0-9０-９零〇○◯ＯO一二三四五六七八九十\s]{{4,9}}年{_DAY}月{_DAY}日\s*[）)]?$")
ANNEX = re.compile(
    r"^[（(【]?附\s*(?:(?P<kind>件|表|录)\s*(?P<number>[0-9０-９一二三四五六七八九十A-Z]{1,3}(?:\s*[-－—]\s*[0-9]{1,2})?)?\s*[】）)]?\s*[:：.．、]?|[:：])\s*"
)
# 第八条（收费方式）, its text on the next line: the name is part of the article, and its text is the first 款.
_ARTICLE_NAME = re.compile(r"第[零〇一二三四五六七八九十百千0-9]+条\s*[（(【][^（）()【】]{1,25}[）)】]")
_LONG_LINE = 40  # a heading is shorter; a line this long without an end mark was cut by a page break
_WRAP_WIDTHS = range(16, 61)  # of lines broken by hand or by a printer, in characters
_COMMA_LINE = 6  # characters of a line that a comma ends: 检查结果公布后，⏎酌情作出以下处理
_LISTED = 8  # characters of an entry of a list
_WRAP_SHARE = 0.6  # of the lines that stop inside a sentence, those that are as long as lines get
_GLUED_LENGTH = 200
_GLUED = re.compile(r"(?<=[。：: ])(?=(?:一、.{4,}[。 ]二、|第一[章条].{4,}第二条))", re.S)
_GLUED_SIGNATURE = re.compile(
    r"(?<=[。）)]) (?:[\u4e00-\u9fff]{4,30} )?[0-9零〇○一二三四五六七八九十]{4}年.{1,4}月.{1,4}日(?: .{0,80})?$"
)
_HEAD_GAP = re.compile(r" +|(?<=[:：])(?=.{20})")
_SAMPLE = 60  # lines of a run that tell whether it is a page
_REPEATED = 200  # characters of a run of lines that make it a page said twice


def read_lines(source: str, cleaned: str) -> tuple[list[Line], tuple[str, ...]]:
    """Return the paragraphs and rows of a cleaned text, and the names of the steps that changed its lines."""
    raw = _raw_lines(source, cleaned)
    steps: tuple[tuple[str, Callable[[list[Line]], list[Line]]], ...] = (
        ("去除网页杂项", lambda lines: [line for line in lines if not is_chrome(line.text)]),
        ("拆开连成一行的正文", unglue),
        ("合并断行", join_broken),
        ("去除重复页", drop_repeated),
    )
    lines, done = raw, []
    for name, step in steps:
        changed = step(lines)
        if _said(changed) != _said(lines):
            done.append(name)
        lines = changed
    return lines, tuple(done)


def _said(lines: list[Line]) -> list[str]:
    return [text for line in lines if (text := line.text.strip(" "))]


def is_prose(text: str) -> bool:
    """True for a line that holds a sentence."""
    return len(text) >= 12 and bool(_SENTENCE_END.search(text)) and bool(re.search(r"[,，。；;]", text))


def says(text: str) -> bool:
    """True for a line that is a sentence, however short: 补助标准见下表。"""
    return is_prose(text) or bool(re.search(r"^.{4,}[。；;](?:[”』」\"）)])?$", text))


def is_whole(text: str) -> bool:
    """True for a line that ends as a sentence does."""
    return bool(_SENTENCE_END.search(text))


@cache
def _chrome() -> re.Pattern[str]:
    rows = _CHROME_FILE.read_text("utf-8").splitlines()
    return re.compile("|".join(f"(?:{row})" for row in rows if row and row[0] != "#"), re.I)


def is_chrome(text: str) -> bool:
    """True for a line that only a page has: 上一篇, 字号:大 中 小, — 3 —."""
    return len(text) <= 200 and bool(_chrome().search(text))


def _raw_lines(source: str, cleaned: str) -> list[Line]:
    """Return the cleaned lines with their places in the source; an indent is kept as one leading space."""
    spans = line_spans(source)
    texts = cleaned.split("\n")
    if len(spans) != len(texts):  # a step moved line ends: the lines are right, their places are not known
        return [Line(_edges(text)) for text in texts]
    return [Line(_edges(text), (span,)) for text, span in zip(texts, spans, strict=True)]


def _edges(text: str) -> str:
    return text.strip(" ") if text.startswith("\x1e") else text.rstrip(" ")


def unglue(lines: list[Line]) -> list[Line]:
    """Cut a line that holds a whole document at what stands before its first number, and at its signature."""
    cut: list[Line] = []
    for line in lines:
        first = _GLUED.search(line.text) if len(line.text) >= _GLUED_LENGTH and not line.is_row else None
        if first is None or starts_with_mark(line.text):
            cut.append(line)
            continue
        body = line.text[first.start() :]
        signed = _GLUED_SIGNATURE.search(body)
        tail = signed[0].split() if signed else []
        pieces = [*_HEAD_GAP.split(line.text[: first.start()]), body[: signed.start()] if signed else body, *tail]
        cut += [Line(piece.strip(), line.pieces) for piece in pieces if piece.strip()]
    return cut


def join_broken(lines: list[Line]) -> list[Line]:
    """Join what a page break or a hard wrap cut; drop empty lines and indents."""
    width = _wrap_width(lines)
    indents = width is not None and _indents(lines)
    joined: list[Line] = []
    last = ""  # the line that stood before, as it was
    for line in lines:
        text = line.text.strip(" ")
        if not text:
            last = last if width is None or not last else f"{last}\n"
            continue
        if (
            joined
            and not line.is_row
            and not joined[-1].is_row
            and _continues(joined[-1].text, last, line.text, width, indents)
        ):
            joined[-1] = Line(_glue(joined[-1].text, text), joined[-1].pieces + line.pieces)
        else:
            joined.append(replace(line, text=text))
        last = line.text
    return joined


def _glue(left: str, right: str) -> str:
    """Two words of Latin letters keep their space; Chinese has none."""
    return (
        f"{left} {right}"
        if left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalpha()
        else left + right
    )


def _continues(paragraph: str, last: str, line: str, width: int | None, indents: bool) -> bool:
    """True if the line goes on with the sentence before it."""
    text = line.strip(" ")
    if DATE_LINE.match(text) or (ANNEX.match(text) and len(text) < _LONG_LINE) or DOC_NO.match(text):
        return False
    if goes_on(paragraph, text):
        return True
    if starts_paragraph(text):
        return False
    if _ARTICLE_NAME.fullmatch(paragraph):
        return True
    if last.startswith(" ") and not line.startswith(" ") and not last.endswith("\n") and len(last) > _WRAP_WIDTHS.start:
        return not _SENTENCE_END.search(last)  # an indented line and the rest of its paragraph
    if width is not None and not last.endswith("\n"):
        indented, full = line.startswith(" "), len(last.strip(" ")) >= width - 2
        if full and not indented and (indents or not _SENTENCE_END.search(last)):
            return True
    return _is_cut(paragraph) or _stops_at_comma(paragraph, text)


def _stops_at_comma(line: str, after: str) -> bool:
    """True for `检查结果公布后，`⏎`酌情作出以下处理：`, not for a list: `主席，`⏎`副主席若干人，`⏎`委员若干人。`."""
    if len(line) >= _WRAP_WIDTHS.start:
        return line[-1] in "，,、"
    is_listed = after[-1] in "，,、" or len(after) <= _LISTED
    return len(line) >= _COMMA_LINE and line[-1] in "，," and not is_listed


def _indents(lines: Sequence[Line]) -> bool:
    """True for a text whose paragraphs are indented: a line that is not goes on with the one above."""
    marked = [line.text.startswith(" ") for line in lines if not line.is_row and starts_paragraph(line.text.strip(" "))]
    return len(marked) > 2 and sum(marked) > 0.8 * len(marked)


def starts_paragraph(text: str) -> bool:
    """True for a line that opens with a number of its own, not with `3.5万元` or `第(五)项`."""
    mark = mark_at(text)
    return mark is not None and not mark.is_doubtful


def _is_cut(line: str) -> bool:
    if len(line) < _LONG_LINE or _SENTENCE_END.search(line) or "|" in line:
        return False
    return "。" in line or line.count("《") > line.count("》")


def _wrap_width(lines: Sequence[Line]) -> int | None:
    """Return the width at which the lines were wrapped, None if they were not."""
    lengths = [len(line.text.strip(" ")) for line in lines if not line.is_row]
    long = [length for length in lengths if length >= _WRAP_WIDTHS.start - 1]
    if len(long) < 8:
        return None
    width = sorted(long)[int(len(long) * 0.95)]
    cut = [len(line.text.strip(" ")) for line in lines if not line.is_row and not _SENTENCE_END.search(line.text)]
    cut = [length for length in cut if length >= _WRAP_WIDTHS.start]
    near = sum(width - 4 <= length <= width + 2 for length in cut)
    return width if width in _WRAP_WIDTHS and near >= max(3, _WRAP_SHARE * len(cut)) else None


def drop_repeated(lines: list[Line]) -> list[Line]:
    """Drop the second copy of a run of lines: a page that was scraped or pasted twice."""
    first: dict[str, int] = {}
    kept: list[Line] = []
    i = 0
    while i < len(lines):
        start = first.get(lines[i].text)
        run = _run(lines, start, i) if start is not None and len(lines[i].text) >= 20 else 0
        if run:
            i += run
            continue
        first.setdefault(lines[i].text, i)
        kept.append(lines[i])
        i += 1
    return kept


def _run(lines: list[Line], start: int, again: int) -> int:
    """Return how many lines from `again` repeat those from `start`, 0 if too few to be a page."""
    if lines[again].is_row:
        return 0
    most = min(again - start, len(lines) - again)
    count = 0
    while count < most and lines[start + count].text == lines[again + count].text:
        count += 1
        if count == _SAMPLE and not _is_page(lines[again : again + count]):
            return 0  # a list that says the same again and again
    return count if _is_page(lines[again : again + min(count, _SAMPLE)]) else 0


def _is_page(lines: Sequence[Line]) -> bool:
    told = {line.text for line in lines}
    return len(told) >= 3 and sum(map(len, told)) >= _REPEATED
