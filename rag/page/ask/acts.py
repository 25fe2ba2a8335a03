"""What a click in the conversation asks for: without a place, of another year, alone, once more, or what may follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.page.ask.filtered import KINDS, unfiltered
from rag.page.ask.scope import instead, tags_of, without
from rag.page.ask.session import Turn, Turns, open_turn, to_question, turn_of
from rag.page.library.catalog import Catalog
from rag.page.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Act:
    """The name of a button of the conversation: what to do, of which turn, with which of its tags, by which choice."""

    kind: str  # drop | set | alone | again | next | unfilter
    turn: int
    at: int = 0
    choice: int = 0

    @classmethod
    def read(cls, name: object) -> Act | None:
        """Return the act of a name (`set.3.0.2`), or None where it is none: it comes from the browser."""
        kind, *numbers = str(name).split(".")
        if not 1 <= len(numbers) <= 3 or not all(one.isascii() and one.isdigit() and len(one) < 7 for one in numbers):
            return None
        return cls(kind, *map(int, numbers))


def acted(act: Act | None, turns: Turns, catalog: Catalog, visitor: Visitor) -> Turn | None:
    """Return the turn that an act opens, or None where there is no longer anything to act on."""
    turn = turn_of(turns, act.turn) if act else None
    if act is None or turn is None:
        return None
    if act.kind == "next":
        asked = turn.next[act.at : act.at + 1]
        return open_turn(turns, to_question(turns, asked[0], (), ())) if asked else None
    if act.kind == "again":
        return open_turn(turns, turn.to_ask, turn.number, visitor.say("重新提问"))
    if act.kind == "alone":
        alone = replace(turn.to_ask, history=(), corrections=())
        return open_turn(turns, alone, turn.number, visitor.say("不沿用上一问"))
    if act.kind == "unfilter" and act.at < len(KINDS):
        return open_turn(turns, unfiltered(turn.to_ask, act.at), turn.number, visitor.say("已去掉左侧筛选"))
    return _mended(act, turn, turns, catalog, visitor)


def _mended(act: Act, turn: Turn, turns: Turns, catalog: Catalog, visitor: Visitor) -> Turn | None:
    """Return the turn that asks again with its scope put right."""
    tags = tags_of(turn.answer, catalog)[act.at : act.at + 1] if turn.answer else ()
    if not tags:
        return None
    tag = tags[0]
    if act.kind == "drop":
        correction, told = without(turn, tag), visitor.say("已去掉:{name}", name=tag.name)
    elif act.kind == "set" and act.choice < len(tag.choices):
        choice = tag.choices[act.choice]
        correction, told = instead(turn, tag, choice), visitor.say("已改为:{name}", name=choice.name)
    else:
        return None
    return open_turn(turns, replace(turn.to_ask, correction=correction or None), turn.number, told)
