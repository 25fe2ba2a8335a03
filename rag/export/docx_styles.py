"""The looks of a 公文 (GB/T 9704-2012): the page, the fonts, the lines, and the number at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_TEXT, _TITLE, _HEI, _KAI, _SONG = "仿宋", "方正小标宋简体", "黑体", "楷体", "宋体"
_LATIN = "Times New Roman"
_LINE = 28  # points from line to line, exactly: 22 lines on a page of 225 mm


@dataclass(frozen=True, slots=True)
class _Look:
    """A paragraph style: its font, size in points, lines, and indents in characters."""

    font: str
    size: float = 16  # 3号
    line: float = _LINE
    first: int = 0
    left: int = 0
    sides: str = "both"  # justified
    outline: int = 0
    follows: bool = False  # stays with the next paragraph
    before: float = 0
    after: float = 0


# By the kinds of `paper.py`; the names are what Word lists, those of Word itself in its own English.
_LOOKS = {
    "Normal": _Look(_TEXT, first=2),
    "Title": _Look(_TITLE, size=22, line=36, sides="center", follows=True),  # 2号
    "Subtitle": _Look(_KAI, sides="center", after=_LINE),
    "Heading 1": _Look(_HEI, first=2, outline=1, follows=True),
    "Heading 2": _Look(_KAI, first=2, outline=2, follows=True),
    "引用出处": _Look(_KAI, first=2, follows=True, before=6),
    "条款原文": _Look(_TEXT, size=14, line=25, left=2, first=2),
    "附记": _Look(_TEXT, size=12, line=20, left=2, sides="left"),
    "表格": _Look(_TEXT, size=14, line=22, sides="left"),
    "表头": _Look(_HEI, size=14, line=22, sides="center"),
    "Footer": _Look(_SONG, size=14, line=20, sides="center"),  # 4号
    "footnote text": _Look(_TEXT, size=10.5, line=15, sides="left"),
}
_KEPT = {*_LOOKS, *(name.lower() for name in _LOOKS), "Table Grid"}  # Word's own names are kept in small letters
_UNUSED = ("/thumbnail", "/stylesWithEffects", "/numbering", "/customXml")  # of the template's parts
STYLES = {"text": "Normal", "source": "引用出处", "quote": "条款原文", "fact": "附记"}

# Where a font is missing, what Word and WPS may take for it.
_OTHER_NAMES = {
    _TITLE: "方正小标宋_GBK,小标宋体,华文中宋,STZhongsong",
    _TEXT: "FangSong,仿宋_GB2312,方正仿宋_GBK,STFangsong",
    _KAI: "KaiTi,楷体_GB2312,方正楷体_GBK,STKaiti",
    _HEI: "SimHei,方正黑体_GBK,STHeiti",
    _SONG: "SimSun,方正书宋_GBK,STSong",
}


def new_document() -> Document:
    """Return an empty document laid out as a 公文 is."""
    import docx

    document = docx.Document()
    _lay_out(document)
    _empty_template(document)
    for name, look in _LOOKS.items():
        _define(document, name, look)
    _set_languages(document)
    _name_fonts(document)
    _number_pages(document)
    return document


def add_paragraph(document: Document, style_id: str) -> Paragraph:
    """Append a paragraph; by the ID of its style, as python-docx looks for a name among all styles each time."""
    paragraph = document.add_paragraph()
    paragraph._p.get_or_add_pPr().style = style_id
    return paragraph


def element(tag: str, **values: str | int) -> Any:
    """Return an XML element of WordprocessingML: `element("w:ind", left=0)`."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in values.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def _empty_template(document: Document) -> None:
    """Take out what the template brings: its 160 styles, Word's compatibility mode, its picture of itself."""
    styles: Any = document.styles.element
    for style in list(styles.style_lst):
        if style.name_val not in _KEPT and not style.default:
            styles.remove(style)
    for rels in document.part.package.rels, document.part.rels:
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(_UNUSED)]:
            del rels[key]
    compat: Any = document.settings.element.xpath("./w:compat")[0]
    for old in list(compat):
        compat.remove(old)
    address = "http://schemas.microsoft.com/office/word"
    compat.append(element("w:compatSetting", name="compatibilityMode", uri=address, val=15))


def _lay_out(document: Document) -> None:
    from docx.shared import Mm

    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(15), Mm(25)


def _define(document: Document, name: str, look: _Look) -> None:
    """Define a paragraph style anew; nothing of the template's is left in it."""
    from docx.enum.style import WD_STYLE_TYPE

    held = {style.name for style in document.styles}
    is_own = any(letter > "\x7f" for letter in name)
    style = (
        document.styles[name]
        if name in held
        else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=not is_own)
    )
    own: Any = style.element
    for tag in ("pPr", "rPr", "link"):
        for old in own.xpath(f"./w:{tag}"):
            own.remove(old)
    if name != "Normal":
        style.base_style = document.styles["Normal"]
    style.quick_style, style.hidden = True, False
    own.append(_paragraph_looks(look))
    own.append(_letter_looks(look))


def _paragraph_looks(look: _Look) -> Any:
    """Return a w:pPr; the order of its elements is that of the schema."""
    looks = element("w:pPr")
    if look.follows:
        looks.append(element("w:keepNext"))
    before, after, line = (round(20 * points) for points in (look.before, look.after, look.line))
    looks.append(element("w:spacing", before=before, after=after, line=line, lineRule="exact"))
    width = round(20 * look.size)  # of a character, in twentieths of a point
    indents = {
        "left": look.left * width, "leftChars": look.left * 100, "firstLine": look.first * width,
        "firstLineChars": look.first * 100,
    }  # fmt: skip
    looks.append(element("w:ind", **indents))
    looks.append(element("w:jc", val=look.sides))
    if look.outline:
        looks.append(element("w:outlineLvl", val=look.outline - 1))
    return looks


def _letter_looks(look: _Look) -> Any:
    looks = element("w:rPr")
    looks.append(element("w:rFonts", ascii=_LATIN, hAnsi=_LATIN, eastAsia=look.font, cs=_LATIN))
    for tag in ("w:b", "w:bCs", "w:i", "w:iCs"):  # headings are told apart by their font alone
        looks.append(element(tag, val=0))
    looks.append(element("w:color", val="auto"))
    for tag in ("w:sz", "w:szCs"):
        looks.append(element(tag, val=round(2 * look.size)))
    return looks


def _set_languages(document: Document) -> None:
    """Say that the text is Chinese, so that Word breaks lines and checks spelling as for Chinese."""
    defaults: Any = document.styles.element.xpath("./w:docDefaults/w:rPrDefault/w:rPr")[0]
    for old in list(defaults):
        defaults.remove(old)
    for new in _letter_looks(_LOOKS["Normal"]):
        defaults.append(new)
    defaults.append(element("w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))


def _name_fonts(document: Document) -> None:
    """Name what may stand for each font; a system without 小标宋 then takes 中宋 and not the default."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.oxml import serialize_part_xml

    table: Any = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = element("w:fonts")
    for name, others in _OTHER_NAMES.items():
        font = element("w:font", name=name)
        font.append(element("w:altName", val=others))
        fonts.append(font)
    table._blob = serialize_part_xml(fonts)


def _number_pages(document: Document) -> None:
    """Write `— 1 —` at the foot of each page."""
    foot = document.sections[0].footer.paragraphs[0]
    foot.style = document.styles["Footer"]
    foot.add_run("— ")
    field = foot.add_run()
    for kind in ("begin", "separate", "end"):
        field._r.append(element("w:fldChar", fldCharType=kind))
        if kind == "begin":
            code = element("w:instrText")
            code.text = "PAGE"
            field._r.append(code)
        elif kind == "separate":
            field._r.add_t("1")
    foot.add_run(" —")
