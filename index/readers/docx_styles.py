"""What Word's styles say of a paragraph or run: its list, whether it is hidden, whether it is of the contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from index.readers.docx_xml import switch, value, w


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph or run takes from its style and the styles that it is based on."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    number: str | None = None
    level: str | None = None
    hidden: bool | None = None

    @property
    def is_contents(self) -> bool:
        """Say whether a line of the table of contents wears it: `toc 1`, `TOC Heading`."""
        return any(re.fullmatch(r"(toc|contents) (\d|heading)", name, re.I) for name in self.names[:1])


_UNSTYLED = Style()
_MAX_ANCESTORS = 20  # Word lets ten styles be based on one another


class Styles:
    """The styles that the file defines, resolved when first asked for."""

    def __init__(self, root: Any) -> None:
        styles = root.iter(w("style")) if root is not None else ()
        self._elements = {style.get(w("styleId"), ""): style for style in styles}
        self._resolved: dict[str, Style] = {}
        self._default = ""
        for name, style in self._elements.items():
            if style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true", "on"):
                self._default = name

    def of_paragraph(self, properties: Any) -> Style:
        """Return the style that the paragraph names, else the file's default one."""
        return self.get(value(properties, "pStyle") or self._default)

    def get(self, name: str | None) -> Style:
        """Return the style with all that it inherits; one without properties when the file does not define it."""
        if name is None or name not in self._elements:
            return _UNSTYLED
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def _resolve(self, name: str) -> Style:
        style = Style()
        while name in self._elements and len(style.ids) < _MAX_ANCESTORS:  # a hostile file bases a style on itself
            own = self._own(name, self._elements[name])
            style = Style(
                style.names + own.names,
                style.ids + own.ids,
                style.number if style.number is not None else own.number,
                style.level if style.level is not None else own.level,
                style.hidden if style.hidden is not None else own.hidden,
            )
            name = value(self._elements[name], "basedOn") or ""
        return style

    @staticmethod
    def _own(name: str, element: Any) -> Style:
        num_pr = element.find(f"{w('pPr')}/{w('numPr')}")
        return Style(
            (value(element, "name") or "",), (name,), value(num_pr, "numId"), value(num_pr, "ilvl"),
            switch(element.find(w("rPr")), "vanish"),
        )  # fmt: skip
