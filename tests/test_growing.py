"""What a stream has told is never taken back silently: it grows by statements, or says that it begins anew."""

from __future__ import annotations

from rag.api.growing import Growing
from rag.types import Answer, Statement

_FIRST, _SECOND = Statement("甲市补助60元。", (1,)), Statement("乙项由财政局负责。", (2,))


def _answer(*statements: Statement, more: str = "", mode: str = "generative") -> Answer:
    said = "\n".join(f"{one.text}〔{one.citations[0]}〕" for one in statements)
    return Answer("grounded", said + more, statements, mode=mode)


def test_a_models_answer_is_told_statement_by_statement_and_its_notes_at_the_end() -> None:
    growing = Growing()
    assert growing.add(_answer(_FIRST, more="\n未收录丙。")) == "甲市补助60元。〔1〕"
    assert growing.add(_answer(_FIRST, _SECOND, more="\n未收录丙。")) == "\n乙项由财政局负责。〔2〕"
    assert growing.finish(_answer(_FIRST, _SECOND, more="\n未收录丙。")) == ("\n未收录丙。", False)


def test_what_does_not_hold_in_the_end_is_told_anew() -> None:
    growing = Growing()
    growing.add(_answer(_FIRST))
    whole = _answer(_SECOND, mode="extractive")
    assert growing.add(whole) == ""
    assert growing.finish(whole) == ("乙项由财政局负责。〔2〕", True)


def test_the_clauses_own_words_wait_until_they_are_whole() -> None:
    growing = Growing()
    assert growing.add(_answer(_FIRST, mode="extractive")) == ""
    assert growing.finish(_answer(_FIRST, _SECOND, mode="extractive"))[0].startswith("甲市")
