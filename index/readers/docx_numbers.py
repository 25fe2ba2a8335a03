"""Word's automatic numbers: list definitions, their levels and overrides, and the counters in document order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from index.readers.docx_styles import Style, Styles
from index.readers.docx_xml import VAL, switch, value, w, whole
from index.readers.numerals import format_number


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    gap: str = " "
    legal: bool = False
    restart: int | None = None
    style: str = ""

    def restarts_after(self, level: int) -> bool:
        """Say whether a paragraph of the higher `level` sets this one back; w:lvlRestart counts from 1, 0 is never."""
        return self.restart is None or level < self.restart


@dataclass(frozen=True, slots=True)
class _List:
    """A w:num: its levels with the overrides laid over, and the levels that it counts by itself."""

    abstract: str
    levels: dict[int, _Level]
    own: frozenset[int] = frozenset()


class Numbers:
    """Word's list counters: what stands before each paragraph, in document order."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._counts: dict[tuple[str, int], int] = {}
        self._lists: dict[str, _List] = {}
        abstracts, nums = (root.iter(w("abstractNum")), root.iter(w("num"))) if root is not None else ((), ())
        self._abstracts = {element.get(w("abstractNumId"), ""): element for element in abstracts}
        self._nums = {element.get(w("numId"), ""): element for element in nums}

    def next(self, properties: Any, style: Style) -> str:
        """Count this paragraph; return its number with the gap after it, "" when it has none."""
        own = properties.find(w("numPr")) if properties is not None else None
        own_number, own_level = value(own, "numId"), value(own, "ilvl")
        number = own_number if own_number is not None else style.number
        if number is None or number == "0" or number not in self._nums:  # numId 0 takes the number away
            return ""
        if number not in self._lists:
            self._lists[number] = self._list(number)
        chosen = self._lists[number]
        level = whole(own_level) if own_level is not None else self._style_level(chosen, style)
        return self._count(number, chosen, level) if level in chosen.levels else ""

    @staticmethod
    def _style_level(chosen: _List, style: Style) -> int:
        """Return the level tied to the style; Word ties it in the list, LibreOffice writes it in the style."""
        tied = {level.style: at for at, level in chosen.levels.items() if level.style}
        return next((tied[name] for name in style.ids if name in tied), whole(style.level))

    def _count(self, number: str, chosen: _List, level: int) -> str:
        def key(at: int) -> tuple[str, int]:
            # Lists of one abstract list count on together, save where a list says where it starts.
            return (f"own {number}" if at in chosen.own else chosen.abstract, at)

        start = chosen.levels[level].start
        self._counts[key(level)] = self._counts.get(key(level), start - 1) + 1
        for lower, settings in chosen.levels.items():
            if lower > level and settings.restarts_after(level):
                self._counts.pop(key(lower), None)
        values = {at: self._counts.get(key(at), settings.start) for at, settings in chosen.levels.items()}
        return _label(chosen.levels, level, values)

    def _list(self, name: str) -> _List:
        num = self._nums[name]
        abstract = value(num, "abstractNumId") or ""
        levels = {at: _read_level(lvl) for at, lvl in _by_level(self._definition(abstract), "lvl")}
        own = set()
        for at, override in _by_level(num, "lvlOverride"):
            for _, lvl in _by_level(override, "lvl"):
                levels[at] = _read_level(lvl)
            start = value(override, "startOverride")
            if start is not None and at in levels:
                levels[at] = replace(levels[at], start=whole(start, 1))
                own.add(at)
        return _List(abstract, levels, frozenset(own))

    def _definition(self, abstract: str) -> Any:
        """Return the abstract list; one that only names a list style leads on to the list of that style."""
        element = self._abstracts.get(abstract)
        linked = self._styles.get(value(element, "numStyleLink")).number
        if linked in self._nums:
            return self._abstracts.get(value(self._nums[linked], "abstractNumId") or "")
        return element


def _by_level(parent: Any, name: str) -> list[tuple[int, Any]]:
    children = parent.iterchildren(w(name)) if parent is not None else ()
    return [(at, child) for child in children if (at := whole(child.get(w("ilvl")))) < 9]


_MAX_PATTERN = 100  # characters of w:lvlText: it is repeated at every paragraph


def _read_level(lvl: Any) -> _Level:
    restart = value(lvl, "lvlRestart")
    form = lvl.find(f".//{w('numFmt')}")  # newer formats stand in a mc:AlternateContent
    return _Level(
        start=whole(value(lvl, "start")),
        form=form.get(VAL, "decimal") if form is not None else "decimal",
        pattern=(value(lvl, "lvlText") or "")[:_MAX_PATTERN],
        gap={"nothing": ""}.get(value(lvl, "suff") or "tab", " "),
        legal=bool(switch(lvl, "isLgl")),
        restart=None if restart is None else whole(restart),
        style=value(lvl, "pStyle") or "",
    )


def _label(levels: dict[int, _Level], level: int, values: dict[int, int]) -> str:
    settings = levels[level]
    if settings.form == "bullet" and not re.search(r"[\u4e00-\u9fff]", settings.pattern):
        return ""  # a dot of the Symbol font; but `注：` may be set as a bullet

    def shown(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        if at > level or at not in levels:
            return ""
        return format_number(values[at], "decimal" if settings.legal else levels[at].form)

    label = re.sub(r"%([1-9])", shown, settings.pattern)
    return label + settings.gap if label.strip() else ""
