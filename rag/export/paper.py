"""What a paper of questions and answers holds, in order, whatever it is written as: headings, paragraphs, tables.

`paper_of` is what `docx` and `markdown` render; the words of documents stand in it as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from index.errors import UserError
from index.types import Clause
from rag.export.marks import Piece, Table, answer_parts
from rag.export.reference import official_reference
from rag.records.restore import is_past
from rag.types import Answer, Citation

TITLE = "政策条款问答记录"
MOST_UNUSED = 3  # clauses that came nearest and were not used
EMPTY = "这段对话还没有完成的回答,没有可以导出的内容。请先提问,得到回答后再导出。"
STATUSES = {"grounded": "有依据", "partial": "部分有依据", "refused": "未找到依据"}
_MODES = {"extractive": "条款原文摘录", "generative": "语言模型归纳，逐句核对后给出"}
_UNUSED = "最接近的条款（未采用）"
_UNUSED_WHY = "以下条款不足以回答问题，仅供查阅，不作为依据。"
_ORIGIN = "本件由政策条款问答系统根据已收录的文件生成，条款照录收录的文本；正式引用前请与文件原文核对。"
_HAN = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, its answer, and when it was given."""

    question: str
    answer: Answer
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2, its number in its text."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: `text` of the paper, `source` of a citation, `quote` of a clause, `fact` about what stands above."""

    kind: str
    pieces: tuple[Piece, ...]


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks of one question, and the citations that its marks 〔n〕 stand for."""

    blocks: tuple[Block, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A title, what stands below it, and the sections."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def paper_of(exchanges: Sequence[Exchange], name: str = "") -> Paper:
    """Return the paper of a conversation called `name`, or of one answer; raises UserError if there is none."""
    if not exchanges:
        raise UserError(EMPTY)
    several = len(exchanges) > 1
    sections = [_section(exchange, n if several else 0) for n, exchange in enumerate(exchanges, 1)]
    above = sum(isinstance(block, Heading) and block.level == 1 for section in sections for block in section.blocks)
    closing = Section((Heading(1, f"{_han(above + 1)}、说明"), _line("text", _ORIGIN)), ())
    days = _days([exchange.at for exchange in exchanges if exchange.at])
    facts = [name, f"共{len(exchanges)}问", days] if several else [days]
    return Paper(TITLE, "　".join(fact for fact in facts if fact), (*sections, closing))


def provenance(exchange: Exchange) -> str:
    """Return how an answer came about: its time, its mode and model, the version of the index."""
    answer = exchange.answer
    mode = _MODES.get(answer.mode, answer.mode) if answer.status != "refused" else ""
    facts = [
        f"{_day(exchange.at)}{exchange.at:%H:%M}作答" if exchange.at else "",
        f"作答方式：{mode}" if mode else "",
        f"模型：{answer.model}" if answer.model and mode else "",
        f"索引版本：{answer.index_version}" if answer.index_version else "",
    ]
    return "；".join(fact for fact in facts if fact)


def standing_of(citation: Citation) -> str:
    """Return whether a cited document is in force, and what became of the clause since; empty if nothing is known."""
    standing = citation.standing
    reason = f"（{standing.reason}）" if standing.is_out_of_force and standing.reason else ""
    name = "作答时效力" if is_past(citation) else "效力"
    status = "" if standing.status == "未知" else f"{name}：{standing.status}{reason}"
    return "；".join(fact for fact in (status, citation.since) if fact)


def _section(exchange: Exchange, number: int) -> Section:
    """Return the blocks of a question: question `number` of several, or the only one (0)."""
    answer = exchange.answer
    numbered = _Numbers(2 if number else 1)
    blocks: list[Block] = [Heading(1, f"{_han(number)}、第{number}问")] if number else []
    blocks += [numbered.heading("提问"), *_lines("text", exchange.question)]
    blocks += [numbered.heading(f"答复（{STATUSES.get(answer.status, answer.status)}）"), *_answer_blocks(answer)]
    blocks += [_line("fact", made)] if (made := provenance(exchange)) else []
    if answer.citations:
        blocks += [numbered.heading("所依据条款"), *_clauses(answer.citations)]
    if answer.nearest and answer.status != "grounded":  # something that was asked for has no answer
        blocks += [numbered.heading(_UNUSED), _line("text", _UNUSED_WHY), *_unused(answer.nearest[:MOST_UNUSED])]
    return Section(tuple(blocks), answer.citations)


class _Numbers:
    """The headings of one level, numbered as they come: 一、 or （一）."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._count = 0

    def heading(self, words: str) -> Heading:
        self._count += 1
        han = _han(self._count)
        return Heading(self._level, f"{han}、{words}" if self._level == 1 else f"（{han}）{words}")


def _answer_blocks(answer: Answer) -> Iterator[Block]:
    for part in answer_parts(answer):
        yield part if isinstance(part, Table) else Paragraph("text", part)


def _unused(citations: Sequence[Citation]) -> Iterator[Block]:
    """Yield what comes nearest by the words of it that do: whole clauses would drown that there is no answer."""
    for place, one in enumerate(citations, 1):
        yield _line("source", f"{place}.{official_reference(one.clause)}")
        yield from _lines("quote", one.cited_text or one.clause.text)
        yield _line("fact", "；".join(filter(None, (standing_of(one), f"条款编号：{one.clause.clause_id}"))))


def _clauses(citations: Sequence[Citation]) -> Iterator[Block]:
    """Yield each clause once, quoted in full, with all that is cited of it told apart."""
    by_clause: dict[str, list[Citation]] = {}
    for citation in citations:
        by_clause.setdefault(citation.clause.clause_id, []).append(citation)
    for cited in by_clause.values():
        mark = "".join(f"〔{one.n}〕" for one in cited)
        yield _line("source", f"{mark}{official_reference(cited[0].clause)}")
        yield from _quoted(cited[0].clause, [(one.start, one.end) for one in cited])
        facts = (standing_of(cited[0]), _departments(cited[0].clause), f"条款编号：{cited[0].clause.clause_id}")
        yield _line("fact", "；".join(fact for fact in facts if fact))


def _quoted(clause: Clause, spans: Sequence[tuple[int, int]]) -> Iterator[Paragraph]:
    """Yield the lines of a clause, what lies in the spans strong."""
    start = 0
    for line in clause.text.split("\n"):
        end = start + len(line)
        cuts = sorted({start, end, *(at for span in spans for at in span if start < at < end)})
        pieces = (
            Piece(clause.text[a:b], strong=any(first <= a < last for first, last in spans)) for a, b in pairwise(cuts)
        )
        if line.strip():
            yield Paragraph("quote", tuple(pieces))
        start = end + 1


def _departments(clause: Clause) -> str:
    names = (f"{name}（牵头）" if name == clause.lead else name for name in clause.departments)
    return f"责任部门：{'、'.join(names)}" if clause.departments else ""


def _lines(kind: str, text: str) -> Iterator[Paragraph]:
    return (_line(kind, line) for line in text.splitlines() if line.strip())


def _line(kind: str, text: str) -> Paragraph:
    return Paragraph(kind, (Piece(text),))


def _day(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日"


def _days(moments: Sequence[datetime]) -> str:
    days = [_day(at) for at in sorted(moments)]
    return "至".join(dict.fromkeys((days[0], days[-1]))) if days else ""


def _han(number: int) -> str:
    """Return 一 to 九十九 for a heading; larger numbers in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{_HAN[tens]}十"
    return lead + (_HAN[ones] if ones or not tens else "")
