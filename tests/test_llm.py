"""The client of an endpoint: what it asks for, what it remembers, and that it never waits longer than it may."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.errors import UserError
from index.settings import load_settings
from rag.generation.context import count_tokens
from rag.generation.llm import Endpoint as Client
from rag.generation.llm import ModelFailed, Usage, open_endpoint
from tests.endpoint import Endpoint, Reply, breaks_off, drips, drips_headers, fails, hangs, says, serving, tells_usage

Serve = Callable[..., Endpoint]
_SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


@pytest.fixture
def serve() -> Iterator[Serve]:
    with serving() as start:
        yield start


def _client(url: str, **options: object) -> Client:
    options = {"llm_base_url": url, "llm_model": "scripted", "llm_timeout": 5, "llm_retries": 0, **options}
    client = open_endpoint(load_settings().model_copy(update=options))
    assert client
    return client


def _ask(client: Client, seconds: float = 5, prompt: str = "问题") -> tuple[str, Usage]:
    usage = Usage()
    replies = list(client.stream(prompt, _SCHEMA, seconds, usage))
    return replies[-1], usage


def _forms(endpoint: Endpoint) -> list[tuple[str | None, bool]]:
    """Return for each request the shape of reply that it asked for, and whether it asked for the tokens."""
    return [(r.get("response_format", {}).get("type"), "stream_options" in r) for r in endpoint.requests]


def test_without_a_model_set_there_is_none() -> None:
    assert open_endpoint(load_settings().model_copy(update={"llm_base_url": None, "llm_model": None})) is None


@pytest.mark.parametrize("value", ["0", "many"])
def test_the_number_of_calls_at_once_is_a_setting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CLAUSE_LLM_CONCURRENCY", "7")
    assert load_settings().llm_concurrency == 7
    monkeypatch.setenv("CLAUSE_LLM_CONCURRENCY", value)
    with pytest.raises(UserError, match="CLAUSE_LLM_CONCURRENCY"):
        load_settings()


def test_the_reply_grows(serve: Serve) -> None:
    client = _client(serve(says("一二三四五六七", piece=2)).url)
    grown = list(client.stream("问题", _SCHEMA, 5, Usage()))
    assert grown == ["一二", "一二三四", "一二三四五六", "一二三四五六七"]


# --- what it asks for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complaints", "taken"),
    [
        ([], ("json_schema", True)),
        (["response_format is not supported"], ("json_object", True)),
        (["no json_schema", "no json_object"], (None, True)),
        (["unknown field stream_options"], ("json_schema", False)),
        (["unknown field stream_options", "no json_schema"], ("json_object", False)),
        (["bad", "bad", "bad"], (None, False)),
    ],
)
def test_what_an_endpoint_does_not_take_is_left_out_and_remembered(
    serve: Serve, complaints: list[str], taken: tuple[str | None, bool]
) -> None:
    endpoint = serve(*(fails(400, complaint) for complaint in complaints), says("好"))
    client = _client(endpoint.url)
    assert _ask(client)[0] == "好"
    assert _forms(endpoint)[-1] == taken
    asked = len(endpoint.requests)
    assert _ask(client)[0] == "好"
    assert _forms(endpoint)[asked:] == [taken], "the second question pays for none of it"


def test_an_endpoint_that_refuses_every_request_is_asked_in_each_form_once(serve: Serve) -> None:
    endpoint = serve(fails(400))
    with pytest.raises(ModelFailed):
        _ask(_client(endpoint.url))
    assert _forms(endpoint) == [("json_schema", True), ("json_object", True), (None, True), (None, False)]


def test_the_schema_goes_as_it_is(serve: Serve) -> None:
    endpoint = serve(says("好"))
    _ask(_client(endpoint.url))
    assert endpoint.requests[0]["response_format"]["json_schema"]["schema"] == _SCHEMA
    assert endpoint.requests[0]["temperature"] == 0


# --- tokens -------------------------------------------------------------------------------------------------


def test_tokens_are_as_the_endpoint_tells_them(serve: Serve) -> None:
    assert _ask(_client(serve(tells_usage("好", 1234, 56)).url))[1] == Usage(1234, 56, 1)


def test_tokens_are_counted_where_the_endpoint_does_not_tell(serve: Serve) -> None:
    reply, usage = _ask(_client(serve(says("参保人员住院费用")).url), prompt="长期护理保险")
    assert usage == Usage(count_tokens("长期护理保险"), count_tokens(reply), 1)


def test_tokens_of_a_reply_that_broke_off_count_too(serve: Serve) -> None:
    usage = Usage()
    with pytest.raises(ModelFailed):
        list(_client(serve(breaks_off("参保人员")).url).stream("问题", _SCHEMA, 5, usage))
    assert usage == Usage(count_tokens("问题"), count_tokens("参保人员"), 1)


# --- time ---------------------------------------------------------------------------------------------------

_CHUNK = json.dumps({"choices": [{"index": 0, "delta": {"content": "好"}, "finish_reason": None}]})


@pytest.mark.parametrize(
    "reply",
    [
        hangs(5),
        drips(b": ping\n\n"),
        drips(f"data: {_CHUNK}\n\n".encode()),
        drips(b"data: {}\n\n"),
        drips(b" "),
        drips_headers(),
    ],
    ids=["silence", "pings", "words without end", "empty events", "half an event", "a head without end"],
)
def test_a_reply_is_given_up_when_its_time_is_over(serve: Serve, reply: Reply) -> None:
    started = time.perf_counter()
    with pytest.raises(ModelFailed):
        _ask(_client(serve(reply).url), seconds=0.6)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("reply", [drips(b": ping\n\n"), drips_headers()], ids=["pings", "a head without end"])
def test_a_reply_given_up_is_not_waited_for_behind_the_scenes(serve: Serve, reply: Reply) -> None:
    endpoint = serve(reply)
    with pytest.raises(ModelFailed):
        _ask(_client(endpoint.url), seconds=0.3)
    assert endpoint.hung_up.wait(3), "the connection is closed"


def test_a_reader_who_leaves_ends_the_call(serve: Serve) -> None:
    endpoint = serve(drips(f"data: {_CHUNK}\n\n".encode()))
    stream = _client(endpoint.url).stream("问题", _SCHEMA, 30, Usage())
    assert next(stream) == "好"
    stream.close()  # type: ignore[attr-defined]
    assert endpoint.hung_up.wait(3)


def test_a_reply_without_end_is_cut_off(serve: Serve) -> None:
    endpoint = serve(says("好" * 200_000, piece=5_000))
    with pytest.raises(ModelFailed, match="no end"):
        _ask(_client(endpoint.url))


def test_what_may_pass_is_tried_again_and_what_may_not_is_not(serve: Serve) -> None:
    busy, refused = serve(fails(503), says("好")), serve(fails(401), says("好"))
    assert _ask(_client(busy.url, llm_retries=1))[0] == "好"
    with pytest.raises(ModelFailed):
        _ask(_client(refused.url, llm_retries=1))
    assert (len(busy.requests), len(refused.requests)) == (2, 1)


# --- so many at once ----------------------------------------------------------------------------------------


def test_no_more_calls_at_once_than_the_setting_allows(serve: Serve) -> None:
    lock = threading.Lock()
    now = most = 0

    def counted(handler: object, body: object) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.15)
        with lock:
            now -= 1
        says("好")(handler, body)  # type: ignore[arg-type]

    client = _client(serve(counted).url, llm_concurrency=2)
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: _ask(client)[0], range(6)))
    assert replies == ["好"] * 6
    assert most == 2


def test_who_waits_too_long_for_his_turn_gets_none(serve: Serve) -> None:
    endpoint = serve(drips(b": ping\n\n"))
    client = _client(endpoint.url, llm_concurrency=1, llm_timeout=0.3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_ask, client, 3)
        time.sleep(0.3)
        with pytest.raises(ModelFailed):
            _ask(client, 3)
        assert not first.done(), "the first still has its turn"
    assert isinstance(first.exception(), ModelFailed)
    assert len(endpoint.requests) == 1


def test_a_call_that_failed_gives_its_turn_back(serve: Serve) -> None:
    client = _client(
        serve(fails(500), drips(b": ping\n\n"), fails(400), fails(400), fails(400), fails(400), says("好")).url,
        llm_concurrency=1,
    )
    for _ in range(3):
        with pytest.raises(ModelFailed):
            _ask(client, 0.5)
    assert _ask(client)[0] == "好"
