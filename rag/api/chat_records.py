"""An answer as OpenAI's clients read it: the words with their marks, the sources, and the whole answer beside them."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from rag.export.marks import own_marks
from rag.export.paper import standing_of
from rag.export.reference import official_reference
from rag.types import Answer, Citation

_NEAR = 3  # clauses named under a refusal
# A chat page shows words as Markdown, and would fetch a picture that a document names. The rest of it does no harm.
_LIVE = re.compile(r"(?<=\])(?=[(\[:])|(?=<[A-Za-z/!?])|(?=!\[)")


class Reply:
    """The records of one reply; `base` is the address of the service, for links to the clauses."""

    def __init__(self, model: str, base: str) -> None:
        self._base = base
        self._common = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def whole(self, answer: Answer) -> dict[str, Any]:
        """Return a completion."""
        text = inert(answer.answer + sources_of(answer))
        message = {"role": "assistant", "content": text, "refusal": None, "annotations": self._annotations(answer)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        own = {"choices": [choice], "usage": _usage(answer), "answer": answer.to_json()}
        return {**self._common, "object": "chat.completion", **own}

    def chunk(self, delta: dict[str, Any], ending: str | None = None) -> dict[str, Any]:
        """Return a part of a completion."""
        choice = {"index": 0, "delta": delta, "finish_reason": ending, "logprobs": None}
        return {**self._common, "object": "chat.completion.chunk", "choices": [choice]}

    def last(self, answer: Answer) -> dict[str, Any]:
        """Return the last part, without words: the links of the marks, and the whole answer."""
        return {**self.chunk({"annotations": self._annotations(answer)}, "stop"), "answer": answer.to_json()}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """Return the tokens of a completion, which come after its last part."""
        return {**self._common, "object": "chat.completion.chunk", "choices": [], "usage": _usage(answer)}

    def _annotations(self, answer: Answer) -> list[dict[str, Any]]:
        """Return where the marks stand in the words and what they link to."""
        cited = {citation.n: citation for citation in answer.citations}
        return [
            {"type": "url_citation", "url_citation": self._link(cited, answer.answer, *span)}
            for span in own_marks(answer, set(cited))
        ]

    def _link(self, cited: dict[int, Citation], text: str, start: int, end: int) -> dict[str, Any]:
        citation = cited[int(text[start + 1 : end - 1])]
        url = f"{self._base}api/clauses/{quote(citation.clause.clause_id)}"
        start, end = len(inert(text[:start])), len(inert(text[:end]))
        return {"start_index": start, "end_index": end, "title": official_reference(citation.clause), "url": url}


def inert(text: str) -> str:
    """Return words in which Markdown finds no link, picture or HTML."""
    return _LIVE.sub(r"\\", text)


def sources_of(answer: Answer) -> str:
    """Return the clauses cited as a list to stand under the answer; under a refusal those nearest; else nothing."""
    lines = list(_sources(answer))
    return "\n\n" + "\n".join(lines) if lines else ""


def _sources(answer: Answer) -> Iterator[str]:
    if answer.citations:
        yield "依据："
        yield from (_source(citation) for citation in answer.citations)
    elif answer.status == "refused" and answer.nearest:
        yield "最接近的条款（未采用）："
        yield from (f"- {_named(citation)}" for citation in answer.nearest[:_NEAR])


def _source(citation: Citation) -> str:
    standing = standing_of(citation)
    return f"- 〔{citation.n}〕{_named(citation)}{f'（{standing}）' if standing else ''}"


def _named(citation: Citation) -> str:
    return f"{official_reference(citation.clause)} `{citation.clause.clause_id}`"


def _usage(answer: Answer) -> dict[str, int]:
    """Return the tokens that a model took: none where the answer is of the clauses' own words."""
    used = answer.usage or {}
    read, written = used.get("input", 0), used.get("output", 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
