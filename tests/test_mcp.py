"""The tools for agents, by the official client: over HTTP, with and without a token, and over stdin and stdout."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from serving_api import QUESTION, REFUSED, Api, serve_api, timeless

from index.settings import Settings
from index.store import ClauseIndex

_T = TypeVar("_T")
_ROOT = Path(__file__).parent.parent
_CLAUSE = "changfubanfa-2012-33.2.1.3"


@pytest.fixture(scope="module")
def api(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serve_api(settings, tmp_path_factory.mktemp("mcp")) as api:
        yield api


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def _over_http(url: str, work: Callable[[Client], Awaitable[_T]], mode: str = "auto") -> _T:
    async def run() -> _T:
        async with Client(f"{url}mcp", mode=mode) as client:
            return await work(client)

    return asyncio.run(run())


async def _use(client: Client) -> dict[str, Any]:
    """Call every tool, and return what came of it."""
    return {
        "tools": (await client.list_tools()).tools,
        "ask": await client.call_tool("ask", {"question": QUESTION}),
        "refused": await client.call_tool("ask", {"question": REFUSED}),
        "clause": await client.call_tool("get_clause", {"clause_id": _CLAUSE}),
        "none": await client.call_tool("get_clause", {"clause_id": f"{_CLAUSE}.7"}),
        "search": await client.call_tool("search_clauses", {"query": "新农合 240元", "regions": ["长春市"]}),
        "bad": await client.call_tool("ask", {"question": "问", "regions": ["火星"]}),
    }


def _check(used: dict[str, Any]) -> None:
    assert {tool.name for tool in used["tools"]} == {"search_clauses", "get_clause", "ask"}
    assert all("条款" in tool.description or "一条" in tool.description for tool in used["tools"])
    assert used["ask"].structured_content["citations"][0]["clause_id"] == _CLAUSE
    assert "240元" in used["ask"].content[0].text and _CLAUSE in used["ask"].content[0].text
    assert used["refused"].structured_content["status"] == "refused" and not used["refused"].is_error
    assert used["clause"].structured_content["document"]["year"] == 2012
    assert used["none"].is_error and f"最接近的是 {_CLAUSE}" in used["none"].content[0].text
    assert used["search"].structured_content["hits"][0]["clause_id"] == _CLAUSE
    assert used["bad"].is_error and "火星" in used["bad"].content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_answer_over_http(api: Api, mode: str) -> None:
    used = _over_http(api.url, _use, mode)
    _check(used)
    with api.client() as client:
        asked = client.post("api/ask", json={"question": QUESTION}).json()
    assert timeless(used["ask"].structured_content) == timeless(asked)
    assert api.desk.records is not None
    assert any(entry.question == REFUSED and entry.status == "refused" for entry in api.desk.records.audit.list())


def test_the_tools_answer_over_stdin_and_stdout(tmp_path: Path) -> None:
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag", "mcp"],
        cwd=_ROOT,
        env={**os.environ, "CLAUSE_RECORDS_DIR": str(tmp_path)},
    )

    async def run() -> dict[str, Any]:
        async with Client(stdio_client(program)) as client:
            return await _use(client)

    _check(asyncio.run(run()))


def test_a_client_needs_its_token_and_is_named_in_the_audit(settings: Settings, tmp_path: Path) -> None:
    with serve_api(settings, tmp_path, guarded=True) as api:
        assert api.gate is not None and api.desk.records is not None
        token = api.gate.clients.add("智能体")

        async def run(headers: dict[str, str]) -> Any:
            import httpx2

            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(f"{api.url}mcp", http_client=http)) as client,
            ):
                return await client.call_tool("ask", {"question": QUESTION})

        with pytest.raises(Exception):  # noqa: B017, PT011  # the library's own, in a group
            asyncio.run(run({}))
        assert httpx.post(f"{api.url}mcp", json={}, trust_env=False).status_code == 401
        given = asyncio.run(run({"Authorization": f"Bearer {token}"}))
        assert given.structured_content["status"] == "grounded"
        assert [entry.user for entry in api.desk.records.audit.list()] == ["智能体"]
