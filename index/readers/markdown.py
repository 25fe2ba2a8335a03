"""Markdown: told by strong evidence only; its marks are taken away line by line, its tables kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

from index.marks import starts_with_mark
from index.readers.text import read as read_text

_FRONT = re.compile(r"\s*---[ \t]*\r?\n((?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_PAIR = re.compile(r"([^\s:#-][^:]{0,60}?)[ \t]*:[ \t]+(\S.*)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")  # of a heading, or across the page
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})")
_BOLD = re.compile(r"\*\*[^\s*](?:[^*\n]{0,200}[^\s*])?\*\*")
_COLUMN = re.compile(r"\s*:?-+:?\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*")
_QUOTE = re.compile(r"(?: {0,3}>[ \t]?){0,50}")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?")
_ORDERED = re.compile(r"\d{1,9}[.)][ \t]")
_BLOCK_TAG = re.compile(r"<(?:p|div|table|tr|td|html|body|h[1-6])\b", re.I)
_REFERENCE = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S+.*")  # [1]: https://…
_TOP = 30  # lines in which a file's one heading stands, below what a site put above it
_MAX_COLUMNS = 200
_WRAPPED = range(40, 121)  # columns of the longest line of a paragraph that an editor wrapped
_FULL = 0.7  # of the longest: the other lines of such a paragraph but the last
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPED = re.compile("[\U000f0021-\U000f007e]")  # what stands for \* until emphasis is done with
_SPAN = "{1,300}"  # a bound, as a page of opening brackets would be searched to its end from each
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"<!--.{_SPAN}?-->"), ""),
    (re.compile(r"<br[ \t]{0,3}/?>", re.I), " "),
    (re.compile(r"</?(?:a|b|i|u|em|strong|span|font|sup|sub|del|code|center|img)\b[^<>]{0,300}>", re.I), ""),
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^()\n]{0,300}\)"), ""),
    (re.compile(r"\[([^\[\]\n]{0,300})\]\([^()\n]{0,300}\)"), r"\1"),
    (re.compile(rf"<((?:https?|mailto):[^<>\s]{_SPAN})>"), r"\1"),
    (re.compile(rf"(?<!`)(`{{1,3}})([^`\n]{_SPAN})\1(?!`)"), r"\2"),
    (re.compile(rf"(\*\*\*|\*\*|~~)(?=\S)([^*~\n]{_SPAN}?)(?<=\S)\1"), r"\2"),
    # 3*4*5 and a_b_c stay; 这是*强调*文字 does not
    (re.compile(rf"(?<![A-Za-z0-9*])\*(?=[^\s*])([^*\n]{_SPAN}?)(?<=[^\s*])\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(rf"(?<!\w)(__?)(?=[^\s_])([^_\n]{_SPAN}?)(?<=[^\s_])\1(?!\w)"), r"\2"),
)


def is_markdown(text: str) -> bool:
    """Tell whether a text is surely Markdown: front matter, a heading on top, a table, or several marks."""
    head = text[:200_000].lstrip("\ufeff \t\r\n").replace("\r\n", "\n")
    if _BLOCK_TAG.search(head):
        return False
    if front_matter(head):
        return True
    lines = head.split("\n")
    if _HEADING.match(lines[0]) or any(_opens_table(above, below) for above, below in pairwise(lines)):
        return True
    titles = sum(bool(_HEADING.match(line)) and ord(line.lstrip("# \t")[:1] or " ") > 0x2E7F for line in lines[:_TOP])
    return titles > 0 or sum(bool(_HEADING.match(line)) for line in lines) + len(_BOLD.findall(head)) >= 2


def read(data: bytes) -> str:
    """Return the text without Markdown's marks, tables as rows of cells; raises UserError if it is not text."""
    text = read_text(data)
    front = _FRONT.match(text)
    if front and front_matter(text):
        text = text[front.end() :]
    return "\n".join(_joined(_blocks(text.split("\n"))))


def front_matter(text: str) -> dict[str, str]:
    """Return the `key: value` pairs that stand between two `---` on top, nothing if there are none."""
    front = _FRONT.match(text.lstrip("\ufeff"))
    pairs = (_PAIR.fullmatch(line.rstrip("\r")) for line in (front[1].split("\n") if front else ()))
    return {pair[1]: pair[2].strip().strip("\"'") for pair in pairs if pair}


def _blocks(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) a line: blank, line (stands alone), row, start (of a paragraph or item), text, last."""
    fence, at = "", 0
    while at < len(lines):
        line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        opened = _FENCE.fullmatch(line)
        if fence:
            if opened and line.strip().startswith(fence):
                fence = ""
            else:
                yield "line", line
        elif opened:
            fence = opened[1]
        elif _opens_table(line, below):
            end = _table_end(lines, at)
            yield from _rows([line, *lines[at + 2 : end]])
            at = end - 1
        else:
            yield _plain(line)
        at += 1


def _plain(line: str) -> tuple[str, str]:
    """Return the kind and text of a line that is no table's and no code."""
    line = line[_QUOTE.match(line).end() :]  # type: ignore[union-attr]
    heading = _HEADING.match(line)
    if heading:
        return "line", _inline(line[heading.end() :].rstrip().rstrip("#"))
    if not line.strip() or _UNDERLINE.fullmatch(line) or _RULE.fullmatch(line) or _REFERENCE.fullmatch(line):
        return "blank", ""
    bullet = _BULLET.match(line)
    text = _inline(line[bullet.end() :] if bullet else line)
    if line.endswith(("  ", "\\")):  # a break that the writer wants
        return "last", text.rstrip("\\")
    starts = bullet or _ORDERED.match(text) or line.startswith("\u3000") or starts_with_mark(text)
    return ("start" if starts else "text"), text


def _inline(text: str) -> str:
    """Return a line without emphasis, links, pictures and escapes."""
    text = _ESCAPE.sub(lambda match: chr(0xF0000 + ord(match[1])), text)
    for pattern, kept in _INLINE:
        text = pattern.sub(kept, text)
    return _ESCAPED.sub(lambda match: chr(ord(match[0]) - 0xF0000), unescape(text)).strip()


def _opens_table(line: str, below: str) -> bool:
    """Tell whether a line is a table's header: `|---|---|` stands below it."""
    if "|" not in line or "|" not in below or "---" not in below or set(below) - set("|:- \t>"):
        return False
    columns = below[_QUOTE.match(below).end() :].strip().strip("|").split("|")  # type: ignore[union-attr]
    return all(_COLUMN.fullmatch(column) for column in columns)


def _table_end(lines: list[str], start: int) -> int:
    end = start + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _rows(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a table's rows as the readers write them, each as wide as its header."""
    width = len(_cells(lines[0], _MAX_COLUMNS))
    for line in lines:
        cells = _cells(line, width)
        yield "row", "\x1e" + "\x1f".join(cells + [""] * (width - len(cells)))


def _cells(line: str, limit: int) -> list[str]:
    line = _ESCAPE.sub(lambda match: chr(0xF0000 + ord(match[1])), line[_QUOTE.match(line).end() :])  # type: ignore[union-attr]
    cells = line.strip().removeprefix("|").removesuffix("|").split("|", limit)
    return [_inline(cell) for cell in cells[:limit]]


def _joined(blocks: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of the source text: paragraphs that an editor wrapped become one line again."""
    paragraph: list[str] = []
    before = ""
    after_blank = False
    for kind, text in blocks:
        if kind not in ("text", "last") or before == "last":
            yield from _unwrapped(paragraph)
            paragraph = []
        if kind == "row" and before == "row" and after_blank:
            yield "\x1d"
        if kind in ("line", "row"):
            yield text
        elif kind != "blank":
            paragraph.append(text)
        after_blank = kind == "blank"
        before = before if after_blank else kind
    yield from _unwrapped(paragraph)


def _unwrapped(lines: list[str]) -> list[str]:
    """Return a paragraph's lines as one if they look wrapped: none but the last is much shorter than the longest."""
    widths = [_columns(line) for line in lines]
    if len(lines) < 2 or max(widths) not in _WRAPPED or min(widths[:-1]) < _FULL * max(widths):
        return lines
    text = lines[0]
    for line in lines[1:]:
        text += line if _is_wide(text[-1:]) or _is_wide(line[:1]) else " " + line
    return [text]


def _columns(line: str) -> int:
    return sum(1 + _is_wide(char) for char in line[: 2 * _WRAPPED.stop])


def _is_wide(char: str) -> bool:
    return bool(char) and (unicodedata.east_asian_width(char) in "WF" or char in "“”‘’…—")
