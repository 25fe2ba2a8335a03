"""The HTTP API: the answers of the chain, errors that tell their remedy, and who may do what."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from serving_api import QUESTION, REFUSED, Api, events_of, serve_api, timeless

from index.__main__ import main as index_command
from index.settings import Settings
from index.store import ClauseIndex
from rag.access.roles import ADMIN
from rag.chain import build_chain
from rag.clauses.find import find_clauses
from rag.clauses.types import ClauseQuery
from rag.page.library.catalog import Catalog
from rag.page.library.library import Library
from rag.records.audit import Entry
from rag.types import Answer, Question, Statement

_CLAUSE = "changfubanfa-2012-33.2.1.3"
_NOTICE = "丽江市人民政府办公室关于加强校车安全管理的通知\n丽政办发〔2021〕77号\n各县（区）人民政府：\n现就有关事项通知如下。\n一、{}\n二、校车最高时速不得超过60公里。\n丽江市人民政府办公室\n2021年9月1日\n"
_TRAINING = "校车驾驶人每年参加安全培训不少于{}学时，由市教育局组织。"


@pytest.fixture(scope="module")
def api(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serve_api(settings, tmp_path_factory.mktemp("api"), copies=True) as api:
        yield api


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[httpx.Client]:
    with api.client() as client:
        yield client


@pytest.fixture(scope="module")
def chain(index: ClauseIndex, settings: Settings) -> Any:
    return build_chain(index, settings)


def _printed(capsys: pytest.CaptureFixture[str], run: Any, *args: str) -> Any:
    run(list(args))
    return json.loads(capsys.readouterr().out)


# Questions


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ({"question": QUESTION}, Question(QUESTION)),
        ({"question": "谁负责?", "history": [QUESTION], "id": "a"}, Question("谁负责?", (QUESTION,), id="a")),
        (
            {"question": "补助标准?", "regions": ["长春"], "years": [2012]},
            Question("补助标准?", regions=("长春",), years=(2012,)),
        ),
        ({"question": REFUSED, "explain": False}, Question(REFUSED)),
        ({"question": ""}, Question("")),
    ],
)
def test_an_answer_is_the_record_of_the_chain(client: httpx.Client, chain: Any, body: Any, question: Question) -> None:
    given = client.post("api/ask", json=body)
    assert given.status_code == 200
    assert timeless(given.json()) == json.loads(json.dumps(timeless(chain.invoke(question).to_json())))


def test_documents_set_stand_in_place_of_what_is_read(client: httpx.Client) -> None:
    body = {"question": "补助标准是多少?", "doc_ids": ["changfubanfa-2012-33"], "id": 7, "explain": True}
    answer = client.post("api/ask", json=body).json()
    assert answer["scope"]["doc_ids"] == ["changfubanfa-2012-33"]
    assert {one["doc_id"] for one in answer["citations"]} == {"changfubanfa-2012-33"}
    assert answer["id"] == 7 and answer["explain"]


@pytest.mark.parametrize("question", [QUESTION, REFUSED, "长春2012年和内蒙古2016年的居民医保人均补助标准分别是多少?"])
def test_a_stream_grows_to_the_same_answer(client: httpx.Client, question: str) -> None:
    whole = client.post("api/ask", json={"question": question}).json()
    streamed = client.post("api/ask", json={"question": question}, headers={"Accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.headers["x-accel-buffering"] == "no" and streamed.headers["cache-control"] == "no-store"
    events = events_of(streamed.text)
    assert events[-1][0] == "answer" and timeless(events[-1][1]) == timeless(whole)
    assert {name for name, _ in events[:-1]} == {"delta"}
    assert "".join(told["text"] for _, told in events[:-1]) == whole["answer"]


@dataclass
class _Slow:
    """A chain that says one thing, then works until it is closed."""

    answer: Answer
    pause: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def stream(self, question: Question) -> Iterator[Answer]:
        try:
            while True:
                yield self.answer
                self.pause.wait(0.02)
        finally:
            self.closed.set()


@pytest.fixture(scope="module")
def planted(index: ClauseIndex, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service whose chain each test sets."""
    nothing: Any = None
    library = Library(nothing, Catalog.from_documents(()), index)
    with serve_api(settings, tmp_path_factory.mktemp("planted"), library=library) as api:
        yield api


@pytest.mark.parametrize("path", ["api/ask", "v1/chat/completions"])
@pytest.mark.parametrize("stream", [True, False])
def test_no_work_is_left_running_when_the_client_goes(planted: Api, path: str, stream: bool) -> None:
    chain: Any = _Slow(Answer("grounded", "甲〔1〕", (Statement("甲", (1,)),), mode="generative"))
    planted.desk.library.chain = chain
    name = f"{path} {stream}"
    body: dict[str, Any] = {"question": name, "stream": stream}
    if path.startswith("v1"):
        body = {"model": "clause-qa", "messages": [{"role": "user", "content": name}], "stream": stream}
    with planted.client() as client:
        if stream:
            with client.stream("POST", path, json=body) as response:
                assert any("甲" in line for line in response.iter_lines())
        else:
            with pytest.raises(httpx.ReadTimeout):
                client.post(path, json=body, timeout=0.3)
    assert chain.closed.wait(10)
    assert _audited(planted, name)[0].status == "stopped"


def _audited(api: Api, question: str, count: int = 1) -> tuple[Entry, ...]:
    """Return the entries of a question, once there are as many: they are written after the answer is sent."""
    assert api.desk.records is not None
    pause, entries = threading.Event(), ()
    for _ in range(100):
        entries = tuple(entry for entry in api.desk.records.audit.list() if entry.question == question)
        if len(entries) >= count:
            break
        pause.wait(0.05)
    return entries


class _Broken:
    def __init__(self, *answers: Answer) -> None:
        self._answers = answers

    def stream(self, question: Question) -> Iterator[Answer]:
        yield from self._answers
        raise ZeroDivisionError("secret")


def test_a_failure_is_one_sentence_and_in_the_audit(planted: Api) -> None:
    chain: Any = _Broken(Answer("grounded", "甲"))
    planted.desk.library.chain = chain
    with planted.client(**{"X-Request-ID": "mine-1"}) as client:
        whole = client.post("api/ask", json={"question": "问"})
        name, told = events_of(client.post("api/ask", json={"question": "问", "stream": True}).text)[-1]
        chat = {"model": "clause-qa", "messages": [{"role": "user", "content": "问"}], "stream": True}
        streamed = client.post("v1/chat/completions", json=chat).text
    error = whole.json()["error"]
    assert whole.status_code == 500 and error["code"] == "internal_error" and error["request_id"] == "mine-1"
    assert name == "error" and told["error"]["code"] == "internal_error"
    assert '"server_error"' in streamed and streamed.endswith("data: [DONE]\n\n")
    assert "secret" not in whole.text + streamed
    assert [(entry.status, entry.request_id) for entry in _audited(planted, "问", 3)] == [("failed", "mine-1")] * 3


# Errors


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "said"),
    [
        ("POST", "api/ask", {"json": {"questio": "问"}}, 422, "缺少 question"),
        ("POST", "api/ask", {"json": {"question": "问", "region": ["长春"]}}, 422, "region 不是这里的参数"),
        ("POST", "api/ask", {"json": {"question": 3}}, 422, "question 应为文字"),
        ("POST", "api/ask", {"json": {"question": "问", "years": ["二〇一二"]}}, 422, "years.0 应为整数"),
        ("POST", "api/ask", {"json": {"question": "问", "years": [12]}}, 422, "years.0 应不小于 1000"),
        ("POST", "api/ask", {"json": {"question": "问", "regions": ["火星"]}}, 422, "没有叫“火星”的地区"),
        ("POST", "api/ask", {"json": {"question": "\ud800"}}, 422, "不成字"),
        ("POST", "api/ask", {"json": {"question": "问" * 20_001}}, 422, "最多 20000 字"),
        ("POST", "api/ask", {"json": {"question": "问" * 200_000}}, 413, "太大"),
        ("POST", "api/ask", {"content": "{", "headers": {"Content-Type": "application/json"}}, 422, "不是有效的 JSON"),
        ("POST", "api/ask", {"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, "UTF-8"),
        ("POST", "api/ask", {"content": "[" * 99_999, "headers": {"Content-Type": "application/json"}}, 400, "请求体"),
        ("POST", "api/ask", {"data": {"question": "问"}}, 415, "Content-Type: application/json"),
        ("POST", "api/documents", {"json": {}}, 415, "multipart/form-data"),
        ("POST", "api/documents", {"files": {"file": b"x"}}, 422, "没有文件"),
        ("POST", "api/documents", {"content": "x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "格式"),
        ("GET", f"api/clauses/{_CLAUSE}9", {}, 404, "changfubanfa-2012-33.2.1"),
        ("GET", f"api/clauses/{_CLAUSE.replace('33', '34')}", {}, 404, f"最接近的是 {_CLAUSE}"),
        ("GET", "api/clauses/changfubanfa-2012-33", {}, 404, "是一份文件"),
        ("GET", "api/clauses/..%2F..%2Fetc%2Fpasswd", {}, 404, "没有"),
        ("GET", "api/documents/changfubanfa-2012-3", {}, 404, "最接近的是 changfubanfa-2012-33"),
        ("DELETE", "api/documents/nothing-of-the-kind", {}, 404, "没有文件"),
        ("GET", "api/search?figure=三碗", {}, 422, "读不懂数字"),
        ("GET", "api/search?page=0", {}, 422, "page 应不小于 1"),
        ("GET", "api/search?sort=best", {}, 422, "sort 应为"),
        ("GET", "api/nothing", {}, 404, "/api/docs"),
        ("PUT", "api/ask", {}, 405, "不接受 PUT"),
    ],
)
def test_an_error_tells_its_remedy(
    client: httpx.Client, method: str, path: str, sent: dict[str, Any], status: int, said: str
) -> None:
    if "json" in sent:  # httpx would not send a lone surrogate
        sent = {"content": json.dumps(sent["json"]), "headers": {"Content-Type": "application/json"}}
    given = client.request(method, path, **sent)
    error = given.json()["error"]
    assert (given.status_code, set(error)) == (status, {"code", "message", "request_id"}), given.text
    assert said in error["message"] and error["message"].endswith("。")
    assert error["request_id"] == given.headers["x-request-id"]


# Clauses and documents


def test_a_clause_is_found_by_its_id_and_by_its_label(client: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    clause = client.get(f"api/clauses/{_CLAUSE}").json()
    shown = _printed(capsys, index_command, "show", _CLAUSE, "--json")
    assert shown.items() <= clause.items() and clause["document"]["doc_id"] == clause["doc_id"]
    assert client.get(f"api/clauses/{clause['label']}").json() == clause


def test_a_search_finds_what_the_tab_finds(client: httpx.Client, index: ClauseIndex) -> None:
    given = client.get(
        "api/search", params={"q": "补助", "place": "长春市", "department": "市财政局", "sort": "order"}
    ).json()
    found = find_clauses(index, ClauseQuery("补助", places=("吉林省长春市",), departments=("市财政局",), sort="order"))
    assert [one["clause_id"] for one in given["hits"]] == [hit.clause.clause_id for hit in found.hits]
    assert given["total"] == found.total > 0
    marked = {one["text"][start:end] for one in given["hits"] for start, end in one["marks"]}
    assert "补助" in marked
    assert given["facets"]["years"] == [{"value": "2012", "label": "2012", "count": found.total}]


def test_documents_are_listed_and_shown_as_by_the_command(
    client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = client.get("api/documents", params={"q": "长春"}).json()
    known = {one["doc_id"]: one for one in _printed(capsys, index_command, "list", "--json")}
    assert listed["total"] == len(listed["documents"]) == 1
    assert known[listed["documents"][0]["doc_id"]].items() <= listed["documents"][0].items()
    doc_id = listed["documents"][0]["doc_id"]
    assert client.get(f"api/documents/{doc_id}").json() == _printed(capsys, index_command, "show", doc_id, "--json")


def _files(*texts: str) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (f"../../{number}/通知.txt", text.encode())) for number, text in enumerate(texts)]


def test_a_document_is_looked_at_added_changed_and_removed(api: Api, client: httpx.Client) -> None:
    first = _files(_NOTICE.format(_TRAINING.format(16)))
    looked = client.post("api/documents/preview", files=first).json()
    (shown,) = looked["outcomes"]
    assert (shown["name"], shown["status"], shown["clauses"]) == ("通知.txt", "新增", 2)
    assert shown["fields"]["region"] == "云南省丽江市" and shown["fields"]["doc_no"] == "丽政办发〔2021〕77号"
    assert client.get("api/documents").json()["total"] == 5, "looking adds nothing"

    other = client.post(
        "api/documents", files=_files(_NOTICE.format(_TRAINING.format(99))), data={"marks": looked["marks"]}
    )
    assert other.status_code == 409 and client.get("api/documents").json()["total"] == 5

    stated = {"通知.txt": {"title": "校车安全通知"}}
    (added,) = client.post("api/documents", files=first, data={"fields": json.dumps(stated)}).json()["outcomes"]
    doc_id = added["doc_id"]
    answer = client.post("api/ask", json={"question": "丽江2021年校车驾驶人每年培训多少学时?"}).json()
    assert "16学时" in answer["answer"] and answer["citations"][0]["title"] == "校车安全通知"

    (changed,) = client.post("api/documents", files=_files(_NOTICE.format(_TRAINING.format(24)))).json()["outcomes"]
    assert (changed["status"], changed["doc_id"]) == ("更新", doc_id)
    kept = client.get(f"api/documents/{doc_id}").json()
    assert "24学时" in "".join(one["text"] for one in kept["clauses"]) and kept["title"] == "校车安全通知", (
        "what was put right holds on"
    )

    (gone,) = client.delete(f"api/documents/{doc_id}").json()["outcomes"]
    assert (gone["status"], gone["doc_id"]) == ("移除", doc_id)
    assert client.get(f"api/documents/{doc_id}").status_code == 404
    left = [path.name for path in api.desk.settings.records_dir.iterdir() if path.name.startswith("sent-")]
    assert not left, "nothing of what was sent lies about"


def test_what_cannot_be_read_or_is_too_much_is_refused(api: Api, client: httpx.Client) -> None:
    unreadable = client.post("api/documents", files=[("files", ("a.docx", b"PK\x03\x04 broken"))])
    assert unreadable.status_code == 422 and unreadable.json()["error"]["message"].endswith("。")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(api.desk.settings.upload_files + 1):
            archive.writestr(f"{number}.txt", "一、有。")
    too_many = client.post("api/documents", files=[("files", ("a.zip", bomb.getvalue()))])
    assert too_many.status_code == 422 and "最多加入" in too_many.json()["error"]["message"]
    assert client.get("api/documents").json()["total"] == 5


# Who asks


@pytest.fixture(scope="module")
def guarded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str, str]]:
    with serve_api(settings, tmp_path_factory.mktemp("guarded"), guarded=True, copies=True) as api:
        assert api.gate is not None
        api.gate.users.add("王主任", "correct horse 电池", ADMIN)
        api.gate.users.add("小李", "another phrase 钉子")
        yield api, api.gate.clients.add("大厅终端"), api.gate.clients.add("收文系统", is_admin=True)


def test_without_a_token_there_is_no_answer_and_no_log_in_page(guarded: tuple[Api, str, str]) -> None:
    with guarded[0].client(Accept="text/html") as client:
        for path in ("api/search", "api/docs", "v1/models", "mcp"):
            given = client.get(path)
            assert given.status_code == 401 and "令牌" in given.json()["error"]["message"]
        assert client.get("v1/models").json()["error"]["type"] == "authentication_error"


def test_a_client_asks_under_its_name_and_an_administrator_alone_changes(guarded: tuple[Api, str, str]) -> None:
    api, reader, admin = guarded
    with api.client(reader) as client:
        assert client.post("api/ask", json={"question": QUESTION}).json()["status"] == "grounded"
        (entry,) = _audited(api, QUESTION)
        assert (entry.user, entry.status) == ("大厅终端", "grounded")
        for given in (
            client.post("api/documents", files=_files("一、有。")),
            client.post("api/documents/preview", files=_files("一、有。")),
            client.delete("api/documents/changfubanfa-2012-33"),
        ):
            assert given.status_code == 403 and "管理员" in given.json()["error"]["message"]
    with api.client(admin) as client:
        assert client.delete("api/documents/changfubanfa-2012-33").status_code == 200


def test_who_is_logged_in_may_use_the_api_from_the_page(guarded: tuple[Api, str, str]) -> None:
    with guarded[0].client() as client:
        client.post("login", data={"name": "小李", "password": "another phrase 钉子"})
        assert client.get("api/documents").status_code == 200
        assert client.post("api/documents", files=_files("一、有。")).status_code == 403
        assert client.get("v1/models").status_code == 401


def test_the_page_of_another_site_gets_nothing(client: httpx.Client) -> None:
    for headers in ({"Origin": "https://example.org"}, {"Host": "example.org"}):
        assert client.post("api/ask", json={"question": QUESTION}, headers=headers).status_code == 403


# What it says of itself


def test_the_description_tells_every_operation_in_chinese_and_loads_nothing(client: httpx.Client) -> None:
    described = client.get("api/openapi.json").json()
    operations = [told for methods in described["paths"].values() for told in methods.values()]
    assert len(operations) == 11
    for told in operations:
        assert re.search(r"[一-鿿]", told["summary"]) and re.search(r"[一-鿿]", told["description"])
        assert all(re.search(r"[一-鿿]", one["description"]) for one in told.get("parameters", ()))
    page = client.get("api/docs")
    assert all(path in page.text for path in described["paths"])
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?://", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
