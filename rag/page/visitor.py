"""Who looks at the page: his name, whether he administers it, his language."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rag.page.parts import import_gradio
from rag.page.words.say import language_of, say
from rag.telemetry.request_id import begin_request

LOCAL = "本机"  # the one user where there is no login


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user as the page needs to know him."""

    name: str = LOCAL
    is_admin: bool = True
    language: str = "zh"

    @property
    def is_logged_in(self) -> bool:
        return self.name != LOCAL

    def say(self, text: str, **values: object) -> str:
        """Return the interface's words in his language."""
        return say(self.language, text, **values)


def visitor_of(request: Any) -> Visitor:
    """Return the visitor behind a `gr.Request`; the local one where there is none, as in a call without a browser."""
    headers = getattr(request, "headers", None) or {}
    language = language_of(headers.get("accept-language", ""))
    user = getattr(getattr(request, "state", None), "user", None)  # left there by the guard of the service
    return Visitor(language=language) if user is None else Visitor(user.name, user.is_admin, language)


def with_visitor(event: Callable[..., Any]) -> Callable[..., Any]:
    """Return an event, or function of the server, whose parameter `visitor` is told from the request.

    Gradio hands over a request, or what an event carries (`EventData`), where the hint of a parameter says so.
    """
    gr = import_gradio()
    parameters = inspect.signature(event).parameters
    at = list(parameters).index("visitor")

    def known(args: tuple[Any, ...]) -> tuple[Any, ...]:
        # Events run in tasks of Gradio's own, which know nothing of the request that they came with.
        begin_request(getattr(getattr(args[at], "state", None), "request_id", ""))
        return (*args[:at], visitor_of(args[at]), *args[at + 1 :])

    def call(*args: Any) -> Any:
        return event(*known(args))

    def follow(*args: Any) -> Any:
        yield from event(*known(args))

    async def attend(*args: Any) -> Any:
        async for shown in event(*known(args)):
            yield shown

    wrapper: Any = (
        follow if inspect.isgeneratorfunction(event) else attend if inspect.isasyncgenfunction(event) else call
    )
    hints = {"visitor": gr.Request, **{n: gr.EventData for n, p in parameters.items() if "EventData" in str(p)}}
    wrapper.__annotations__ = hints
    wrapper.__signature__ = inspect.Signature(
        [p.replace(annotation=hints.get(n, p.empty)) for n, p in parameters.items()]
    )
    wrapper.__name__ = event.__name__
    return wrapper  # type: ignore[no-any-return]
