"""Planted damage: every run of a cleaned text maps back, character for character, to where it was planted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.clean import clean
from index.lines import read_lines
from index.origin import Run, runs_of, source_span
from tests import damage

_SENTENCES = (
    "提高乡镇卫生院的服务能力，完善药品供应保障制度，减轻群众用药负担。",
    "各县区要加强组织领导，明确责任分工，确保农村危房改造任务按期完成。",
    "财政部门要加大资金投入力度，严格资金监管，2012年提高资金使用效益。",
)
_LONGER = pytest.mark.xfail(
    strict=True, reason="a character written longer in the source is taken for one of its parts"
)


def _planted(sentence: str, damaged: Callable[[str], str]) -> tuple[str, list[int]]:
    """Return a sentence damaged character by character, and where each character stands in it."""
    source, starts = "", []
    for char in sentence:
        shown = damaged(char)
        starts.append(len(source) + max(0, shown.find(char)))
        source += shown
    return source, starts


def _read(source: str) -> tuple[str, tuple[Run, ...]]:
    lines, _ = read_lines(source, clean(source)[0])
    return "\n".join(line.text for line in lines), runs_of(lines, source)


@pytest.mark.parametrize("sentence", _SENTENCES)
@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(str, id="sound"),
        pytest.param(lambda char: f"{char}\u200b\xad", id="unseen"),
        pytest.param(lambda char: f"{char}\u3000", id="set apart"),
        pytest.param(damage.wide, id="full width"),
        pytest.param(damage.radicals, id="radicals"),
        pytest.param(damage.traditional, id="traditional"),
        pytest.param(lambda char: f"<b>{char}</b>" if char in "县金药" else char, id="tags"),
        pytest.param(lambda char: damage.with_readings(damage.traditional(char)), id="readings"),
        pytest.param(lambda char: f"&#{ord(char)};", id="entities", marks=_LONGER),
        pytest.param(lambda char: damage.read_as(char, "browser"), id="mojibake", marks=_LONGER),
    ],
)
def test_every_run_maps_back_to_where_it_was_planted(sentence: str, damaged: Callable[[str], str]) -> None:
    source, starts = _planted(sentence, damaged)
    text, runs = _read(source)
    assert text == sentence
    assert all(starts[at + k] == place + k for at, place, length in runs for k in range(length))


@pytest.mark.parametrize("sentence", _SENTENCES)
def test_nothing_of_a_sound_text_is_outside_its_runs(sentence: str) -> None:
    source = f"\u3000\u3000{sentence}\r\n\r\n第一条\u3000总则\r\n"
    text, runs = _read(source)
    assert text == f"{sentence}\n第一条 总则"
    known = {at + k for at, _, length in runs for k in range(length)}
    assert {text[at] for at in set(range(len(text))) - known} <= {"\n"}
    assert all(source[p + k] == text[a + k] or text[a + k] == " " for a, p, n in runs for k in range(n))


def test_lines_dropped_before_do_not_move_what_follows() -> None:
    source = f"当前位置：首页\n字号：大 中 小\n{_SENTENCES[0]}\n上一篇：无\n{_SENTENCES[1]}"
    text, runs = _read(source)
    assert text == f"{_SENTENCES[0]}\n{_SENTENCES[1]}"
    start = text.index("明确责任")
    assert source_span(runs, start, start + 4) == (source.index("明确责任"), source.index("明确责任") + 4)


def test_a_sentence_that_a_page_break_cut_maps_to_both_pieces() -> None:
    whole = f"{_SENTENCES[0]}{_SENTENCES[1]}"
    cut = whole.index("组织领导") + 2
    source = f"{whole[:cut]}\n— 3 —\n{whole[cut:]}"
    text, runs = _read(source)
    assert text == whole
    span = source_span(runs, cut - 2, cut + 2)
    assert span and source[slice(*span)] == "组织\n— 3 —\n领导"


def test_the_cells_of_a_row_keep_their_places() -> None:
    source = "\x1e 序号\x1f 名称 \x1f金　额\n\x1e1\x1f医疗救助\x1f２００元"
    text, runs = _read(source)
    assert text == "\x1e 序号\x1f 名称 \x1f金 额\n\x1e1\x1f医疗救助\x1f200元"
    for word, planted in (("名称", "名称"), ("医疗救助", "医疗救助"), ("200元", "２００元")):
        span = source_span(runs, text.index(word), text.index(word) + len(word))
        assert span and source[slice(*span)] == planted


@pytest.mark.parametrize(
    "quote",
    ["医疗卫生", "组织领导", "明确责任分工", "危房改造任务"],
)
def test_a_quote_is_found_in_a_page_with_readings(quote: str) -> None:
    sentence = f"加强医疗卫生机构的组织领导，{_SENTENCES[1]}"
    source = damage.with_readings(damage.traditional(sentence))
    text, runs = _read(source)
    assert text == sentence
    span = source_span(runs, text.index(quote), text.index(quote) + len(quote))
    assert span
    assert quote in clean(source[span[0] : span[1] + 6])[0]  # the reading of its last character comes after it


def test_what_stands_in_no_run_has_no_place() -> None:
    assert source_span((), 0, 4) is None
    assert source_span(((0, 10, 3),), 3, 5) is None
    assert source_span(((0, 10, 3), (5, 20, 2)), 2, 6) == (12, 21)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(_SENTENCES), st.sampled_from(["\n", "\r\n", "\r\n\u3000\u3000", "\u2028"])),
        max_size=6,
    )
)
def test_runs_are_in_order_and_inside_both_texts(parts: list[tuple[str, str]]) -> None:
    source = "".join(sentence + end for sentence, end in parts)
    text, runs = _read(source)
    assert all(a[0] + a[2] <= b[0] for a, b in zip(runs, runs[1:], strict=False))
    assert all(at + n <= len(text) and place + n <= len(source) for at, place, n in runs)
    assert all(text[a + k] == source[p + k] for a, p, n in runs for k in range(n))
