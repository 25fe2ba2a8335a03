"""The numbers that open a clause: 第X条, 一、 (一) 1. 1) (1) ① 第一, 一是 and 1.1.2, in all their written forms."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

_HAN = "一二三四五六七八九十百千零〇两"
_MAX_NUMERAL = 9  # 一千二百六十 is six; the Civil Code has 1,260 articles
_CIRCLED = "①-⑳㉑-㉟㊱-㊿❶-❿➀-➉"
_DIGIT = "0-9０-９"
_UNIT = "年月日号时分元万亿%％‰℃个名人户家件项次天岁所米吨倍分度层级类种以至到—~～-"  # 2.5万元 is an amount, 1.1编制目的 a number

_YEAR = r"(?:19|20)\d\d年"  # 11.2019年9月底前 is number 11
_AMOUNT = rf"\d{{1,5}}(?![\d.．{_UNIT}])"  # 8.160千瓦 may be number 8: the sequence tells

# By style, in the order of GB/T 9704-2012 7.3.3 and of the 立法技术规范.
_STYLES: dict[str, str] = {
    "part": rf"第([{_HAN}]+|[{_DIGIT}]+)(?:编|分编)(?![制写辑])\s*",
    "chapter": rf"第\s?([{_HAN}]+|[{_DIGIT}]+)\s?章(?!程)\s*",
    "section": rf"第\s?([{_HAN}]+|[{_DIGIT}]+)\s?节(?![能约目假])\s*",
    "article": rf"第\s?([{_HAN}]+|[{_DIGIT}]+)\s?条(?:之([{_HAN}]+))?(?:\s*[:：])?\s*(?!例)",
    "han": rf"(?:第([{_HAN}]+)部分\s*[:：、]?|([{_HAN}]+)\s*[、．.](?![{_HAN}]+[级类甲乙等]))\s*",  # 二、三级医院 is no second clause
    "comma": rf"([{_HAN}]{{1,3}})[,，](?=[\u4e00-\u9fff])",  # 一,各地都要… in older files
    "bracketed_han": rf"(?:[（(〔]\s*([{_HAN}]+)\s*[）)〕]|([㈠-㈩]))\s*、?\s*",
    "decimal": rf"([{_DIGIT}]{{1,2}}(?:[.．][{_DIGIT}]{{1,2}}){{1,4}})(?![{_DIGIT}%％‰])[.．、]?\s*",
    "arabic": rf"(?:([{_DIGIT}]{{1,3}})\s?(?:[.．](?![{_DIGIT}])|[.．](?={_YEAR}|{_AMOUNT})|、)|([⒈-⒛]))\s*",
    "half_bracketed": rf"([{_DIGIT}]{{1,3}})\s?[）)]\s*",
    "bracketed_arabic": rf"(?:[（(]\s*([{_DIGIT}]{{1,3}})\s*[）)]|([⑴-⒇]))\s*",
    "circled": rf"([{_CIRCLED}])\s*",
    "ordinal": rf"第([{_HAN}]{{1,3}})[,，、:：]\s*",
    "spoken": r"([一二三四五六七八九十]{1,2})(?:是|要)(?=[\u4e00-\u9fff])",
    "letter": r"([A-Za-z])\s?[.．、)）]\s?(?=[\u4e00-\u9fff])",
    "roman": r"([Ⅰ-Ⅻ])\s?[.．、]?\s*",
    "bare": rf"([{_DIGIT}]{{1,2}})(?:[ \u3000]+|(?![{_UNIT}]))(?=[\u4e00-\u9fff]{{2}})",  # 1 总则, above 1.1 编制目的
}
_PATTERNS = {style: re.compile(pattern) for style, pattern in _STYLES.items()}
_MARK = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _STYLES.items()))
# A mark inside a line opens a clause only after the end of a sentence: `…负责)(五)完善…`.
_INLINE = re.compile(rf"(?:(?<=[。；;：:)）])\s*|(?<=[\u4e00-\u9fff”]) )(?=(?:{_MARK.pattern}))")
# What follows the number of a reference and never that of a clause: 第(五)项所称, (三)、(四)项规定的, 第十二条第二款.
_REFERENCE = re.compile(
    r"[、和或及与至到—-]\s*第?\s*[（(]?[一二三四五六七八九十百\d]+[）)]?\s*[、项款目条节章]|的?规定|所称|所列|所规定|所指|中的|之一的"
)
_PART_OF = re.compile(r"项(?!目)|款(?![项式待])|目(?![标的录前光击次])|第[一二三四五六七八九十\d（(]")  # 第十二条第二款

# The order of levels, as a document that breaks it shows: a higher style closes the lower ones.
RANKS = {style: rank for rank, style in enumerate(_STYLES)}
RANKS |= {"paragraph": RANKS["article"], "question": 0, "table": 99, "row": 99}
RANKS |= {"comma": RANKS["han"], "bare": RANKS["arabic"], "decimal": RANKS["arabic"]}
DIVISIONS = ("part", "chapter", "section")
_DOUBTFUL = frozenset({"comma", "ordinal", "spoken", "letter", "bare", "decimal", "half_bracketed", "roman"})
_ALONE = frozenset({"part", "chapter", "section", "article", "han", "bracketed_han"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A clause number: its style, its value, where it starts and ends, and how it is cited.

    `suffix` is the 之一 of 第十条之一 as a number; `above` are the leading numbers of 1.1.2.
    """

    style: str
    number: int
    start: int
    end: int
    suffix: int = 0
    above: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The mark as a citation writes it: 二、 (一) 3 (1) ① 第十二条 1.1.2."""
        return _written(self)

    @property
    def stands_alone(self) -> bool:
        """True for a style that needs no second number to be believed."""
        return self.style in _ALONE

    @property
    def is_doubtful(self) -> bool:
        """True for a style that is as often a word: 一是, 12 月, 1.1."""
        return self.style in _DOUBTFUL

    @property
    def step(self) -> str:
        """The mark's step in a path: 3, 10_1 for 第十条之一."""
        return f"{self.number}_{self.suffix}" if self.suffix > 0 else str(self.number)


def mark_at(line: str, start: int = 0) -> Mark | None:
    """Return the mark that stands at `start`, or None."""
    match = _MARK.match(line, start)
    if not match or not match.lastgroup:
        return None
    style = match.lastgroup
    groups = [group for group in _PATTERNS[style].match(line, start).groups() if group]  # type: ignore[union-attr]
    numbers = [_number(digits) for digits in re.split(r"[.．]", groups[0])]
    if not all(numbers):
        return None
    suffix = _number(groups[1]) if style == "article" and len(groups) > 1 else 0
    return Mark(style, numbers[-1], start, match.end(), suffix, tuple(numbers[:-1]))


_ASKED = re.compile(r"^[【\[]?(?:问题?|Q)\s*([0-9０-９]{1,2}|[一二三四五六七八九十]{1,2})?\s*[】\]]?\s*[:：.．、]\s*")


def question_at(line: str) -> Mark | None:
    """Return the mark of a question (`问:`, `Q3:`), number 0 and suffix 0 if it bears none of its own."""
    match = _ASKED.match(line)
    return (
        Mark("question", _number(match[1]) if match[1] else 0, 0, match.end(), -1 if match[1] else 0) if match else None
    )


def is_reference(line: str, mark: Mark) -> bool:
    """True where the number is one that a sentence refers to: `第(五)项所称…`, `(三)、(四)项规定的…`."""
    end = _bare_end(line, mark)
    is_part = mark.style not in ("han", "arabic", "decimal", "bare") and _PART_OF.match(line, end)
    return bool(is_part or _REFERENCE.match(line, end))


def _bare_end(line: str, mark: Mark) -> int:
    """Return where a number ends without the space, or the 、 after its bracket, that may follow it."""
    return mark.start + len(line[mark.start : mark.end].rstrip("、 \u3000" if "bracketed" in mark.style else " \u3000"))


def may_be_amount(line: str, mark: Mark) -> bool:
    """True for a number such as 1.5 before a word that counts or measures: 1.5米以上, but 1.3分级 too."""
    return mark.style == "decimal" and len(mark.above) == 1 and line[mark.end : mark.end + 1] in tuple(_UNIT)


def plain_number(line: str) -> Mark | None:
    """Return the number 3 of `3.5G网络`, which reads as the number 3.5."""
    match = _PATTERNS["arabic"].match(line)
    return Mark("arabic", _number(match[1]), 0, match.end()) if match and match[1] else None


def inline_marks(line: str) -> list[Mark]:
    """Return the marks inside a line that follow the end of a sentence."""
    found = (mark_at(line, match.end()) for match in _INLINE.finditer(line) if match.end() > 0)
    return [mark for mark in found if mark]


def starts_with_mark(line: str) -> bool:
    return mark_at(line) is not None


@cache
def _number(digits: str) -> int:
    """Return a numeral's value, 0 for what is none."""
    if len(digits) == 1 and (value := _enclosed(digits)):
        return value
    digits = unicodedata.normalize("NFKC", digits)
    if digits.isdecimal():
        return int(digits)
    if len(digits) == 1 and digits.isascii() and digits.isalpha():
        return ord(digits.lower()) - ord("a") + 1
    if len(digits) > _MAX_NUMERAL:
        return 0
    import cn2an

    try:
        return int(cn2an.cn2an(digits.replace("〇", "零"), "smart"))
    except ValueError:
        return 0


def _enclosed(char: str) -> int:
    """Return the value of ① ⑴ ⒈ ㈠ Ⅳ and the like, 0 for any other character."""
    return 0 if "\u4e00" <= char <= "\u9fff" or char.isascii() else int(unicodedata.numeric(char, 0))


def _written(mark: Mark) -> str:
    style, number = mark.style, mark.number
    if style == "circled":
        return chr(ord("①") + number - 1) if number <= 20 else f"({number})"
    if style == "decimal":
        return ".".join(map(str, (*mark.above, number)))
    if style == "letter":
        return chr(ord("A") + number - 1)
    if style in ("arabic", "bare", "roman"):
        return str(number)
    if style in ("bracketed_arabic", "half_bracketed"):
        return f"({number})" if style == "bracketed_arabic" else f"{number})"
    return _in_han(mark)


def _in_han(mark: Mark) -> str:
    import cn2an

    han = _ten(cn2an.an2cn(mark.number))
    suffix = f"之{_ten(cn2an.an2cn(mark.suffix))}" if mark.suffix else ""
    units = {"part": "编", "chapter": "章", "section": "节", "article": "条", "paragraph": "款"}
    if mark.style in units:
        return f"第{han}{units[mark.style]}{suffix}"
    return {"han": f"{han}、", "comma": f"{han}、", "ordinal": f"第{han}", "spoken": f"{han}是"}.get(
        mark.style, f"({han})"
    )


def _ten(han: str) -> str:
    """十二, not 一十二."""
    return han[1:] if han.startswith("一十") else han
