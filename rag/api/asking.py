"""POST /api/ask: a question in, the answer as one JSON object or as it grows.

No annotation is put off here (`from __future__`): FastAPI reads them, and would not find what a function has imported.
"""

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from index.errors import UserError
from rag.api.answering import NO_ANSWER, Answering
from rag.api.caller import Caller, caller_of
from rag.api.errors import BROKEN, error_record, status_of
from rag.api.events import EVENTS, Stream, event, stream_response
from rag.api.filters import Filters, Text
from rag.api.growing import Growing
from rag.api.schemas import AnswerRecord, told
from rag.types import Answer, Question

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = logging.getLogger(__name__)


class Ask(Filters):
    """A question; what is not known here is refused, so that a slip in a filter's name does not go unnoticed."""

    model_config = ConfigDict(extra="forbid")

    question: Text = Field(description="问题, 最多 2000 字", examples=["某市2024年的补助标准是多少?"])
    history: list[Text] = Field([], max_length=50, description="此前的问题, 从早到晚")
    id: str | int | None = Field(None, description="原样写进回答的 id")
    stream: bool = Field(False, description="true: 以 SSE 逐句返回 (请求头写 Accept: text/event-stream 也可)")
    explain: bool = Field(False, description="true: 回答另附检索过程")


def ask_routes(answering: Answering) -> "APIRouter":
    """Return the route."""
    from fastapi import APIRouter, Request
    from starlette.responses import JSONResponse, Response

    router = APIRouter(tags=["问答"])

    @router.post("/api/ask", summary="提问", response_class=Response, responses=told(AnswerRecord, stream=True))
    async def ask(body: Ask, request: Request) -> Response:
        """返回回答, 与 `python -m rag ask --json` 相同; 没有依据时 `status` 为 `refused`, 不是错误。

        `stream` 为 true 时是 SSE: 若干 `delta` 事件 (`{"text": 新增的文字}`), 最后一个 `answer` 事件是完整的回答;
        `replace` 事件 (`{"text": 全文}`) 表示此前的文字作废; 中途出错时以 `error` 事件结束。
        """
        question, caller = body.asking(body.question, body.history, body.id), caller_of(request)
        if body.stream or EVENTS in request.headers.get("accept", ""):
            return stream_response(_events(answering, question, caller, body.explain))
        answer = await answering.whole(question, caller, request.is_disconnected)
        return JSONResponse(answer.to_json(body.explain), headers={"Cache-Control": "no-store"})

    return router


async def _events(answering: Answering, question: Question, caller: Caller, explain: bool) -> Stream:
    """Yield what an answer adds as it grows, then all of it; or what went wrong."""
    growing = Growing()
    answer: Answer | None = None
    try:
        async with aclosing(answering.grown(question, caller)) as grown:
            async for answer in grown:
                if added := growing.add(answer):
                    yield event({"text": added}, "delta")
        if answer is None:
            raise UserError(NO_ANSWER)
        rest, anew = growing.finish(answer)
        for line in [rest] if anew else rest.splitlines(keepends=True):
            yield event({"text": line}, "replace" if anew else "delta")
        yield event(answer.to_json(explain), "answer")
    except UserError as exc:
        yield _gone_wrong(status_of(exc), str(exc))
    except Exception:  # the headers are gone: only an event can say so
        _log.exception("answering failed")
        yield _gone_wrong(500, BROKEN)


def _gone_wrong(status: int, message: str) -> bytes:
    return event(error_record(status, message, "/api"), "error")
