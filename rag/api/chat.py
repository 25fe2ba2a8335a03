"""/v1/chat/completions and /v1/models: the answers for programs that speak to OpenAI's interface.

No annotation is put off here (`from __future__`): FastAPI reads them, and would not find what a function has imported.
"""

import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

from index.errors import UserError
from rag.api.answering import NO_ANSWER, Answering
from rag.api.caller import Caller, caller_of
from rag.api.chat_records import Reply, inert, sources_of
from rag.api.chat_types import MODEL, Chat
from rag.api.errors import BROKEN, NotFound, error_record, status_of
from rag.api.events import Stream, event, stream_response
from rag.api.growing import Growing
from rag.api.schemas import ChatCompletion, Model, Models, told
from rag.types import Answer, Question

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = logging.getLogger(__name__)
_NO_MODEL = "没有模型 {name}。这里的模型是 {known}。"
_ANEW = "\n\n（以上未通过核对，作废。以下为准：）\n\n"


def chat_routes(answering: Answering) -> "APIRouter":
    """Return the routes."""
    from fastapi import APIRouter, Path, Request
    from starlette.responses import JSONResponse, Response

    router = APIRouter(tags=["OpenAI 兼容"])
    since = int(time.time())
    model = {"id": MODEL, "object": "model", "created": since, "owned_by": "clause-qa"}

    @router.get("/v1/models", summary="模型清单", response_class=Response, responses=told(Models))
    def models() -> Response:
        """返回唯一的模型。"""
        return JSONResponse({"object": "list", "data": [model]})

    @router.get(
        "/v1/models/{name}", summary="查模型", response_class=Response, responses=told(Model, s404="没有这个模型")
    )
    def one_model(name: Annotated[str, Path(max_length=200, description="模型名")]) -> Response:
        """返回这个模型。"""
        _check_model(name)
        return JSONResponse(model)

    @router.post(
        "/v1/chat/completions",
        summary="对话",
        response_class=Response,
        responses=told(ChatCompletion, stream=True, s404="没有这个模型"),
    )
    async def chat(body: Chat, request: Request) -> Response:
        """以 OpenAI 的格式提问: 最后一条用户消息是问题, 此前的用户消息是上文; 系统消息和采样参数不影响回答。

        回答的文字里〔1〕〔2〕是所引条款, 末尾列出依据; `answer` 字段是完整的回答, 与 `/api/ask` 相同。拒答也是普通的消息。
        """
        _check_model(body.model)
        question, caller = body.asked(), caller_of(request)
        reply = Reply(body.model, str(request.base_url))
        if body.stream:
            return stream_response(_chunks(answering, question, caller, reply, body.wants_usage))
        answer = await answering.whole(question, caller, request.is_disconnected)
        return JSONResponse(reply.whole(answer), headers={"Cache-Control": "no-store"})

    return router


def _check_model(name: str) -> None:
    if name != MODEL:
        raise NotFound(_NO_MODEL.format(name=name[:80], known=MODEL))


async def _chunks(answering: Answering, question: Question, caller: Caller, reply: Reply, usage: bool) -> Stream:
    """Yield an answer as it grows, its sources, and at the end all of it beside the words; or what went wrong."""
    growing = Growing()
    answer: Answer | None = None
    try:
        yield event(reply.chunk({"role": "assistant", "content": ""}))
        async with aclosing(answering.grown(question, caller)) as grown:
            async for answer in grown:
                if added := growing.add(answer):
                    yield event(reply.chunk({"content": inert(added)}))
        if answer is None:
            raise UserError(NO_ANSWER)
        rest, anew = growing.finish(answer)
        for line in f"{_ANEW if anew else ''}{rest}{sources_of(answer)}".splitlines(keepends=True):
            yield event(reply.chunk({"content": inert(line)}))
        yield event(reply.last(answer))
        if usage:
            yield event(reply.usage(answer))
    except UserError as exc:
        yield _gone_wrong(status_of(exc), str(exc))
    except Exception:  # the headers are gone: only an event can say so
        _log.exception("answering failed")
        yield _gone_wrong(500, BROKEN)
    yield event("[DONE]")


def _gone_wrong(status: int, message: str) -> bytes:
    return event(error_record(status, message, "/v1"))
