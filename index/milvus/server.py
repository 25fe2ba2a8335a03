"""The Milvus server: one client a process, bounded waits, failures told to people. The only home of pymilvus."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import Unreachable, UserError
from index.settings import Settings

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Record = dict[str, Any]

MOST = 16_384  # rows that one answer of Milvus may have
_LONG = 300  # seconds for what is done once: creating, loading, flushing
_UNAVAILABLE = 2  # pymilvus's code for a server that is not there
_NO_COLLECTION, _NOT_LOADED = {4, 100}, 101
# The defaults wait up to two minutes before they try again to reach a server that is back.
_RECONNECT = {
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}
_T = TypeVar("_T")


class Missing(UserError):
    """What was asked for is not there any more, or not yet."""


class Server:
    """What is asked of Milvus; every failure is a UserError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.prefix = settings.milvus_prefix

    def query(self, name: str, filter: str, fields: Sequence[str], fresh: bool = False) -> list[Record]:
        """Return the fields of the rows that a filter admits; `fresh` waits for all that was written before."""
        level = {"consistency_level": "Strong"} if fresh else {}
        asked = {"filter": filter, "output_fields": list(fields), **level}
        return list(self._loaded(name, lambda client: client.query(name, limit=MOST, timeout=self._wait, **asked)))

    def count(self, name: str, filter: str = "") -> int:
        """Return how many rows a filter admits, of all that was written."""
        asked = {"filter": filter, "output_fields": ["count(*)"], "consistency_level": "Strong"}
        (row,) = self._loaded(name, lambda client: client.query(name, timeout=_LONG, **asked))
        return int(row["count(*)"])

    def search(
        self, name: str, field: str, asked: object, k: int, filter: str, params: Record
    ) -> list[tuple[int, float]]:
        """Return the keys and scores of the k best rows for a vector or a text, best first."""
        given = {"anns_field": field, "limit": min(k, MOST), "filter": filter, "search_params": params}

        def work(client: MilvusClient) -> Any:
            return client.search(name, data=[asked], output_fields=["row"], timeout=self._wait, **given)

        return [(int(hit["row"]), float(hit["distance"])) for hit in self._loaded(name, work)[0]]

    def put(self, name: str, rows: Sequence[Record]) -> None:
        """Write rows; one whose key is there is replaced."""
        self._call(lambda client: client.upsert(name, list(rows), timeout=_LONG))

    def insert(self, name: str, rows: Sequence[Record]) -> None:
        """Write rows whose keys are new."""
        self._call(lambda client: client.insert(name, list(rows), timeout=_LONG))

    def delete(self, name: str, filter: str) -> None:
        self._loaded(name, lambda client: client.delete(name, filter=filter, timeout=_LONG))

    def flush(self, name: str) -> None:
        """Have what was written kept through a crash of the server."""
        self._call(lambda client: client.flush(name, timeout=_LONG))

    def collections(self) -> list[str]:
        """Return the names of this index's collections."""
        found = self._call(lambda client: client.list_collections(timeout=self._wait))
        return [name for name in found if name.startswith(f"{self.prefix}_")]

    def has(self, name: str) -> bool:
        return bool(self._call(lambda client: client.has_collection(name, timeout=self._wait)))

    def create(self, name: str, fields: Sequence[Record], indexes: Sequence[Record]) -> None:
        """Make a collection; where it has a field `bm25`, Milvus's own BM25 function fills it from `words`."""
        self._call(lambda client: _create(client, name, fields, indexes))

    def drop(self, name: str) -> None:
        self._call(lambda client: client.drop_collection(name, timeout=_LONG))

    @property
    def _wait(self) -> float:
        return self._settings.milvus_timeout

    def _loaded(self, name: str, work: Callable[[MilvusClient], _T]) -> _T:
        """Do some work on a collection; one that a restart left unloaded is loaded first."""
        try:
            return self._call(work)
        except _Unloaded:
            self._call(lambda client: client.load_collection(name, timeout=_LONG))
            return self._call(work)

    def _call(self, work: Callable[[MilvusClient], _T]) -> _T:
        address = re.sub(r"//[^/@]*@", "//", self._settings.milvus_uri)  # names and passwords are not told
        with _failures_told(address, self._wait):
            token = self._settings.milvus_token
            return work(_client(os.getpid(), self._settings.milvus_uri, token, self._wait))


class _Unloaded(UserError):
    """The collection is on the server's disk and not in its memory."""


def _create(client: MilvusClient, name: str, fields: Sequence[Record], indexes: Sequence[Record]) -> None:
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    for field in fields:
        schema.add_field(**{**field, "datatype": DataType[field["datatype"]]})
    if any(field["field_name"] == "bm25" for field in fields):
        schema.add_function(Function("bm25", FunctionType.BM25, ["words"], ["bm25"]))
    params = client.prepare_index_params()
    for index in indexes:
        params.add_index(**index)
    client.create_collection(name, schema=schema, timeout=_LONG)
    client.create_index(name, params, timeout=_LONG, sync=False)  # there is nothing to index yet: not to be waited for
    client.load_collection(name, timeout=_LONG)


@lru_cache(maxsize=8)
def _client(process: int, uri: str, token: str, wait: float) -> MilvusClient:
    """Return the client of this process: a channel does not live through a fork. A failure is not kept."""
    from pymilvus import MilvusClient

    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it writes a traceback for each failure that we tell
    return MilvusClient(uri=uri, token=token, timeout=wait, grpc_options=_RECONNECT)


@contextmanager
def _failures_told(address: str, wait: float) -> Iterator[None]:
    """Raise what pymilvus and gRPC say as what a user can do about it."""
    try:
        import grpc
        from pymilvus.exceptions import MilvusException
    except ImportError as exc:
        raise UserError("没有安装 Milvus 的客户端。请运行 pip install -r requirements-milvus.txt。") from exc
    try:
        yield
    except grpc.RpcError as exc:
        slow = exc.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        raise _unreachable(address, f"{wait:g} 秒内没有回答" if slow else "连接中断") from exc
    except MilvusException as exc:
        raise _told(exc, address) from exc


def _told(exc: Any, address: str) -> UserError:
    if exc.code == _NOT_LOADED or "not loaded" in exc.message:
        return _Unloaded(exc.message)
    if exc.code in _NO_COLLECTION:
        return Missing("Milvus 里的索引刚刚更新或还没有建立。请重试; 若仍如此, 请运行 python -m index build。")
    if "auth" in exc.message.lower() or "denied" in exc.message.lower():
        return UserError(f"Milvus ({address}) 不接受所给的口令。请检查 CLAUSE_MILVUS_TOKEN。")
    if exc.code == _UNAVAILABLE or not isinstance(exc.code, int):
        return _unreachable(address, "连接不上")
    return UserError(f"Milvus ({address}) 报错 {exc.code}: {exc.message[:200]}。请查看它的日志。")


def _unreachable(address: str, what: str) -> Unreachable:
    return Unreachable(f"条款库 Milvus ({address}) {what}。请确认它在运行、CLAUSE_MILVUS_URI 无误, 稍后再试。")
