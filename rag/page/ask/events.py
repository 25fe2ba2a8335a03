"""The events of the tab 问答: a question is taken down at once, waits in the line, and is answered as a stream."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from rag.page.ask.acts import Act, acted
from rag.page.ask.session import Turn, Turns, check_question, open_turn, to_question
from rag.page.ask.text import question_markdown
from rag.page.ask.told import Told
from rag.page.desk import Desk
from rag.page.evidence.cards import render_evidence
from rag.page.history import part as history
from rag.page.history.keeping import Keeper
from rag.page.parts import import_gradio, render
from rag.page.visitor import Visitor, with_visitor
from rag.suggest.suggest import Suggester
from rag.traffic.line import Full

if TYPE_CHECKING:
    from gradio import EventData

_log = logging.getLogger(__name__)
_STOPPED = "已停止,以上内容不完整。"
_BROKEN = "系统出错,未能作答。请稍后再试;若仍出错,请联系管理员查看日志。"
_BUSY = "现在提问的人太多,未能排上队。请稍后重新提问。"
_STILL = "上一问还在作答,答完再发送;按 Esc 可停止作答。"
Shown = tuple[Any, ...]


@dataclass(frozen=True)
class Events:
    """What happens in the tab; each event returns the values of `show`."""

    desk: Desk
    suggester: Suggester
    told: Told = field(default_factory=Told)
    answering: set[str] = field(default_factory=set)  # the keys of the turns that are being answered
    stopped: deque[str] = field(default_factory=lambda: deque(maxlen=1000))  # the keys of those that were stopped last

    @classmethod
    def of(cls, desk: Desk) -> Events:
        return cls(desk, Suggester(desk.settings))

    @property
    def begin(self) -> Callable[..., Shown]:
        """Take down a question that was typed; what cannot be asked stays in the box."""

        def begin(text: str | None, turns: Turns, regions: list[str], years: list[int], visitor: Visitor) -> Shown:
            busy = bool(turns) and turns[-1].live
            complaint = visitor.say(_STILL) if busy else check_question(text or "", visitor)
            if complaint:
                return self._complain(complaint)
            self.desk.library.refresh()
            question = to_question(turns, (text or "").strip(), regions or [], years or [])
            return self.show((*turns, open_turn(turns, question)), visitor, text="")

        return with_visitor(begin)

    @property
    def act(self) -> Callable[..., Shown]:
        """Do what a button of the conversation says; the words in the box stay as they are."""

        def act(turns: Turns, regions: list[str], years: list[int], visitor: Visitor, event: EventData) -> Shown:
            if turns and turns[-1].live:
                return self._complain(visitor.say(_STILL))
            told = event._data or {}
            words = str(told.get("words") or "")
            if words and not check_question(words):
                opened: Turn | None = open_turn(turns, to_question(turns, words.strip(), regions or [], years or []))
            else:
                opened = acted(Act.read(told.get("name")), turns, self.desk.library.catalog, visitor)
            return self.show((*turns, opened), visitor) if opened else self._complain("")

        return with_visitor(act)

    @property
    def answer(self) -> Callable[..., AsyncIterator[Shown]]:
        """Answer the question that was taken down, snapshot by snapshot, and keep it; nothing if there is none."""
        from anyio.to_thread import run_sync

        skip = import_gradio().skip()

        async def answer(turns: Turns, conversation: str, words: str, visitor: Visitor) -> AsyncIterator[Shown]:
            if not turns or not turns[-1].live or turns[-1].key in self.answering:
                yield (skip,) * 9  # without a word all that is shown would be made empty
                return
            *earlier, turn = turns
            self.answering.add(turn.key)
            keeper = Keeper(self.desk, visitor, conversation, turn.to_ask)
            try:
                async with aclosing(self._follow(turn, tuple(earlier))) as grown:
                    async for turn in grown:
                        turn = replace(turn, note=turn.note and visitor.say(turn.note))
                        if turn.key in self.stopped:  # before Gradio knew that there was something to cancel
                            yield *self.show((*earlier, _stopped(turn, visitor)), visitor), skip, skip
                            return
                        if turn.live:
                            yield *self.show((*earlier, turn), visitor), skip, skip
                kept = await run_sync(keeper.keep, turn)
            finally:  # also where nobody waits for the rest
                self.answering.discard(turn.key)
                keeper.keep(turn)
            turn = replace(turn, kept=kept.number, conversation=kept.conversation)
            shown = self.show((*earlier, turn), visitor, complaint=kept.complaint)
            past = await run_sync(history.list_of, self.desk, visitor, kept.conversation, words)
            yield *shown, kept.conversation, past

        return with_visitor(answer)

    @property
    def stop(self) -> Callable[..., Shown]:
        def stop(turns: Turns, visitor: Visitor) -> Shown:
            if turns and turns[-1].live:
                self.stopped.append(turns[-1].key)
                turns = (*turns[:-1], _stopped(turns[-1], visitor))
            return self.show(turns, visitor)

        return with_visitor(stop)

    @property
    def clear(self) -> Callable[..., Shown]:
        def clear(visitor: Visitor) -> Shown:
            return *self.show((), visitor, text=""), "", history.list_of(self.desk, visitor, ""), ""

        return with_visitor(clear)

    def show(self, turns: Turns, visitor: Visitor, text: str | None = None, complaint: str = "") -> Shown:
        """Values for chat, evidence, state, notice, box, send and stop; the box is left alone unless `text` is given."""
        gr, catalog = import_gradio(), self.desk.library.catalog
        live = bool(turns) and turns[-1].live
        messages = []
        for turn in turns:
            messages.append({"role": "user", "content": question_markdown(turn)})
            messages.append({"role": "assistant", "content": self.told.markdown(turn, catalog, visitor.language)})
        return (
            messages,
            render_evidence(turns, catalog, visitor.language, can_report=self.desk.records is not None),
            turns,
            notice(complaint, visitor.language),
            gr.skip() if text is None else text,
            gr.update(visible=not live),
            gr.update(visible=live),
        )

    def _complain(self, complaint: str) -> Shown:
        gr = import_gradio()
        return (*[gr.skip()] * 3, notice(complaint), *[gr.skip()] * 3)

    async def _follow(self, turn: Turn, earlier: Turns) -> AsyncGenerator[Turn, None]:
        """Yield the turn as it waits and as its answer grows; the last one is no longer live."""
        try:
            place = self.desk.line.join()
        except Full:
            yield replace(turn, live=False, note=_BUSY)
            return
        try:
            async for ahead in self.desk.line.wait(place):
                yield replace(turn, ahead=ahead)
            yield turn
            opened = turn
            async for turn in self._answered(opened):
                yield turn
            yield replace(turn, live=False, next=await self._next(turn, earlier))
        except UserError as exc:
            yield replace(turn, live=False, note=str(exc))
        except Exception:  # the page must say so whatever went wrong behind it
            _log.exception("answering failed")
            yield replace(turn, live=False, note=_BROKEN)
        finally:
            self.desk.line.leave(place)

    async def _answered(self, turn: Turn) -> AsyncIterator[Turn]:
        """Yield the turn as its answer grows; the last one is whole."""
        from anyio.to_thread import run_sync

        answers = iter(self.desk.library.chain.stream(turn.to_ask))
        while answer := await run_sync(next, answers, None):
            turn = replace(turn, answer=answer)
            yield turn
        yield replace(turn, whole=True, note=None if turn.answer else _BROKEN)

    async def _next(self, turn: Turn, earlier: Turns) -> tuple[str, ...]:
        """Return the questions that may follow; an answer stands without them whatever goes wrong in looking for them."""
        from anyio.to_thread import run_sync

        index = self.desk.library.index
        if turn.answer is None or index is None:
            return ()
        asked = [one.question for one in (*earlier, turn)]
        told = {one.answer.answer for one in earlier if one.answer}
        try:
            return await run_sync(self.suggester.suggest, index, turn.answer, asked, told)
        except Exception:
            _log.exception("nothing could be suggested")
            return ()


def _stopped(turn: Turn, visitor: Visitor) -> Turn:
    return replace(turn, live=False, whole=False, ahead=0, note=visitor.say(_STOPPED))


def notice(text: str, language: str = "zh") -> str:
    """The line under the box that one types in; where there is nothing to tell it names the keys."""
    return render("ask/notice.html", language, text=text)
