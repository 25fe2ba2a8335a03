"""The log-in page and what its forms do: plain HTML, no script, nothing of Gradio's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from rag.access.gate import Attempt, Gate, TooMany, WrongPassword
from rag.page.words.say import language_of
from rag.service.cookies import give, read_device, read_session, take_session
from rag.service.guard import NO_STORE
from rag.service.login_page import POLICY, render_login
from rag.service.paths import LOGIN, LOGOUT, STYLE, own_path

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_STYLE = Path(__file__).with_name("login.css")
_LONGEST_FORM = 8192  # bytes
_AT_ONCE = 4  # log-ins; the others wait without holding a thread that answers need


def add_login(service: Starlette, gate: Gate) -> None:
    """Give the service its log-in page over the gate."""
    desk = _LoginDesk(gate)
    service.add_route(LOGIN, desk.show, methods=["GET"])
    service.add_route(LOGIN, desk.log_in, methods=["POST"])
    service.add_route(LOGOUT, desk.log_out, methods=["POST"])
    service.add_route(STYLE, _style, methods=["GET"])


class _LoginDesk:
    """Shows the page, and lets in and out."""

    def __init__(self, gate: Gate) -> None:
        from anyio import CapacityLimiter

        self._gate = gate
        self._room = CapacityLimiter(_AT_ONCE)

    async def show(self, request: Request) -> Response:
        """Return the page, or lead on whoever has a session already."""
        back = own_path(request.query_params.get("next", ""))
        if request.state.user is not None:
            return _lead_to(back)
        # A link on another site: the browser keeps the cookie back (SameSite=Strict) until a page of ours asks.
        again = request.headers.get("sec-fetch-site") == "cross-site"
        return _page(request, 200, back, said="已退出登录。" if "out" in request.query_params else "", again=again)

    async def log_in(self, request: Request) -> Response:
        """Return to where the visitor wanted to go, with a new session; or the page again, and why."""
        from anyio.to_thread import run_sync

        form = await _form(request)
        back = own_path(form.get("next", ""))
        attempt = Attempt(
            name=form.get("name", "").strip(),
            password=form.get("password", ""),
            address=request.client.host if request.client else "",
            device=read_device(request),
            session=read_session(request),
        )
        try:
            admission = await run_sync(self._gate.log_in, attempt, limiter=self._room)
        except WrongPassword:
            return _page(request, 401, back, error="用户名或密码不正确。", name=attempt.name)
        except TooMany as exc:
            return _wait(request, back, attempt.name, exc)
        response = _lead_to(back)
        give(response, admission, request)
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session and return to the log-in page."""
        self._gate.sessions.end(read_session(request))
        response = _lead_to(f"{LOGIN}?out")
        take_session(response, request)
        return response


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of the form, none where it is too long to be one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _page(request: Request, status: int, back: str, **shown: Any) -> Response:
    from starlette.responses import HTMLResponse

    language = language_of(request.headers.get("accept-language", ""))
    headers = {**NO_STORE, "Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
    return HTMLResponse(render_login(language, back=back, **shown), status, headers=headers)


def _wait(request: Request, back: str, name: str, refusal: TooMany) -> Response:
    minutes = -(-refusal.seconds // 60)
    response = _page(request, 429, back, error="尝试次数过多。请在 {minutes} 分钟后再试。", minutes=minutes, name=name)
    response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _lead_to(path: str) -> Response:
    from starlette.responses import RedirectResponse

    return RedirectResponse(path, status_code=303, headers=NO_STORE)


async def _style(_: Request) -> Response:
    from starlette.responses import FileResponse

    return FileResponse(_STYLE, media_type="text/css")
