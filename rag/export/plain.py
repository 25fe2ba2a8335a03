"""An answer or a conversation as plain text, short enough to paste into a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.errors import UserError
from rag.export.legible import legible
from rag.export.marks import Table, Words, answer_parts, plain_words
from rag.export.paper import EMPTY, MOST_UNUSED, STATUSES, Exchange, standing_of
from rag.export.reference import official_reference
from rag.types import Citation

_ORIGIN = "（以上由政策条款问答系统根据已收录的文件生成，引用前请与原文核对。）"


def answer_text(exchange: Exchange) -> str:
    """Return the question, the answer and its sources, a line each."""
    return conversation_text([exchange])


def conversation_text(exchanges: Sequence[Exchange]) -> str:
    """Return the questions with their answers and sources; raises UserError if there is none."""
    if not exchanges:
        raise UserError(EMPTY)
    return legible("\n\n".join([*("\n".join(_lines(exchange)) for exchange in exchanges), _ORIGIN])) + "\n"


def _lines(exchange: Exchange) -> Iterator[str]:
    answer = exchange.answer
    yield f"问：{' '.join(exchange.question.split())}"
    yield f"答（{STATUSES.get(answer.status, answer.status)}）："
    for part in answer_parts(answer):
        yield from _rows(part) if isinstance(part, Table) else [plain_words(part)]
    if answer.citations:
        yield "依据："
        yield from (_source(citation) for citation in answer.citations)
    elif answer.nearest:
        yield "最接近的条款（未采用）："
        yield from (official_reference(citation.clause) for citation in answer.nearest[:MOST_UNUSED])


def _rows(table: Table) -> Iterator[str]:
    """Yield a comparison a line a row: what is compared, then what is said of it."""
    for row in table.rows:
        side, *rest = (plain_words(cell) for cell in _filled(row))
        yield f"{side}：{''.join(rest)}"


def _filled(row: Sequence[Words]) -> Iterator[Words]:
    yield row[0]
    yield from (cell for cell in row[1:] if cell)


def _source(citation: Citation) -> str:
    standing = standing_of(citation)
    quote = " ".join(citation.cited_text.split())
    return f"〔{citation.n}〕{official_reference(citation.clause)}{f'（{standing}）' if standing else ''}：“{quote}”"
