"""Logging in and out: what the forms of the log-in do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError
from rag.access.gate import Admission, Gate, TooMany, WrongPassword
from rag.access.passwords import BadPassword
from rag.service.cookies import give, read_session, take_session
from rag.service.forms import attempt_of, read_form
from rag.service.pages import lead_to, show_page
from rag.service.paths import LOGIN, LOGOUT, PASSWORD, ROOT, STYLE, own_path

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_log = logging.getLogger(__name__)
_STYLE = Path(__file__).with_name("login.css")
_AT_ONCE = 4  # log-ins; the others wait without holding a thread that answers need
_WRONG = "用户名或密码不正确。"
_WAIT = "尝试次数过多。请在 {minutes} 分钟后再试。"
_NOT_OUT = "退出没有登记上: 服务器暂时不能写入。本机浏览器已忘记登录; 请稍后重新登录再退出一次, 或联系管理员。"
_BROKEN = "登录暂时不可用。请稍后再试;若仍不可用,请联系管理员查看日志。"


def add_login(service: Starlette, gate: Gate) -> None:
    """Give the service its log-in pages over the gate."""
    desk = _LoginDesk(gate)
    service.add_route(LOGIN, desk.show, methods=["GET"])
    service.add_route(LOGIN, desk.log_in, methods=["POST"])
    service.add_route(LOGOUT, desk.log_out, methods=["POST"])
    service.add_route(PASSWORD, desk.show_password, methods=["GET"])
    service.add_route(PASSWORD, desk.change_password, methods=["POST"])
    service.add_route(STYLE, _style, methods=["GET"])


class _LoginDesk:
    """Shows the pages, and lets in and out."""

    def __init__(self, gate: Gate) -> None:
        from anyio import CapacityLimiter

        self._gate = gate
        self._room = CapacityLimiter(_AT_ONCE)

    async def show(self, request: Request) -> Response:
        """Return the log-in page, or lead on whoever has a session already."""
        back = own_path(request.query_params.get("next", ""))
        if request.state.user is not None:
            return lead_to(back)
        # A link on another site: the browser keeps the cookie back (SameSite=Strict) until a page of ours asks.
        again = request.headers.get("sec-fetch-site") == "cross-site"
        said = "已退出登录。" if "out" in request.query_params else ""
        return show_page(request, "login.html", back=back, said=said, again=again)

    async def log_in(self, request: Request) -> Response:
        """Lead to where the visitor wanted to go, with a new session; or return the page again, and why."""
        form = await read_form(request)
        back = own_path(form.get("next", ""))
        attempt = attempt_of(request, form.get("name", "").strip(), form.get("password", ""))
        again = _Again(request, "login.html", {"back": back, "name": attempt.name})
        return await self._admit(again, lambda: self._gate.log_in(attempt), back)

    async def log_out(self, request: Request) -> Response:
        """End the session and lead to the log-in page."""
        try:
            self._gate.sessions.end(read_session(request))
            response = lead_to(f"{LOGIN}?out")
        except UserError:  # the browser forgets it at least
            _log.exception("a session cannot be ended")
            response = _plain(_NOT_OUT)
        take_session(response, request)
        return response

    async def show_password(self, request: Request) -> Response:
        """Return the page on which a user changes his password."""
        return show_page(request, "password.html", name=request.state.user.name)

    async def change_password(self, request: Request) -> Response:
        """End all sessions of the user but this one, which is new; or return the page again, and why."""
        form, name = await read_form(request), request.state.user.name
        again = _Again(request, "password.html", {"name": name})
        new = form.get("new", "")
        if new != form.get("again", ""):
            return again(400, "两次输入的新密码不同。")
        attempt = attempt_of(request, name, form.get("password", ""))
        return await self._admit(again, lambda: self._gate.change_password(attempt, new), ROOT)

    async def _admit(self, again: _Again, work: Callable[[], Admission], back: str) -> Response:
        """Return the way on with what a log-in gives; the page again where it is refused."""
        from anyio.to_thread import run_sync

        try:
            admission = await run_sync(work, limiter=self._room)
        except WrongPassword:
            return again(401, _WRONG)
        except TooMany as exc:
            return again(429, _WAIT, wait=exc.seconds)
        except BadPassword as exc:
            return again(400, str(exc))
        except UserError:  # the file cannot be read or written
            _log.exception("nobody can log in")
            return again(503, _BROKEN)
        response = lead_to(back)
        give(response, admission, again.request)
        return response


class _Again:
    """The page that a form was sent from, with what went wrong."""

    def __init__(self, request: Request, template: str, shown: dict[str, object]) -> None:
        self.request = request
        self._template = template
        self._shown = shown

    def __call__(self, status: int, error: str, wait: int = 0) -> Response:
        minutes = -(-wait // 60)
        response = show_page(self.request, self._template, status, error=error, minutes=minutes, **self._shown)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response


def _plain(text: str) -> Response:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(text, 503)


async def _style(_: Request) -> Response:
    from starlette.responses import FileResponse

    return FileResponse(_STYLE, media_type="text/css")
