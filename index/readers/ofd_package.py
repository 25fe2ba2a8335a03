"""ofdkit's home: the parts of an OFD (GB/T 33190) as parsed XML, in the order of its pages."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from index.readers.container import ERRORS, check_members, open_zip

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_PAGES = 3000
_MAX_PART = 16 * 1024 * 1024  # a page that sets each character on its own has 0.5 MB and 9,000 tags
_MAX_TAGS = 1_000_000
_MAX_XML = 192 * 1024 * 1024  # what is parsed of one file in all: a page may be named many times
_MAX_ALL_TAGS = 6_000_000
_BLANKS = re.compile("[ \t\r\n]{100,}")  # ofdkit's repair of bad XML takes the square of their number
_BROKEN = "OFD 文件已损坏或不完整, 无法读取。请重新下载或重新导出。"
_LOCKED = "OFD 文件加了密, 无法读取。请用 OFD 阅读器解密后另存再加入。"
_TOO_LONG = f"OFD 文件过大或超过 {_MAX_PAGES} 页。请拆分后再加入。"
_A4 = (0.0, 0.0, 210.0, 297.0)
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Part:
    """A page as the file has it: its content, its box in millimetres, the drawings that it may call by ID."""

    root: Element
    box: Box
    units: dict[str, Element] = field(default_factory=dict)


class Package:
    """An open OFD. Raises UserError when it is damaged, encrypted or too large."""

    def __init__(self, data: bytes) -> None:
        with open_zip(data) as container:
            check_members(container)
        from ofdkit.errors import OFDError  # type: ignore[import-untyped,unused-ignore]

        self._errors: tuple[type[Exception], ...] = (OFDError, *ERRORS)
        self._left, self._tags_left = _MAX_XML, _MAX_ALL_TAGS
        try:
            self._parts: Any = _parts(data)
        except self._errors as exc:
            raise UserError(_BROKEN) from exc
        self._is_locked = any("encrypt" in name.lower() for name in self._parts.names)

    def pages(self) -> Iterator[Part]:
        """Yield the pages of all documents inside; raises UserError if one cannot be read."""
        entry = self._parts.find("OFD.xml")
        root = self._read(entry)
        count = 0
        for body in children(root, "DocBody"):
            location = self._parts.resolve(entry, text_of(body, "DocRoot"))
            document = self._read(location)
            common = next(children(document, "CommonData"), None)
            box = box_of(common, "PageArea") or _A4
            units = self._units(location, common, ("PublicRes", "DocumentRes"))
            for page in (page for pages in children(document, "Pages") for page in children(pages, "Page")):
                count += 1
                if count > _MAX_PAGES:
                    raise UserError(_TOO_LONG)
                yield self._page(self._parts.resolve(location, page.get("BaseLoc")), box, units)

    def _page(self, location: str | None, box: Box, units: dict[str, Element]) -> Part:
        root = self._read(location)
        own = self._units(location, root, ("PageRes",))
        return Part(root, box_of(root, "Area") or box, {**units, **own} if own else units)

    def _units(self, base: str | None, parent: Element | None, names: tuple[str, ...]) -> dict[str, Element]:
        """Return the composite drawings that the resource files named in `parent` define; a bad file defines none."""
        units: dict[str, Element] = {}
        for name in names:
            for reference in children(parent, name):
                location = self._parts.resolve(base, reference.text)
                try:
                    resources = self._read(location)
                except UserError:
                    continue
                for group in children(resources, "CompositeGraphicUnits"):
                    units.update((unit.get("ID", ""), unit) for unit in children(group, "CompositeGraphicUnit"))
        return units

    def _read(self, location: str | None) -> Element:
        """Parse a part; what was parsed counts against what one file may hold."""
        if location is None:
            raise UserError(_LOCKED if self._is_locked else _BROKEN)
        try:
            data = self._parts.read(location)
            tags = data.count(b"<")
            self._left, self._tags_left = self._left - len(data), self._tags_left - tags
            if len(data) > _MAX_PART or tags > _MAX_TAGS or min(self._left, self._tags_left) < 0:
                raise UserError(_TOO_LONG)
            root: Element = self._parts.read_xml(location)
        except self._errors as exc:
            raise UserError(_LOCKED if self._is_locked else _BROKEN) from exc
        return root


def _parts(data: bytes) -> Any:
    """Return ofdkit's view of the package, its XML made UTF-8 before it is parsed."""
    from ofdkit.package import Package as Parts  # type: ignore[import-untyped,unused-ignore]

    class Utf8Parts(Parts):  # type: ignore[misc,unused-ignore]
        def read(self, name: str) -> bytes:
            return codecs.BOM_UTF8 + _BLANKS.sub(" ", _decode(super().read(name))).encode("utf-8", "replace")

    return Utf8Parts(data)


def _decode(data: bytes) -> str:
    """Decode by content: an encoding that the file declares may be any of Python's, slow ones too."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def children(parent: Element | None, name: str) -> Iterator[Element]:
    """Yield the children of that name, whatever their namespace: writers use several, or none."""
    for child in parent if parent is not None else ():
        if local_name(child) == name:
            yield child


def local_name(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def text_of(parent: Element | None, name: str) -> str:
    return next((child.text or "" for child in children(parent, name)), "").strip()


def box_of(parent: Element | None, name: str) -> Box | None:
    """Return x, y, width and height of the physical box that `parent`'s child of that name gives."""
    area = next(children(parent, name), None)
    values = numbers(text_of(area, "PhysicalBox"))
    return (values[0], values[1], values[2], values[3]) if len(values) == 4 and min(values[2:]) > 0 else None


def numbers(text: str | None, limit: int = 16) -> list[float]:
    """Return the numbers of a list like `0 0 210 297`; none if it is no such list."""
    if not text:
        return []
    try:
        values = [float(part) for part in text.replace(",", " ").split(None, limit)[:limit]]
    except ValueError:
        return []
    return values if all(abs(value) < 1e6 for value in values) else []
