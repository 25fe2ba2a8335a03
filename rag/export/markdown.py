"""An answer or a conversation as Markdown in which the text of documents is inert."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rag.export.inert import escape_markdown
from rag.export.legible import legible
from rag.export.marks import Piece, Table
from rag.export.paper import Block, Exchange, Heading, Paragraph, paper_of


def answer_markdown(exchange: Exchange) -> str:
    """Return the Markdown of one question and its answer."""
    return _markdown([exchange], "")


def conversation_markdown(exchanges: Sequence[Exchange], name: str = "") -> str:
    """Return the Markdown of a conversation called `name`; raises UserError if it holds no answer."""
    return _markdown(exchanges, name)


def _markdown(exchanges: Sequence[Exchange], name: str) -> str:
    paper = paper_of(exchanges, name)
    parts = [f"# {_inert(paper.title)}", *([_inert(paper.subtitle)] if paper.subtitle else [])]
    for section in paper.sections:
        # The lines of a quoted clause are one block; other paragraphs stand by themselves.
        for is_quote, blocks in groupby(section.blocks, _is_quote):
            texts = [_block(block) for block in blocks]
            parts += ["\n>\n".join(texts)] if is_quote else texts
    return "\n\n".join(parts) + "\n"


def _is_quote(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.kind == "quote"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1)} {_inert(block.text)}"
    if isinstance(block, Table):
        return _table(block)
    if block.kind == "quote":
        return _quote(block.pieces)
    text = _inert("".join(piece.text for piece in block.pieces))
    return f"**{text}**" if block.kind == "source" else text


def _quote(pieces: Sequence[Piece]) -> str:
    """Return a line of a clause; what is cited has a line to itself, for Markdown knows no bold inside Chinese words."""
    lines = []
    for piece in pieces:
        text = _inert(piece.text.strip())
        if text:
            lines.append(f"> **{text}**" if piece.strong else f"> {text}")
    return "\n".join(lines)


def _table(table: Table) -> str:
    rows = [[_inert(cell) for cell in table.heading], ["---"] * len(table.heading)]
    rows += [[_inert("".join(piece.text for piece in cell)) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _inert(text: str) -> str:
    return escape_markdown(legible(text).replace("\n", " "))
