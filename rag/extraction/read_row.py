"""A row of a table in plain words: what it is about, the columns asked for first, no running number.

`公共厕所达标率（%）：2018年71，2023年80` of `序号：4；指标名称：公共厕所达标率；单位：%；2018年：71；2023年：80`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.tokens import bigrams, normalise, words
from rag.question.parts import count_asked
from rag.retrieval.features import Asked
from rag.retrieval.read_text import TRAILING
from rag.retrieval.reading import Reading

_NUMBERING = re.compile(r"序号|编号|行次|项次")
_UNIT = re.compile(r"(?:计量)?单位")
_BODY = re.compile(r"[局委办厅部所院站处科室会队县市区镇乡]$|中心$|公司$|街道$")  # 单位：市财政局 is no unit of measure
_BLANK = re.compile(r"[\s/／—–-]*")
_UNIT_CHARS = 6
_YEAR = re.compile(r"((?:19|20)\d\d)年?度?")
_NUMERAL = re.compile(r"[\d.,，％%]+")
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]")
_WHETHER = re.compile(r"([\u4e00-\u9fff])不\1")  # 收不收费
# What a column of the kind asked for is headed by, whatever the question calls it: 几个工作日 is under 承诺时限.
_HEADS = {
    "department": re.compile(r"(?:部门|单位|机构|科室|处室|牵头|责任|承办|主管)(?!名称|类)"),
    "duration": re.compile(r"时限|期限|工作日|时间|时长"),
    "percent": re.compile(r"比例|比重|率$|率[(（]|%|％"),
    "amount": re.compile(r"金额|资金|补助|补贴|标准|[费价款]|元"),
    "date": re.compile(r"时限|期限|时间|日期"),
}
_SAID = 0.5  # of a head's own character pairs must stand in the question for its column to be asked for


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a row under the head of its column."""

    head: str
    value: str

    @property
    def year(self) -> int:
        match = _YEAR.fullmatch(self.head.strip())
        return int(match[1]) if match else 0

    @property
    def said(self) -> str:
        return f"{self.head}{self.value}" if self.year else f"{self.head}：{self.value}"


def tell_row(asked: Asked, reading: Reading) -> str:
    """Return a row as a sentence; empty where its columns cannot be told apart."""
    cells = [cell for cell in _cells(reading) if not _BLANK.fullmatch(cell.value)]
    rest = [cell for cell in cells if not _NUMBERING.search(cell.head)]
    subject = next((cell for cell in _by_question(asked, rest) if not _NUMERAL.fullmatch(cell.value)), None)
    if subject is None or subject.year:
        return _sentence("；".join(cell.said for cell in rest))
    unit = next((cell.value for cell in rest if _is_unit(cell)), "")
    others = [cell for cell in rest if cell is not subject and not _is_unit(cell)]
    wanted = [cell for cell in others if _is_asked(asked, cell)]
    told = wanted if len(wanted) >= max(1, _asked_of(asked)) else wanted + [c for c in others if c not in wanted]
    if not told:
        return ""
    name = f"{subject.value}（{unit}）" if unit else subject.value
    name = f"{subject.head}：{name}" if subject.value[0].isdecimal() else name  # 退休年份：2031年
    if all(cell.year for cell in told):
        return f"{name}：{'，'.join(cell.said for cell in told)}。"
    return _sentence(f"{name}，{'；'.join(cell.said for cell in told)}")


def _sentence(text: str) -> str:
    return f"{text.rstrip(TRAILING)}。" if text else ""


def _cells(reading: Reading) -> list[_Cell]:
    """Return the cells of a row by the heads of its table: a value may hold a `；` or a `：` of its own."""
    heads = [head.strip() for head in reading.clause.headings[-1].split("；")] if reading.clause.headings else []
    text, at, found = " ".join(reading.clause.text.split()), 0, list[tuple[str, int, int]]()
    for head in filter(None, heads):
        start = text.find(f"{head}：", at)
        if start == 0 or start > 0 and text[start - 1] == "；":
            at = start + len(head) + 1
            found.append((head, start, at))
    stops = [start for _, start, _ in found[1:]] + [len(text)]
    return [_Cell(head, text[at:stop].strip(TRAILING)) for (head, _, at), stop in zip(found, stops, strict=True)]


def _is_unit(cell: _Cell) -> bool:
    """True for the unit of measure of a row's figures."""
    return bool(_UNIT.fullmatch(cell.head)) and len(cell.value) <= _UNIT_CHARS and not _BODY.search(cell.value)


def _by_question(asked: Asked, cells: list[_Cell]) -> list[_Cell]:
    """Return the cells, those first of which the question says most: what the row is about."""
    spoken = set(bigrams(asked.query.text)) | set(asked.pairs)

    def share(cell: _Cell) -> float:
        pairs = set(bigrams(_BRACKETED.sub("", cell.value)))
        return len(pairs & spoken) / len(pairs) if pairs else 0.0

    return sorted((cell for cell in cells if share(cell) >= _SAID), key=lambda cell: -share(cell))


def _is_asked(asked: Asked, cell: _Cell) -> bool:
    """True if the question names a column, by its year or by its words."""
    if cell.year:
        return cell.year in asked.query.named.years
    kind = _HEADS.get(asked.query.asks)
    if kind and kind.search(cell.head):
        return True
    head, question = normalise(_BRACKETED.sub("", cell.head)), normalise(asked.query.text)
    known = words(head)
    return head in question or bool(known) and all(len(word) > 1 and word in question for word in known)


def _asked_of(asked: Asked) -> int:
    """Return how many things a question asks of a row; one side of a comparison of years asks one."""
    asks = count_asked(asked.query.text) + len(_WHETHER.findall(asked.query.text))
    return min(asks, len(asked.query.named.years) or 9)
