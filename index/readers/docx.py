"""A .docx or .docm file -> its text: Word's automatic numbers written out, tables as rows.

The XML is walked itself: python-docx gives neither the numbers that Word computes nor text boxes,
content controls and tracked changes, and it refuses Strict and macro files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

from index.errors import UserError
from index.readers.container import is_encrypted, open_zip, read_member

_MAX_TAGS = 3_000_000  # a million characters of text in runs of five are 1.6 million
_DAMAGED = "Word 文件已损坏, 或展开后过大, 无法读取。请用 Word 或 WPS 打开并另存为 .docx, 过大的请先拆分。"
_OTHER = "这不是 Word 文档(.docx), 里面没有正文。请用 Word 或 WPS 另存为 .docx 后再加入。"

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# Namespaces of ISO 29500 Strict, which Word writes on request, and what Transitional calls the same.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", _MAIN.encode()),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


@cache
def _w(name: str) -> str:
    return f"{{{_MAIN}}}{name}"


def _mc(name: str) -> str:
    return "{http://schemas.openxmlformats.org/markup-compatibility/2006}" + name


_P, _TBL, _TR, _TC, _SDT, _R = (_w(name) for name in ("p", "tbl", "tr", "tc", "sdt", "r"))
_VAL, _TEXT, _BOX, _SYMBOL = _w("val"), _w("t"), _w("txbxContent"), _w("sym")
_FIELD_CHAR, _INSTRUCTION, _SIMPLE_FIELD = _w("fldChar"), _w("instrText"), _w("fldSimple")
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"
_ALTERNATE, _CHOICE, _FALLBACK = _mc("AlternateContent"), _mc("Choice"), _mc("Fallback")
_WRAPPERS = {
    *(_w(n) for n in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "dir", "bdo")),
    _ALTERNATE, _CHOICE, _FALLBACK,
}  # fmt: skip
_UNREAD = {_w(n) for n in ("pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "rt", "rubyPr", "tblPr")}
_FIXED = {
    _w("tab"): " ", _w("ptab"): " ", _w("br"): "\n", _w("cr"): "\n", _w("noBreakHyphen"): "-",
}  # fmt: skip
_TOC_MARK = "\0"  # stands where a table of contents was dropped; XML cannot hold it


def read(data: bytes) -> str:
    """Return the document's paragraphs and tables in order; raises UserError when it is not a sound Word file."""
    package = _Package(data)
    main = package.main_part()
    body = package.xml(main).find(_w("body"))
    if body is None:
        raise UserError(_OTHER)
    lines = _lines(body, package.related_xml(main, "styles"), package.related_xml(main, "numbering"))
    if not lines and body.find(f".//{_w('altChunk')}") is not None:
        raise UserError("Word 文件的正文是嵌入的网页, 无法读取。请用 Word 打开并另存为 .docx 后再加入。")
    return "\n".join(lines)


def _lines(body: Any, style_root: Any, number_root: Any) -> list[str]:
    """Return the body's lines; where fields begin that never end, what fields hide cannot be told, and is read too."""
    styles = _Styles(style_root)
    for fields_trusted in (True, False):
        reading = _Body(styles, _Numbers(number_root, styles), fields_trusted)
        lines = reading.lines(body)
        if reading.fields_closed:
            break
    return _drop_contents_marks(lines)


def _drop_contents_marks(lines: list[str]) -> list[str]:
    """Drop the marks of dropped contents, and the line 目录 that stood right above them."""
    kept: list[str] = []
    for line in lines:
        if line != _TOC_MARK:
            kept.append(line.replace(_TOC_MARK, ""))
        elif kept and re.fullmatch(r"[\s\u3000]*目[\s\u3000]*[录次錄][\s\u3000]*", kept[-1]):
            kept.pop()
    return kept


class _Package:
    """The parts of the file by name; the zip's stated sizes are checked before anything is unpacked."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = open_zip(data)
        except UserError as exc:
            raise UserError(_DAMAGED) from exc
        self._infos = {_part_name(info.filename): info for info in self._zip.infolist()}

    def main_part(self) -> str:
        """Return the name of the part that holds the body."""
        main = self._related("", "officeDocument") or "word/document.xml"
        if main not in self._infos:
            raise UserError(_OTHER)
        return main

    def related_xml(self, source: str, kind: str) -> Any:
        """Return the root of the part that `source` refers to as `kind`, or None when there is none."""
        name = self._related(source, kind) or join(dirname(source), f"{kind}.xml")
        return self.xml(name) if name in self._infos else None

    def xml(self, name: str) -> Any:
        """Return the part's root element; entities are never resolved, nothing is fetched."""
        from lxml import etree  # type: ignore[import-untyped]

        data = self._read(name)
        for strict, transitional in _STRICT:
            data = data.replace(strict, transitional)
        if data.count(b"<") > _MAX_TAGS:
            raise UserError(_DAMAGED)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as exc:
            raise UserError(_DAMAGED) from exc

    def _read(self, name: str) -> bytes:
        info = self._infos[name]
        if is_encrypted(info):
            raise UserError("Word 文件已加密, 无法读取。请去掉密码后再加入。")
        try:
            return read_member(self._zip, info)
        except UserError as exc:
            raise UserError(_DAMAGED) from exc

    def _related(self, source: str, kind: str) -> str | None:
        rels = join(dirname(source), "_rels", source.rpartition("/")[2] + ".rels")
        if rels not in self._infos:
            return None
        for link in self.xml(rels).iter("{*}Relationship"):
            if link.get("Type", "").endswith(f"/{kind}") and link.get("TargetMode") != "External":
                return _part_name(normpath(join("/", dirname(source), link.get("Target", ""))))
        return None


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()  # some writers use backslashes, some capitals


# --- styles ---


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph or run takes from its style and the styles that it is based on."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    number: str | None = None
    level: str | None = None
    hidden: bool | None = None

    @property
    def is_contents(self) -> bool:
        return any(re.fullmatch(r"(toc|contents) (\d|heading)", name, re.I) for name in self.names[:1])


_UNSTYLED = _Style()
_MAX_ANCESTORS = 20  # Word lets ten styles be based on one another


class _Styles:
    def __init__(self, root: Any) -> None:
        styles = root.iter(_w("style")) if root is not None else ()
        self._elements = {style.get(_w("styleId"), ""): style for style in styles}
        self._resolved: dict[str, _Style] = {}
        self._default = ""
        for name, style in self._elements.items():
            if style.get(_w("type")) == "paragraph" and style.get(_w("default")) in ("1", "true", "on"):
                self._default = name

    def of_paragraph(self, properties: Any) -> _Style:
        return self.get(_value(properties, "pStyle") or self._default)

    def get(self, name: str | None) -> _Style:
        """Return the style with all that it inherits; one without properties when the file does not define it."""
        if name is None or name not in self._elements:
            return _UNSTYLED
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def _resolve(self, name: str) -> _Style:
        style = _Style()
        while name in self._elements and len(style.ids) < _MAX_ANCESTORS:  # a hostile file bases a style on itself
            own = self._own(name, self._elements[name])
            style = _Style(
                style.names + own.names,
                style.ids + own.ids,
                style.number if style.number is not None else own.number,
                style.level if style.level is not None else own.level,
                style.hidden if style.hidden is not None else own.hidden,
            )
            name = _value(self._elements[name], "basedOn") or ""
        return style

    @staticmethod
    def _own(name: str, element: Any) -> _Style:
        num_pr = element.find(f"{_w('pPr')}/{_w('numPr')}")
        return _Style(
            (_value(element, "name") or "",), (name,), _value(num_pr, "numId"), _value(num_pr, "ilvl"),
            _switch(element.find(_w("rPr")), "vanish"),
        )  # fmt: skip


def _value(parent: Any, name: str) -> str | None:
    """Return the w:val of the child of that name, None without the child."""
    child = parent.find(_w(name)) if parent is not None else None
    return None if child is None else child.get(_VAL, "")


def _switch(parent: Any, name: str) -> bool | None:
    """Return what an on/off property says, None when it is not there."""
    child = parent.find(_w(name)) if parent is not None else None
    return None if child is None else child.get(_VAL, "1") not in ("0", "false", "off")


def _whole(text: str | None, default: int = 0) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text, re.ASCII) else default


# --- automatic numbers ---


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


class _Numbers:
    """Word's list counters: what stands before each paragraph, in document order."""

    def __init__(self, root: Any, styles: _Styles) -> None:
        self._styles = styles
        self._counts: dict[tuple[str, int], int] = {}
        self._lists: dict[str, _List] = {}
        abstracts, nums = (root.iter(_w("abstractNum")), root.iter(_w("num"))) if root is not None else ((), ())
        self._abstracts = {element.get(_w("abstractNumId"), ""): element for element in abstracts}
        self._nums = {element.get(_w("numId"), ""): element for element in nums}

    def next(self, properties: Any, style: _Style) -> str:
        """Count this paragraph; return its number with the gap after it, "" when it has none."""
        own = properties.find(_w("numPr")) if properties is not None else None
        own_number, own_level = _value(own, "numId"), _value(own, "ilvl")
        number = own_number if own_number is not None else style.number
        if number is None or number == "0" or number not in self._nums:  # numId 0 takes the number away
            return ""
        if number not in self._lists:
            self._lists[number] = self._list(number)
        chosen = self._lists[number]
        level = _whole(own_level) if own_level is not None else self._style_level(chosen, style)
        return self._count(number, chosen, level) if level in chosen.levels else ""

    @staticmethod
    def _style_level(chosen: _List, style: _Style) -> int:
        """Return the level tied to the style; Word ties it in the list, LibreOffice writes it in the style."""
        tied = {level.style: at for at, level in chosen.levels.items() if level.style}
        return next((tied[name] for name in style.ids if name in tied), _whole(style.level))

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
        abstract = _value(num, "abstractNumId") or ""
        levels = {at: _read_level(lvl) for at, lvl in _by_level(self._definition(abstract), "lvl")}
        own = set()
        for at, override in _by_level(num, "lvlOverride"):
            for _, lvl in _by_level(override, "lvl"):
                levels[at] = _read_level(lvl)
            start = _value(override, "startOverride")
            if start is not None and at in levels:
                levels[at] = replace(levels[at], start=_whole(start, 1))
                own.add(at)
        return _List(abstract, levels, frozenset(own))

    def _definition(self, abstract: str) -> Any:
        """Return the abstract list; one that only names a list style leads on to the list of that style."""
        element = self._abstracts.get(abstract)
        linked = self._styles.get(_value(element, "numStyleLink")).number
        if linked in self._nums:
            return self._abstracts.get(_value(self._nums[linked], "abstractNumId") or "")
        return element


def _by_level(parent: Any, name: str) -> list[tuple[int, Any]]:
    children = parent.iterchildren(_w(name)) if parent is not None else ()
    return [(at, child) for child in children if (at := _whole(child.get(_w("ilvl")))) < 9]


_MAX_PATTERN = 100  # characters of w:lvlText: it is repeated at every paragraph


def _read_level(lvl: Any) -> _Level:
    restart = _value(lvl, "lvlRestart")
    form = lvl.find(f".//{_w('numFmt')}")  # newer formats stand in a mc:AlternateContent
    return _Level(
        start=_whole(_value(lvl, "start")),
        form=form.get(_VAL, "decimal") if form is not None else "decimal",
        pattern=(_value(lvl, "lvlText") or "")[:_MAX_PATTERN],
        gap={"nothing": ""}.get(_value(lvl, "suff") or "tab", " "),
        legal=bool(_switch(lvl, "isLgl")),
        restart=None if restart is None else _whole(restart),
        style=_value(lvl, "pStyle") or "",
    )


def _label(levels: dict[int, _Level], level: int, values: dict[int, int]) -> str:
    settings = levels[level]
    if settings.form == "bullet" and not re.search(r"[\u4e00-\u9fff]", settings.pattern):
        return ""  # a dot of the Symbol font; but `注：` may be set as a bullet

    def value(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        if at > level or at not in levels:
            return ""
        return format_number(values[at], "decimal" if settings.legal else levels[at].form)

    label = re.sub(r"%([1-9])", value, settings.pattern)
    return label + settings.gap if label.strip() else ""


_SERIES = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
}
_SERIES["decimalEnclosedCircleChinese"] = _SERIES["decimalEnclosedCircle"]
_DIGITS = {
    "decimalFullWidth": "０１２３４５６７８９",
    "decimalFullWidth2": "０１２３４５６７８９",
    "ideographDigital": "〇一二三四五六七八九",
    "japaneseDigitalTenThousand": "〇一二三四五六七八九",
    "taiwaneseDigital": "〇一二三四五六七八九",
}
# All count 一, 十一, 二十; above 99 the programs differ, and 一百零一 is what laws write.
_COUNTED = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
}  # fmt: skip
_LEGAL = {"chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"}
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def format_number(number: int, form: str) -> str:
    """Return the number in one of Word's formats (w:numFmt); Arabic where the format has no such number."""
    if form == "none":
        return ""
    if form in _SERIES and 1 <= number <= len(_SERIES[form]):
        return _SERIES[form][number - 1]
    if form in _DIGITS:
        return "".join(_DIGITS[form][int(digit)] for digit in str(number))
    if form in _COUNTED or form in _LEGAL:
        return _chinese(number, "up" if form in _LEGAL else "low")
    if form in ("lowerRoman", "upperRoman") and 1 <= number < 4000:
        return _cased(_roman(number), form)
    if form in ("lowerLetter", "upperLetter") and 1 <= number <= 26 * 26:  # z is followed by aa, zz by aaa
        return _cased(chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1), form)
    return {"decimalZero": f"{number:02d}", "numberInDash": f"- {number} -"}.get(form, str(number))


def _chinese(number: int, case: str) -> str:
    import cn2an

    return str(cn2an.an2cn(number, case))


def _cased(text: str, form: str) -> str:
    return text.upper() if form.startswith("upper") else text


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


# --- the body ---


def _nearest(parent: Any, wanted: set[str]) -> Iterator[Any]:
    """Yield the nearest elements of these kinds in order, looking through content controls and insertions."""
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if _is_contents(element):
            if _SDT in wanted:
                yield element
        elif element.tag in wanted and element.tag != _SDT:
            yield element
        elif element.tag in _WRAPPERS:
            waiting += reversed(_inside(element))


def _is_contents(element: Any) -> bool:
    """Say whether a content control or a simple field holds the table of contents."""
    if element.tag == _SIMPLE_FIELD:
        return str(element.get(_w("instr"), "")).lstrip()[:3].upper() == "TOC"
    if element.tag != _SDT:
        return False
    gallery = element.find(f"{_w('sdtPr')}/{_w('docPartObj')}/{_w('docPartGallery')}")
    return gallery is not None and gallery.get(_VAL) == "Table of Contents"


def _inside(element: Any) -> list[Any]:
    """Return the children to read: one of two copies of a text box, none of a prompt such as 单击此处输入文字."""
    if element.tag == _ALTERNATE:
        copies = [*element.iterchildren(_CHOICE), *element.iterchildren(_FALLBACK)]
        return next((list(copy) for copy in copies if next(copy.iter(_TEXT, _WORD_ART), None) is not None), [])
    if element.tag == _SDT and _switch(element.find(_w("sdtPr")), "showingPlcHdr"):
        return []
    return list(element)


@dataclass(slots=True)
class _Field:
    code: str = ""
    in_result: bool = False

    @property
    def shows(self) -> bool:
        return self.in_result and not self.is_contents

    @property
    def is_contents(self) -> bool:
        return self.code.lstrip()[:3].upper() == "TOC"


# Word's 带圈字符 is a field without a result: eq \o\ac(○,3)
_ENCLOSED = re.compile(r"\s*eq\s*\\o\s*\\ac\s*\(\s*[○〇◯Ｏ]\s*[,，;；]\s*(\d{1,2})\s*\)\s*", re.I)


@dataclass(slots=True)
class _Fields:
    """The fields open at this point; only results are read, and no table of contents."""

    trusted: bool
    _open: list[_Field] = field(default_factory=list)
    _silent: int = 0
    contents: int = 0

    @property
    def silent(self) -> bool:
        return self.trusted and self._silent > 0

    @property
    def closed(self) -> bool:
        return not self._open

    def instruct(self, text: str) -> None:
        if self._open and len(self._open[-1].code) < 200:
            self._open[-1].code += text

    def mark(self, char: Any) -> str:
        """Take a w:fldChar; return the text that a field without result shows."""
        kind = char.get(_w("fldCharType"))
        if kind == "begin":
            self._open.append(_Field())
            self._silent += 1
        elif kind == "separate" and self._open and not self._open[-1].in_result:
            self._open[-1].in_result = True
            self._silent -= self._open[-1].shows
            self.contents += self._open[-1].is_contents
        elif kind == "end" and self._open:
            return self._close(self._open.pop())
        return ""

    def _close(self, done: _Field) -> str:
        self._silent -= not done.shows
        self.contents -= done.in_result and done.is_contents
        enclosed = None if done.in_result else _ENCLOSED.fullmatch(done.code)
        return format_number(int(enclosed[1]), "decimalEnclosedCircle") if enclosed else ""


class _Inline:
    """The text of one paragraph, and its text boxes: those before its first word and those after."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.before: list[str] = []
        self.after: list[str] = []

    def add_box(self, lines: list[str]) -> None:
        (self.after if any(piece.strip() for piece in self.pieces) else self.before).extend(lines)


def _is_gone(mark: Any) -> bool:
    """Say whether a tracked change deletes a paragraph mark, or moves it elsewhere."""
    return mark is not None and (mark.find(_w("del")) is not None or mark.find(_w("moveFrom")) is not None)


_MAX_CARRY = 100_000  # characters: a million marks deleted in a row would cost the square of that


class _Body:
    """Turns blocks into lines, holding what runs on from paragraph to paragraph."""

    def __init__(self, styles: _Styles, numbers: _Numbers, fields_trusted: bool) -> None:
        self._styles = styles
        self._numbers = numbers
        self._fields = _Fields(fields_trusted)
        self._carry = ""  # text whose paragraph mark was deleted: it runs on into the next paragraph

    @property
    def fields_closed(self) -> bool:
        return self._fields.closed

    def lines(self, parent: Any, in_table: bool = False) -> list[str]:
        """Return the lines of the paragraphs and tables of a body, cell or text box; in a table, tables lie flat."""
        lines: list[str] = []
        for block in _nearest(parent, {_P, _TBL, _SDT}):
            if block.tag == _P:
                lines += self._paragraph(block, in_table)
            elif block.tag == _SDT:
                lines.append(_TOC_MARK)
            else:
                rows = self._rows(block)
                _add_table(lines, [] if in_table else grid_lines(rows), rows)
        carry, self._carry = self._carry, ""
        return lines + ([carry] if carry.strip() else [])

    def _paragraph(self, paragraph: Any, in_table: bool) -> list[str]:
        properties = paragraph.find(_w("pPr"))
        style = self._styles.of_paragraph(properties)
        carry, self._carry = self._carry, ""
        contents = self._fields.contents
        inline = self._inline(paragraph, bool(style.hidden))
        text = carry + "".join(inline.pieces)
        mark = properties.find(_w("rPr")) if properties is not None else None
        if _is_gone(mark) and len(text) < _MAX_CARRY:
            self._carry, text = text, ""
        elif style.is_contents or ((contents or self._fields.contents) and not text.strip()):
            text = _TOC_MARK
        elif text.strip() or not _switch(mark, "vanish"):
            number = self._numbers.next(properties, style)
            # A row's serial number is often an empty numbered paragraph; in running text that is a slip.
            text = number + text.lstrip() if text.strip() else number * in_table
        return [*inline.before, *(line.strip(" ") for line in text.split("\n") if line.strip()), *inline.after]

    def _inline(self, paragraph: Any, hidden: bool) -> _Inline:
        inline = _Inline()
        waiting = [(child, hidden) for child in reversed(paragraph)]
        while waiting:
            element, hidden = waiting.pop()
            if element.tag in _UNREAD:
                continue
            if element.tag == _BOX:
                inline.add_box(self.lines(element))
                continue
            text = self._text(element)
            if text:
                inline.pieces.append("" if hidden or self._fields.silent else text)
            elif _is_contents(element):
                inline.pieces.append(f"\n{_TOC_MARK}\n")
            else:
                hidden = self._hides(element, hidden) if element.tag == _R else hidden
                waiting += ((child, hidden) for child in reversed(_inside(element)))
        return inline

    def _text(self, element: Any) -> str:
        """Return what an element itself adds to the line; fields take note of their marks."""
        tag = element.tag
        if tag in (_TEXT, _MATH):
            return re.sub(r"[\t\r\n]+", " ", element.text or "")
        if tag == _FIELD_CHAR:
            return self._fields.mark(element)
        if tag == _INSTRUCTION:
            self._fields.instruct(element.text or "")
        elif tag == _SYMBOL:
            return _symbol(element)
        elif tag == _WORD_ART:
            return str(element.get("string", "")).strip()
        return _FIXED.get(tag, "")

    def _hides(self, run: Any, hidden: bool) -> bool:
        properties = run.find(_w("rPr"))
        if properties is None:
            return hidden
        for said in (_switch(properties, "vanish"), self._styles.get(_value(properties, "rStyle")).hidden):
            if said is not None:
                return said
        return hidden

    def _rows(self, table: Any) -> list[list[Cell]]:
        rows = []
        for row in _nearest(table, {_TR}):
            properties = row.find(_w("trPr"))
            if properties is not None and properties.find(_w("del")) is not None:
                continue
            before = Cell([], span=_whole(_value(properties, "gridBefore")))
            cells = (self._cell(cell) for cell in _nearest(row, {_TC}))
            rows.append([*([before] if before.span else []), *cells])
        return rows

    def _cell(self, cell: Any) -> Cell:
        properties = cell.find(_w("tcPr"))
        merge = _value(properties, "vMerge")
        below = merge is not None and merge != "restart"
        span = max(1, _whole(_value(properties, "gridSpan"), 1))
        lines = [] if below else self.lines(cell, in_table=True)
        return Cell([line for line in lines if line != _TOC_MARK], span, below)


# Symbol characters are stored by their place in the font; these are the ones that policies use.
_SYMBOLS = {
    "symbol": dict(zip(b"\xa3\xb3\xb1\xb4\xb0\xb8\xb9\xbb\xb7\x6d\x61\x62\xae", "≤≥±×°÷≠≈·μαβ→", strict=True)),
    "wingdings": dict(zip(b"\xfe\xfd\xa8\x6f\xfc\xfb\x6c\x6e\xe8", "☑☒□□√×●■→", strict=True))
    | {0x81 + at: char for at, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩")},
    "wingdings 2": dict(zip(b"\x52\x54\x50\x4f\xa3", "☑☒√×□", strict=True))
    | {0x6A + at: char for at, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩")},
}


def _symbol(element: Any) -> str:
    code = element.get(_w("char"), "")
    at = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,5}", code) else 0
    known = _SYMBOLS.get(element.get(_w("font"), "").lower(), {}).get(at & 0xFF if at >= 0xF000 else at)
    if known:
        return known
    return chr(at) if 0x20 <= at < 0xD800 else ""


# --- tables ---


class Cell(NamedTuple):
    """A table cell as the file has it: the columns it spans, and whether it continues the one above."""

    lines: list[str]
    span: int = 1
    continues: bool = False


_MAX_COLUMNS = 63  # Word's own limit
_MAX_CELLS = 2_000_000  # of the full grid: one wide row pads a million narrow ones
_MAX_REPEATED = 2_000_000  # characters that merged cells may add: spans can multiply a text without end


def _add_table(lines: list[str], grid: list[str], rows: list[list[Cell]]) -> None:
    """Add the grid, parted from a table right before it; without a grid, the cells' lines."""
    if grid and lines and lines[-1].startswith("\x1e"):
        lines.append("\x1d")
    lines += grid or [line for row in rows for cell in row for line in cell.lines]


def grid_lines(rows: list[list[Cell]], max_columns: int = _MAX_COLUMNS) -> list[str]:
    """Return the rows as record lines, [] for a table that only serves layout: one row or one column."""
    width = max((sum(cell.span for cell in row) for row in rows), default=0)
    if width > max_columns or width * len(rows) > _MAX_CELLS or sum(map(_has_columns, rows)) < 2:
        return []
    lines: list[str] = []
    above: list[str] = []
    budget = _MAX_REPEATED
    for row in rows:
        above = _spread(row, above, budget)
        budget -= sum(map(len, above)) - sum(len(line) for cell in row for line in cell.lines)
        if any(above):
            lines.append("\x1e" + "\x1f".join(above + [""] * (width - len(above))))
    return lines


def _has_columns(row: list[Cell]) -> bool:
    return sum(bool(cell.lines) or cell.continues for cell in row) > 1


def _spread(row: Iterable[Cell], above: list[str], budget: int) -> list[str]:
    """Return the row's texts by grid column, those of merged cells in each column that they cover."""
    texts: list[str] = []
    for cell in row:
        text = " ".join(" ".join(cell.lines).split())
        if cell.continues and len(texts) < len(above):
            text = above[len(texts)]
        repeat = text if budget > 0 else ""
        texts += [repeat if cell.continues else text] + [repeat] * (cell.span - 1)
    return texts
