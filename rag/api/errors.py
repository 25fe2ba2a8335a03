"""What goes wrong, in one form: {"error": {"code", "message", "request_id"}}; under /v1 with what OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from index.errors import Outdated, OutOfOrder, UserError
from rag.traffic.problem import error_of, problem

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

_CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "unsupported_media_type", 422: "invalid_request", 429: "too_many_requests",
    408: "timeout", 500: "internal_error", 503: "unavailable", 504: "timeout",
}  # fmt: skip
_SAID = {
    400: "请求体无法读取。请检查格式和编码 (UTF-8)。",
    404: "没有这个地址。接口说明见 /api/docs。",
    405: "这个地址不接受 {method}。接口说明见 /api/docs。",
    413: "请求太大。请缩短后再试。",
    415: "请求体的类型不对。请{wanted}。",
    500: "系统出错, 未能完成。请稍后再试; 若仍出错, 请把 request_id 交给管理员查日志。",
}
BROKEN = _SAID[500]
_JSON = "以 JSON 发送, 并写明 Content-Type: application/json"
_FORM = "以表单上传文件 (multipart/form-data)"
_KINDS = {
    "string_type": "应为文字", "string_unicode": "含有不成字的编码", "list_type": "应为列表", "int_type": "应为整数",
    "int_parsing": "应为整数", "int_from_float": "应为整数", "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false", "model_attributes_type": "应为 JSON 对象", "extra_forbidden": "不是这里的参数",
    "string_too_short": "不能是空的", "greater_than_equal": "应不小于 {ge}", "less_than_equal": "应不大于 {le}",
    "too_long": "最多 {max_length} 项", "string_too_long": "最多 {max_length} 字", "too_short": "至少 {min_length} 项",
    "literal_error": "应为 {expected} 之一",
}  # fmt: skip


class Problem(UserError):
    """What is told with a status of its own."""

    status = 422


class Forbidden(Problem):
    """Who asks may not."""

    status = 403


class NotFound(Problem):
    """There is no such thing."""

    status = 404


class Unavailable(Problem):
    """Not now."""

    status = 503


def status_of(exc: UserError) -> int:
    """Return the status that something the asker can mend is told with."""
    known = {Outdated: 409, OutOfOrder: 503}
    return getattr(exc, "status", next((status for kind, status in known.items() if isinstance(exc, kind)), 422))


def error_record(status: int, message: str, path: str) -> dict[str, Any]:
    """Return an error as the programs that ask at a path expect it, where it is told in the middle of an answer."""
    return {"error": error_of(path, status, _CODES[status], message)}


def answer_errors(app: FastAPI) -> None:
    """Have an application tell everything that goes wrong in this form."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    app.add_exception_handler(UserError, _of_user)
    app.add_exception_handler(RequestValidationError, _of_values)
    app.add_exception_handler(HTTPException, _of_status)
    app.add_exception_handler(Exception, _of_program)


def tell(request: Request, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that went wrong."""
    response = problem(request.url.path, status, _CODES.get(status, "error"), message)
    response.headers.update(headers or {})
    return response


async def _of_user(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, UserError)
    return tell(request, status_of(exc), str(exc))


async def _of_status(request: Request, exc: Exception) -> Response:
    status = getattr(exc, "status_code", 500)
    said = _SAID.get(status, _SAID[400]).format(method=request.method, wanted=_wanted(request))
    return tell(request, status, said, getattr(exc, "headers", None))


async def _of_program(request: Request, exc: Exception) -> Response:
    return tell(request, 500, BROKEN)  # `Under` logs it


async def _of_values(request: Request, exc: Exception) -> Response:
    errors: list[dict[str, Any]] = list(getattr(exc, "errors")())  # noqa: B009  # a handler is given an Exception
    if errors[0]["loc"][:1] == ("body",) and not is_of_type(request, "application/json"):
        return tell(request, 415, _SAID[415].format(wanted=_wanted(request)))
    said = "; ".join(dict.fromkeys(map(_complaint, errors[:5])))
    return tell(request, 400 if request.url.path.startswith("/v1") else 422, f"{said}。请更正后再发。")


def need_form(request: Request) -> None:
    """Raise Problem where a request does not carry files."""
    if not is_of_type(request, "multipart/form-data"):
        exc = Problem(_SAID[415].format(wanted=_FORM))
        exc.status = 415
        raise exc


def is_of_type(request: Request, wanted: str) -> bool:
    """Whether the body of a request is said to be of a type."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == wanted


def _complaint(error: dict[str, Any]) -> str:
    place, kind = ".".join(str(part) for part in error["loc"][1:])[:80] or "请求体", error["type"]
    if kind == "json_invalid":
        return "请求体不是有效的 JSON"
    said = _KINDS.get(kind, "的值无效").format_map(error.get("ctx") or {})
    return f"缺少 {place}" if kind == "missing" else f"{place} {said}"


def _wanted(request: Request) -> str:
    return _FORM if request.url.path.startswith("/api/documents") else _JSON
