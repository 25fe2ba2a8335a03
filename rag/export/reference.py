"""The citation as a 公文 writes it: 《标题》(文号)第二部分第(一)项第3条, 《标题》第十二条第二款第(三)项."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.marks import mark_at
from index.types import Clause

_HAN = "一二三四五六七八九十百千零〇两"
# The levels of a label, as `index.marks` and `index.split` write them; the longer forms come first.
_STYLES = {
    "division": rf"第[{_HAN}]+[编章节](?:之[{_HAN}]+)?",
    "article": rf"第[{_HAN}]+条(?:之[{_HAN}]+)?",
    "paragraph": rf"第[{_HAN}]+款",
    "section_heading": r"第\d+部分",
    "counted": r"第\d+[问行]|表\d+",
    "of_article": r"第[^第]+?[项目]",
    "ordinal": rf"第[{_HAN}]+",
    "han": rf"[{_HAN}]+、",
    "spoken": rf"[{_HAN}]+是",
    "bracketed_han": rf"\([{_HAN}]+\)",
    "bracketed_arabic": r"\(\d+\)",
    "decimal": r"\d+(?:\.\d+)+",
    "arabic": r"\d+",
    "circled": r"[①-⑳]",
    "letter": r"[A-Z]",
}
_LEVEL = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _STYLES.items()))
_AS_WRITTEN = ("division", "article", "paragraph", "counted")

_IN_NOTICE = {
    "han": ("部分", "条"), "bracketed_han": ("项",), "decimal": ("条",), "arabic": ("条",), "bracketed_arabic": ("项",),
    "half_bracketed": ("项",), "ordinal": ("部分",),
}  # fmt: skip
_IN_ARTICLE = ("项", "目")  # of a 条, by depth, whatever their brackets (立法技术规范)

_ANNEX_PATH = re.compile(r"a(\d+)(?:-\d+)?(?:\.|$)")
_ANNEX_HEAD = re.compile(r"\W*附\s*([件表录])\s*([0-9０-９一二三四五六七八九十]*)")
_ANNEX_LINE = re.compile(r"(?m)^\W*附\s*[件表录]")
_LONGEST_NAME = 30  # characters of a heading that a citation can carry


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a label: how it is numbered, and its number as the document writes it, 二 (一) 3."""

    style: str
    text: str


def official_reference(clause: Clause) -> str:
    """Return the citation to paste into a paper: 《标题》(文号)第二部分第(一)项第3条."""
    number = f"({clause.doc.doc_no})" if clause.doc.doc_no else ""
    return f"{clause.doc.quoted_title}{number}{official_place(clause)}"


def official_place(clause: Clause) -> str:
    """Return where in its document a clause stands, in the words of a 公文; its label where that cannot be read."""
    annex = _ANNEX_PATH.match(clause.path)
    rest = clause.path_text.removeprefix(f"附件{annex[1]}") if annex else clause.path_text
    steps = clause.path[annex.end() :] if annex else clause.path
    levels = list(_levels(rest, steps))
    if "".join(level.text for level in levels) != rest:
        return clause.path_text
    return (_annex(clause, annex[1]) if annex else "") + _in_words(levels, clause)


def _levels(label: str, path: str) -> Iterator[Level]:
    """Yield the levels of a label as far as they can be read; the path tells 3 and 1) from 31)."""
    at, ahead = 0, re.findall(r"\d+", re.sub(r"-\d+", "", path))
    while found := _LEVEL.match(label, at):
        style, text = str(found.lastgroup), found[0]
        if style == "arabic":
            text = ahead[0] if ahead and text.startswith(ahead[0]) else text
            if label[at + len(text) : at + len(text) + 1] == ")":
                style, text = "half_bracketed", f"{text})"
        del ahead[: text.count(".") + 1]
        yield Level(style, text)
        at += len(text)


def _in_words(levels: Sequence[Level], clause: Clause) -> str:
    words, used = "", set[str]()
    in_article = any(level.style == "article" for level in levels)
    if any(level.style == "division" for level in levels):
        used.add("部分")  # a 章 has no 部分 below it: its 一、 is a 条
    for level in levels:
        if level.style in _AS_WRITTEN:
            words += level.text
            used |= {level.text[-1]}
        elif level.style == "section_heading":
            words += _named_section(clause, level.text)
            used.add("部分")
        else:
            unit = "部分" if _heads_decimals(levels, clause) else _unit(level.style, used, in_article)
            used.add(unit)
            words += f"第{_number(level)}{unit}"
    return words


def _unit(style: str, used: set[str], in_article: bool) -> str:
    """Return what a level is called: the first word for its style that no level above it bears."""
    if "点" in used or style == "spoken" or style == "ordinal" and used:  # nothing is larger than a 点 inside one
        choices: tuple[str, ...] = ()
    else:
        choices = _IN_ARTICLE if in_article else _IN_NOTICE.get(style, ())
    return next((unit for unit in (*choices, "点") if unit not in used), "小点")


def _number(level: Level) -> str:
    """Return the number alone, in the document's own brackets: the 一 of 一、 and of 一是, the (3) of 第(3)项."""
    inner = level.text[:-1] if level.style == "of_article" else level.text
    return inner.removeprefix("第").removesuffix("、").removesuffix("是")


def _heads_decimals(levels: Sequence[Level], clause: Clause) -> bool:
    """True for the 1 总则 that stands above 1.1: it is a part of the text and no item."""
    own = mark_at(clause.text) if len(levels) == 1 and levels[0].style == "arabic" else None
    return own is not None and own.style == "bare"


def _named_section(clause: Clause, counted: str) -> str:
    """Return “春耕备耕”部分 for a section that bears no number in its document, or its place if its heading is lost."""
    steps = clause.path.split(".")
    at = next((i for i, step in enumerate(steps) if step.startswith("u")), -1)
    above = [*clause.headings, clause.text.split("\n")[0]]
    if len(above) != len(steps) or at < 0:
        return counted
    name = above[at].strip().rstrip("。：:")
    if not 0 < len(name) <= _LONGEST_NAME:
        return counted
    return f"“{name.replace('“', '‘').replace('”', '’')}”部分"


def _annex(clause: Clause, number: str) -> str:
    """Return 附件2, 附表1, or 附件 for the only one where it bears no number."""
    head = _ANNEX_HEAD.match(clause.headings[0] if clause.headings else clause.text)
    if not head:
        return f"附件{number}"
    is_only = not head[2] and len(_ANNEX_LINE.findall(clause.doc.text)) == 1
    return f"附{head[1]}{'' if is_only else number}"
