"""A request for a chat as OpenAI's clients send it, and the question in it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.answer.refuse import MAX_QUESTION
from rag.api.errors import Problem
from rag.api.filters import Filters
from rag.types import Question

MODEL = "clause-qa"
_LOOKED_BACK = 10  # questions of the history: each is read anew with every question
_NO_QUESTION = "messages 里没有用户的问题。请以一条 role 为 user 的文字消息提问。"
_ONLY_TEXT = "这里只读文字, 不读图片、音频和文件。请把问题写成文字。"
_ONLY_ONE = "一次只给一个回答。请去掉 n, 或写 1。"


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(max_length=50)
    text: str | None = Field(None, max_length=200_000)


class Message(BaseModel):
    """A message of a chat."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = Field(None, description="文字, 或若干 {type: text, text}")

    @property
    def text(self) -> str:
        """The words of the message; raises Problem where it holds anything else."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if any(part.type != "text" for part in self.content):
            raise _bad(_ONLY_TEXT)
        return "\n".join(part.text or "" for part in self.content)


class StreamOptions(BaseModel):
    """What a stream tells beside the words."""

    model_config = ConfigDict(extra="allow")

    include_usage: bool | None = None


class Chat(Filters):
    """A request; what else OpenAI's has (temperature, tools ...) changes nothing here and is passed over."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"example": {"model": MODEL, "messages": [{"role": "user", "content": "补助标准是多少?"}]}},
    )

    model: str = Field(max_length=200, description=f"模型名, 即 {MODEL}")
    messages: list[Message] = Field(min_length=1, max_length=2000)
    stream: bool | None = Field(False, description="true: 以 SSE 逐句返回")
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, description="只能是 1")

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)

    def asked(self) -> Question:
        """Return the question with those before it; raises Problem for what cannot be asked here."""
        if self.n not in (None, 1):
            raise _bad(_ONLY_ONE)
        said = [message.text for message in self.messages if message.role == "user"]
        if not said:
            raise _bad(_NO_QUESTION)
        earlier = [text[:MAX_QUESTION] for text in said[:-1] if text.strip()]
        return self.asking(said[-1], earlier[-_LOOKED_BACK:])


def _bad(message: str) -> Problem:
    problem: Any = Problem(message)
    problem.status = 400
    return problem  # type: ignore[no-any-return]
