"""The API as an application of its own inside the service, so that its errors and its description are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.api.answering import Answering
from rag.api.asking import ask_routes
from rag.api.chat import chat_routes
from rag.api.clauses import clause_routes
from rag.api.docs import add_docs
from rag.api.documents import change_routes, document_routes
from rag.api.errors import answer_errors
from rag.page.desk import Desk

if TYPE_CHECKING:
    from fastapi import FastAPI

_PATHS = ("/api", "/v1")
_ABOUT = """以政策条款回答问题, 每一句都注明所依据的条款。

开启登录 (CLAUSE_AUTH=on) 后, 请求须带令牌: `Authorization: Bearer 令牌`, 由管理员用 `python -m rag clients add 名字` 发给。
出错时返回 `{"error": {"code", "message", "request_id"}}`; `/v1` 下是 OpenAI 的格式。"""


def add_api(service: FastAPI, desk: Desk, answering: Answering) -> None:
    """Put the API into a service, under its paths."""
    from rag.api.under import Under

    service.router.routes.append(Under(build_api(desk, answering), _PATHS))


def build_api(desk: Desk, answering: Answering) -> FastAPI:
    """Return the application over a desk; its paths are whole, /api/ask and so on."""
    from fastapi import FastAPI, Security
    from fastapi.security import HTTPBearer

    token = HTTPBearer(auto_error=False, description="客户的令牌", scheme_name="token")
    app = FastAPI(
        title="政策条款问答",
        description=_ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Security(token)],
    )
    for routes in (ask_routes(answering), clause_routes(desk), document_routes(desk), change_routes(desk)):
        app.include_router(routes)
    app.include_router(chat_routes(answering))
    add_docs(app)
    answer_errors(app)
    return app
