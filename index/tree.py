"""Lines -> the tree of their units, decided by the sequence of the numbers and not by one pattern."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, pairwise

from index.lines import is_prose, is_whole
from index.marks import RANKS, Mark, inline_marks, is_reference, mark_at, may_be_amount, plain_number, question_at
from index.types import Line

_DEPARTMENT_NOTE = re.compile(r"[（(][^（()）]*(?:负责|参与|牵头)[^（()）]*[）)]\s*$")
# A paragraph that turns from the last item to all of them: it closes the section, not the item.
_CLOSER = re.compile(r"^(?:以上|上述|原则上|各(?:级|地|县|市|区|省|盟|旗|州|有关|部门|单位|相关))")
_AMENDS = re.compile(r"(?:修改为|修改成|增加|作为|改为|规定为|表述为|内容为|如下)[^“]{0,20}[:：]?\s*“")
_MAX_QUOTED = 120  # lines of an amendment; a quotation longer than that was never closed
_MAX_GAP = 3  # numbers that a text may lack
_MAX_HEADING = 25
_TAIL = 500  # characters of a unit that tell how it ends
_MIN_BROKEN = 15  # characters of an item that may have been cut; a shorter one is whole without its mark


@dataclass(slots=True)
class Unit:
    """A node while the tree grows: its mark, its own pieces of text, its children, its path."""

    mark: Mark | None
    spans: list[tuple[int, int]] = field(default_factory=list)
    children: list[Unit] = field(default_factory=list)
    path: str = ""

    @property
    def style(self) -> str:
        return self.mark.style if self.mark else ""

    @property
    def numbers(self) -> tuple[int, ...]:
        return (*self.mark.above, self.mark.number) if self.mark else ()


def is_heading_only(text: str) -> bool:
    """True for a heading that stands alone: `(一)强化组织领导。` before its paragraph."""
    return len(text) <= 60 and (text.count("。") + text.count("；") == 0 or text.find("。") == len(text) - 1)


class Tree:
    """Grows the units of one part of a document, the main text or an annex, under `root`."""

    def __init__(self, root: Unit, text: str, lines: Sequence[Line], starts: Sequence[int]) -> None:
        self._text = text
        self._lines = lines
        self._starts = starts
        self._open: list[Unit] = [root]
        self._seen: dict[str, int] = {}  # the last number of each style in this part
        self._table: Unit | None = None

    def grow(self) -> None:
        """Hang every line on its unit."""
        headings = self._headings
        for i, line in enumerate(self._lines):
            start, end = self._starts[i], self._starts[i] + len(line.text)
            if line.row is not None:
                self._add_row(line.row, (start, end))
                continue
            self._table = None
            if i in headings:
                self._open_section((start, end))
                continue
            for mark, piece in self._pieces(i):
                if mark:
                    self._open_unit(mark, i).spans.append((start + piece[0], start + piece[1]))
                else:
                    self._continue((start + piece[0], start + piece[1]))

    # --- what is a number

    @cached_property
    def _marks(self) -> list[Mark | None]:
        """The number that each line opens with, of those that could be a clause's."""
        quoted = self._quoted
        return [
            None if line.row is not None or i in quoted else self._first_mark(line.text)
            for i, line in enumerate(self._lines)
        ]

    @staticmethod
    def _first_mark(line: str) -> Mark | None:
        mark = question_at(line) or mark_at(line)
        return None if mark is None or is_reference(line, mark) and mark.style not in ("han", "chapter") else mark

    @cached_property
    def _quoted(self) -> frozenset[int]:
        """The lines inside a quotation that an earlier line opened: the new wording in an amendment."""
        inside: set[int] = set()
        opened: int | None = None
        for i, line in enumerate(self._lines):
            if opened is not None:
                inside.add(i)
            last = max(line.text.rfind("“"), line.text.rfind("”"))
            if opened is not None and last >= 0 and line.text[last] == "”":
                opened = None
            elif opened is None and last >= 0 and line.text[last] == "“" and _AMENDS.search(line.text):
                opened = i if any("”" in after.text for after in self._lines[i + 1 : i + _MAX_QUOTED]) else None
        return frozenset(inside)

    @cached_property
    def _places(self) -> dict[tuple[str, tuple[int, ...]], list[int]]:
        """Where each number stands at the head of a line, to look ahead for the one that follows."""
        places: dict[tuple[str, tuple[int, ...]], list[int]] = {}
        for i, mark in enumerate(self._marks):
            if mark:
                places.setdefault((mark.style, (*mark.above, mark.number)), []).append(i)
        return places

    def _follows(self, mark: Mark, i: int, style: str | None = None, by: int = 1) -> int | None:
        """Return the first line after `i` with the number after a mark's, or None."""
        found = self._places.get((style or mark.style, (*mark.above, mark.number + by)), [])
        at = bisect_right(found, i)
        return found[at] if at < len(found) else None

    def _is_clause(self, mark: Mark, i: int) -> bool:
        """Whether a number carries on a sequence, or opens one."""
        if mark.style == "question":
            return True
        if mark.style == "decimal":
            return self._is_decimal(mark, i)
        if mark.style == "bare":
            over = self._follows(Mark("decimal", 0, 0, 0, above=(mark.number,)), i)
            return (over is not None and over <= i + 3) or (self._is_decimal_text and self._fits(mark, i))
        return self._fits(mark, i)

    @cached_property
    def _is_decimal_text(self) -> bool:
        return sum(style == "decimal" for style, _ in self._places) > 1

    def _is_decimal(self, mark: Mark, i: int) -> bool:
        """Whether 2.6 is a number: it stands under 2 and after 2.5, or begins a text numbered so."""
        under = any(unit.numbers == mark.above for unit in self._open if unit.mark)
        before = [u.mark.number for u in self._open if u.mark and u.style == "decimal" and u.mark.above == mark.above]
        if may_be_amount(self._lines[i].text, mark) or not under:
            goes_on = bool(before) and 0 < mark.number - before[0] <= (1 if under else _MAX_GAP)
            opens = mark.number == 1 and (under or ("decimal", (*mark.above, 2)) in self._places)
            return goes_on or opens
        return mark.number > before[0] if before else mark.number == 1 or self._is_decimal_text

    def _fits(self, mark: Mark, i: int) -> bool:
        number, style = mark.number, mark.style
        if self._is_tight(mark, i) and number > 1:
            return number - 1 in (self._open_number(style), self._seen.get(style))
        last = self._open_number(style)
        seen = self._seen.get(style)
        if number - 1 in (last, seen) and number > 1:
            return True
        if number == 1:
            return not mark.is_doubtful or self._opens_list(mark, i)
        if mark.is_doubtful:
            return False
        if style in ("article", "chapter") and number > max(last or 0, seen or 0) and self._stands_apart(mark, i):
            return True  # an extract of a law leaves articles out
        if style == "article" and self._stands_apart(mark, i) and self._starts_run(mark, i):
            return True
        if last is None:
            return self._follows(mark, i) is not None or (seen is not None and 0 < number - seen <= _MAX_GAP)
        if number == last:
            return mark.suffix > 0 or style != "article" and not is_reference(self._lines[i].text, mark)
        goes_on = self._follows(mark, i) is not None
        return number > last and (number - last <= _MAX_GAP or goes_on)

    def _stands_apart(self, mark: Mark, i: int) -> bool:
        """True where a space parts the number from its text, and no sentence is cut by it."""
        line = self._lines[i].text
        before = self._lines[i - 1].text if i else ""
        return line[mark.end - 1] in " :：" and (not before or is_whole(before) or len(before) <= _MAX_HEADING)

    def _starts_run(self, mark: Mark, i: int) -> bool:
        """True where the next two articles carry on from a number that falls back: a code whose books were put in another order."""
        after = (m.number for m in islice(self._marks, i + 1, None) if m and m.style == "article")
        return list(islice(after, 2)) == [mark.number + 1, mark.number + 2]

    def _open_number(self, style: str) -> int | None:
        return next((unit.mark.number for unit in self._open if unit.mark and unit.mark.style == style), None)

    def _is_tight(self, mark: Mark, i: int) -> bool:
        """True where a digit follows the number, which may be an amount: `8.160千瓦及以下`."""
        line = self._lines[i].text
        return mark.style == "arabic" and line[mark.end : mark.end + 1].isdigit() and line[mark.end - 1] in ".．"

    def _opens_list(self, mark: Mark, i: int) -> bool:
        """True if a doubtful first number (一是, 第一,) is followed by a second at the head of a line of its own."""
        second, again = self._follows(mark, i), self._follows(mark, i, by=0)
        if second is None or (again is not None and again < second):
            return False
        return mark.style != "spoken" or "二是" not in self._lines[i].text

    # --- where it hangs

    def _pieces(self, i: int) -> Iterator[tuple[Mark | None, tuple[int, int]]]:
        """Cut a line at its numbers: its own, and those of clauses glued to its end."""
        line = self._lines[i].text
        first = self._marks[i]
        if first and not self._is_clause(first, i):
            first = plain_number(line) if first.style == "decimal" else None
            first = first if first and self._fits(first, i) else None
        expected = {unit.mark.style: unit.mark.number + 1 for unit in self._open if unit.mark}
        if first:
            expected[first.style] = first.number + 1
        cuts: list[tuple[Mark | None, int]] = [(first, 0)]
        inner = (
            []
            if i in self._quoted
            else [m for m in inline_marks(line) if not m.is_doubtful and not is_reference(line, m)]
        )
        for at, mark in enumerate(inner):
            if expected.get(mark.style) == mark.number and line[: mark.start].rstrip()[-1] not in "：:":
                expected[mark.style] += 1
            elif mark.number == 1 and self._opens_inline(line, inner, at, i):
                expected[mark.style] = 2
            else:
                continue
            cuts.append((mark, mark.start))
        ends = [start for _, start in cuts[1:]] + [len(line)]
        for (cut, start), end in zip(cuts, ends, strict=True):
            yield cut, (start, end)

    def _opens_inline(self, line: str, inner: list[Mark], at: int, i: int) -> bool:
        """True for a first number glued to its heading: `一、要点。(一)甲。(二)乙。`"""
        mark = inner[at]
        before = "。" if line[mark.start - 1] == " " else line[mark.start - 1]
        if before not in "。：:" or (before in "：:" and mark.style not in ("bracketed_han", "article")):
            return False
        if any(later.style == mark.style and later.number == 2 for later in inner[at + 1 :]):
            return True
        following = next(filter(None, self._marks[i + 1 : i + 5]), None)
        return before == "。" and following is not None and (following.style, following.number) == (mark.style, 2)

    def _open_unit(self, mark: Mark, i: int) -> Unit:
        """Close the units that a number ends and open its own."""
        if mark.style == "question":
            mark = replace(mark, number=mark.number or self._seen.get("question", 0) + 1)
        depth = self._depth(mark, i)
        del self._open[depth:]
        unit = Unit(mark)
        self._open[-1].children.append(unit)
        self._open.append(unit)
        self._seen[mark.style] = mark.number
        return unit

    def _depth(self, mark: Mark, i: int) -> int:
        """Return how many open units stay open: a style seen above returns to its level."""
        if mark.style == "decimal":
            above = next((d for d, unit in enumerate(self._open) if unit.mark and unit.numbers == mark.above), None)
            if above is not None:
                return above + 1
        for depth, unit in enumerate(self._open):
            if unit.mark and unit.style == mark.style and len(unit.mark.above) == len(mark.above):
                return depth
        depth = len(self._open)
        while depth > 1 and self._is_closed_by(self._open[depth - 1], mark, i):
            depth -= 1
        return depth

    def _is_closed_by(self, unit: Unit, mark: Mark, i: int) -> bool:
        """True if a number of a higher style ends an open unit: unless that unit's own sequence goes on after it."""
        if unit.mark is None or unit.style in ("ordinal", "section_heading"):
            return False
        if RANKS.get(mark.style, 0) >= RANKS[unit.style]:
            return False
        return mark.number > 1 or self._follows(unit.mark, i) is None

    # --- what has no number

    @cached_property
    def _headings(self) -> frozenset[int]:
        """The short lines that head sections without a number: each opens a numbering anew, or there is none at all."""
        found = [i for i in range(len(self._lines)) if self._is_heading(i)]
        marks = [(i, mark) for i, mark in enumerate(self._marks) if mark and not mark.is_doubtful]
        if len(found) < 2:
            return frozenset()
        if marks:
            top = min((mark for _, mark in marks), key=lambda mark: RANKS.get(mark.style, 0)).style
            groups = [
                [m.number for i, m in marks if a < i < b and m.style == top]
                for a, b in pairwise([*found, len(self._lines)])
            ]
            opened = [group[0] for group in groups if group]
            if set(opened) != {1} or marks[0][0] < found[0]:
                return frozenset()
        return frozenset(found)

    def _is_heading(self, i: int) -> bool:
        text = self._lines[i].text
        if (
            self._lines[i].row is not None
            or self._marks[i]
            or not 2 <= len(text) <= _MAX_HEADING
            or i + 1 >= len(self._lines)
        ):
            return False
        if re.search(r"[。，；：！,;:!.\d]$|^[（(“]|[。；]", text) or not re.search(r"[\u4e00-\u9fff]{2}", text):
            return False
        if i and self._lines[i - 1].row is None and not is_whole(self._lines[i - 1].text):
            return False
        after = self._lines[i + 1]
        return after.row is None and (self._marks[i + 1] is not None or is_prose(after.text))

    def _open_section(self, piece: tuple[int, int]) -> None:
        del self._open[1:]
        number = 1 + sum(child.style == "section_heading" for child in self._open[0].children)
        unit = Unit(Mark("section_heading", number, 0, 0), [piece])
        self._open[0].children.append(unit)
        self._open.append(unit)
        self._seen.clear()

    def _add_row(self, row: int, piece: tuple[int, int]) -> None:
        """Hang a row of a table on its table, and the table on the unit it stands in."""
        if self._table is None or (row == 0 and any(child.style == "row" for child in self._table.children)):
            parent = self._open[-1]
            number = 1 + sum(child.style == "table" for child in parent.children)
            self._table = Unit(Mark("table", number, 0, 0))
            parent.children.append(self._table)
        if row == 0:
            self._table.spans.append(piece)
        else:
            self._table.children.append(Unit(Mark("row", row, 0, 0), [piece]))

    def _continue(self, piece: tuple[int, int]) -> None:
        """Add an unnumbered paragraph to the last unit, or to its heading if it closes the section."""
        article = next((d for d, unit in enumerate(self._open) if unit.style == "article"), None)
        unit = self._open[-1]
        said = self._text[max(unit.spans[-1][0], unit.spans[-1][1] - _TAIL) : unit.spans[-1][1]] if unit.spans else ""
        if article is not None and not self._is_half(unit, said):
            self._open_paragraph(article).spans.append(piece)
            return
        paragraph = self._text[piece[0] : piece[1]]
        has_note, notes_again = _DEPARTMENT_NOTE.search(said), _DEPARTMENT_NOTE.search(paragraph)
        closes = (has_note and not notes_again) or (_CLOSER.match(paragraph) and not is_heading_only(said))
        if closes and len(self._open) > 2 and not unit.children:
            del self._open[-1]
            unit = self._open[-1]
        if unit.spans and unit.spans[-1][1] + 1 == piece[0]:
            unit.spans[-1] = (unit.spans[-1][0], piece[1])
        else:
            unit.spans.append(piece)

    @staticmethod
    def _is_half(unit: Unit, said: str) -> bool:
        """True for a line of an article that stops inside its sentence: `不低于` above `30平方米;`, `…执行；` above `用气的，…`."""
        if unit.style == "article" and said.endswith(("；", ";")):
            return True
        if is_whole(said):
            return False
        return unit.style in ("article", "paragraph") or len(said) >= _MIN_BROKEN

    def _open_paragraph(self, article: int) -> Unit:
        """Open the next 款 of an article: each of its unnumbered paragraphs is one, its own line the first."""
        del self._open[article + 1 :]
        number = 2 + sum(child.style == "paragraph" for child in self._open[article].children)
        unit = Unit(Mark("paragraph", number, 0, 0))
        self._open[article].children.append(unit)
        self._open.append(unit)
        return unit
