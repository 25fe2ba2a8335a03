"""The documents that a text names: `《X办法》（X发〔2010〕5号）`, `国发〔2012〕3号文件`, `《办法》` where it is short for one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from index.doc_numbers import find_numbers
from index.head import kind_of

_QUOTED = re.compile(r"《(?P<title>(?:[^《》]|《[^《》]*》){2,160})》")
_BRACKET = re.compile(r"\s*[（(](?P<inside>[^（()）]*(?:[（(〔][^（()）]*[)）〕][^（()）]*){0,3})[)）]")
_ALIAS = re.compile(r"(?:以下|下)?(?:统?简称|称)(?:为)?[：:]?\s*[《“\"](?P<alias>[^《》“”\"]{2,30})[》”\"]")
_CLAUSES = re.compile(
    r"\s*(?:第[一二三四五六七八九十百零〇\d]+(?:条(?:之[一二三四五六七八九十])?|款|章|节|部分)|第?[（(][一二三四五六七八九十\d]{1,3}[)）]项?|第?[一二三四五六七八九十\d]{1,3}项|[、，和及与或至到])+"
)
_LAW = re.compile(r"(?:通则|总则|法典|纲领|修正案|条约|协定书?|议定书)(?:[（(][^（()）]{1,12}[)）])?$")
_NO_DOCUMENT = re.compile(r"(?:证|证书|执照|报|杂志|表|合同|协议书|申请书|登记簿|公报|营业执照|许可证)$")


@dataclass(frozen=True, slots=True)
class Reference:
    """A document named in a text: its title (maybe empty), its normal 文号 (maybe empty), and where that is said.

    `end` is behind the number and the clauses (《X条例》第十二条); `name_end` behind the title or number alone.
    """

    title: str
    number: str
    start: int
    name_end: int
    end: int

    @property
    def target(self) -> str:
        return self.number or self.title

    @property
    def is_document(self) -> bool:
        """False for what only bears 书名号: 《安全生产许可证》, 《申请表》."""
        return bool(self.number) or _is_document(self.title)


def find_references(text: str) -> list[Reference]:
    """Return what a text names in 书名号 or by number, in order; an alias stands for what it is short for."""
    found: list[Reference] = []
    bare: list[Reference] = []
    aliases: dict[str, Reference] = {}
    for match in _QUOTED.finditer(text):
        if not found or match.start() >= found[-1].end:  # 以下简称《条例》 belongs to the name before it
            found.append(_quoted(text, match, aliases))
    starts = [ref.start for ref in found]
    for number in find_numbers(text):
        before = bisect_right(starts, number.start)
        if not before or found[before - 1].end <= number.start:
            end = number.end + (2 if text.startswith("文件", number.end) else 0)
            bare.append(Reference("", number.value, number.start, number.end, _with_clauses(text, end)))
    return sorted((*found, *bare), key=lambda ref: ref.start)


def _quoted(text: str, match: re.Match[str], aliases: dict[str, Reference]) -> Reference:
    title = re.sub(r"\s+", "", match["title"])
    meant = aliases.get(title)
    if meant:
        return Reference(meant.title, meant.number, match.start(), match.end(), _with_clauses(text, match.end()))
    end, number = match.end(), ""
    bracket = _BRACKET.match(text, end)
    alias = None
    while bracket:
        said = bracket["inside"]
        alias = alias or _ALIAS.search(said)
        numbers = find_numbers(said)
        number = number or (numbers[0].value if numbers else "")
        if not numbers and not alias:
            break
        end = bracket.end()
        bracket = _BRACKET.match(text, end)
    if not number and (after := next(iter(find_numbers(text[end : end + 40])), None)) and after.start == 0:
        number, end = after.value, end + after.end  # 《X通知》国发〔2012〕3号
    ref = Reference(title, number, match.start(), match.end(), _with_clauses(text, end))
    if alias:
        aliases[re.sub(r"\s+", "", alias["alias"])] = ref
    return ref


def _with_clauses(text: str, end: int) -> int:
    """Return where the clauses end that follow a document's name."""
    match = _CLAUSES.match(text, end)
    said = match[0].rstrip("、，和及与或至到 ") if match else ""
    return end + len(said) if "第" in said else end


def _is_document(title: str) -> bool:
    return bool(kind_of(title) or _LAW.search(title)) and not _NO_DOCUMENT.search(title)


def titles_in_list(line: str) -> Iterator[tuple[str, int, int]]:
    """Yield the title that an entry of a list without 书名号 is: `3.关于…的通知（X政发〔2001〕5号）`."""
    match = re.match(
        r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,4}[)）]?[、.．\s]\s*)?(?P<title>[^（()）。；;]{4,120}(?:[（(][^（()）]{1,12}[)）])?)",
        line,
    )
    if match and _is_document(match["title"].strip()):
        yield re.sub(r"\s+", "", match["title"]), match.start("title"), match.end("title")
