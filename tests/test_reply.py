"""Whatever a model writes, only its complete statements are read, each once and without marks of its own."""

from __future__ import annotations

import json

import pytest

from rag.generation.reply import Written, declines, read_reply

_ONE = {"clause": "某府发〔2020〕1号 一、", "text": "补贴300元。"}
_TWO = {"clause": "某府发〔2020〕1号 二、", "text": "十五日内办结。"}
_READ = [Written("补贴300元。", _ONE["clause"])]


def _reply(*statements: object, **more: object) -> str:
    return json.dumps({"statements": list(statements), **more}, ensure_ascii=False)


@pytest.mark.parametrize(
    "reply",
    [
        _reply(_ONE),
        _reply({**_ONE, "confidence": 0.9, "citations": [1]}, note="多余的键"),
        _reply(_ONE, _ONE, {**_ONE, "text": " 补贴300元。 "}),
        _reply(_ONE, {**_ONE, "text": ""}, {**_ONE, "text": "  \n"}),
        _reply(_ONE, "补贴999元", None, 3, [], {"text": 999}, {"clause": "x"}),
        _reply({**_ONE, "text": "补贴300元〔1〕。"}),
        _reply({**_ONE, "text": "补贴300元[12]。"}),
        _reply({**_ONE, "text": "补贴3\u200b00\u202e元。\x00"}),
        json.dumps([_ONE], ensure_ascii=False),
        json.dumps({"statements": [_ONE]}, ensure_ascii=True, indent=2),
        f"```json\n{_reply(_ONE)}\n```",
        f"```\n{_reply(_ONE)}\n```\n希望对您有帮助。",
        f"好的, 回答如下:\n{_reply(_ONE)}",
        f"<think>补贴999元? {_reply(_TWO)}</think>{_reply(_ONE)}",
        f"想一想, {{可能}}是999元。</think>\n{_reply(_ONE)}",
        f"<thinking>{_reply(_TWO)}</thinking>\n{_reply(_ONE)}",
    ],
)
def test_the_same_statement_is_read_in_any_wrapping(reply: str) -> None:
    assert read_reply(reply) == _READ


@pytest.mark.parametrize(
    "reply",
    [
        "", " ", "null", "[]", "3", '"补贴300元"', "补贴300元。", "{}", '{"statements": null}', '{"statements": "300元"}',
        '{"statements": {"text": "补贴300元", "clause": "一"}}', "{" * 5000, "[" * 5000, '{"statements": [' * 800,
        f"<think>{_reply(_ONE)}", "<html><body>502</body></html>", "\x00\x01", '{"statement": []}',
    ],
)  # fmt: skip
def test_what_is_no_answer_has_no_statement(reply: str) -> None:
    assert read_reply(reply) == []


def test_a_statement_is_read_only_when_it_is_complete() -> None:
    whole = _reply(_ONE, _TWO)
    read = [len(read_reply(whole[:end])) for end in range(len(whole) + 1)]
    assert read == sorted(read), "what has been read stays"
    first = whole.index("}")
    assert read[first : first + 2] == [0, 1], "it is complete with its bracket"
    assert [one.text for one in read_reply(whole)] == ["补贴300元。", "十五日内办结。"]


@pytest.mark.parametrize("end", range(1, len(_reply(_ONE, _TWO))))
def test_a_reply_cut_off_anywhere_gives_no_half_statement(end: int) -> None:
    read = read_reply(_reply(_ONE, _TWO)[:end])
    assert [one.text for one in read] in ([], ["补贴300元。"], ["补贴300元。", "十五日内办结。"])


def test_of_endless_statements_the_first_few_are_read() -> None:
    reply = _reply(*({**_ONE, "text": f"第{n}句。"} for n in range(1000)))
    assert 3 <= len(read_reply(reply)) < 10


@pytest.mark.parametrize(
    ("reply", "declined"),
    [
        ('{"statements": []}', True),
        ('{"answerable": false}', True),
        ('```json\n{"statements": []}\n```', True),
        ('{"statements": [{', False),
        ('{"statements": null}', False),
        (_reply(_ONE), False),
        ("条款没有写明。", False),
        ("", False),
    ],
)
def test_a_model_declines_by_an_empty_list(reply: str, declined: bool) -> None:
    assert declines(reply) is declined
