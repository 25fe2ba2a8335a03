"""A scripted OpenAI-compatible server on loopback: says, or does, whatever a test wants of an endpoint."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler", dict[str, Any]], None]


@dataclass
class Endpoint:
    """A scripted OpenAI-compatible server: one reply a request, the last one for all that follow."""

    url: str
    replies: list[Reply]
    requests: list[dict[str, Any]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)  # the client left before the end


class Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen = len(self.endpoint.requests)
        self.endpoint.requests.append(body)
        self.endpoint.replies[min(seen, len(self.endpoint.replies) - 1)](self, body)

    def log_message(self, *args: object) -> None:
        pass

    def send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def start_events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data: str) -> None:
        body = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        self.wfile.flush()

    def end_events(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def _chunk(content: str | None, finish: str | None = None) -> str:
    delta = {"role": "assistant", "content": content} if content is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps(
        {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
    )


def says(text: str, piece: int = 3, finish: str = "stop") -> Reply:
    """Reply with a text, streamed a few characters at a time if streaming was asked for."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        if not body.get("stream"):
            message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
            record = {"id": "x", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [message]}
            handler.send(200, json.dumps(record).encode())
            return
        handler.start_events()
        for at in range(0, len(text), piece):
            handler.event(_chunk(text[at : at + piece]))
        handler.event(_chunk(None, finish))
        handler.event("[DONE]")
        handler.end_events()

    return reply


def fails(status: int, message: str = "no") -> Reply:
    return lambda handler, _: handler.send(status, json.dumps({"error": {"message": message}}).encode())


def hangs(seconds: float = 4) -> Reply:
    return lambda handler, _: time.sleep(seconds)


def breaks_off(text: str) -> Reply:
    """Stream a text and close the connection in the middle of the reply."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.start_events()
        handler.event(_chunk(text))
        handler.hang_up()

    return reply


def stalls(text: str, seconds: float = 4) -> Reply:
    """Stream a text and then say nothing more, with the connection open."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.start_events()
        handler.event(_chunk(text))
        time.sleep(seconds)

    return reply


def events(*data: str) -> Reply:
    """Stream raw events."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.start_events()
        for item in data:
            handler.event(item)
        handler.end_events()

    return reply


@contextmanager
def serving() -> Iterator[Callable[..., Endpoint]]:
    """Give a function that starts an endpoint with its replies; all are stopped at the end."""
    servers: list[ThreadingHTTPServer] = []

    def start(*replies: Reply) -> Endpoint:
        handler = type("Scripted", (Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        server.block_on_close = False
        handler.endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", list(replies))  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return handler.endpoint  # type: ignore[attr-defined, no-any-return]

    try:
        yield start
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def states(*statements: tuple[str, str], **options: Any) -> Reply:
    """Reply with (text, label of the clause) pairs in the form that the prompt asks for."""
    return says(reply_of(*statements), **options)


def reply_of(*statements: tuple[str, str]) -> str:
    record = {"statements": [{"clause": clause, "text": text} for text, clause in statements]}
    return json.dumps(record, ensure_ascii=False)


def tells_usage(text: str, read: int, wrote: int) -> Reply:
    """Reply with a text, and with the tokens that it took if that is asked for."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.start_events()
        handler.event(_chunk(text))
        handler.event(_chunk(None, "stop"))
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
            handler.event(json.dumps({**json.loads(_chunk(None)), "choices": [], "usage": usage}))
        handler.event("[DONE]")
        handler.end_events()

    return reply


def drips(data: bytes, pause: float = 0.05) -> Reply:
    """Send the same bytes again and again, each time before a client would call it silent."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.start_events()
        try:
            for _ in range(400):
                handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                handler.wfile.flush()
                time.sleep(pause)
        except OSError:
            handler.endpoint.hung_up.set()

    return reply


def drips_headers(pause: float = 0.05) -> Reply:
    """Send the head of a reply a byte at a time, without an end."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        try:
            for _ in range(400):
                handler.wfile.write(b"a")
                handler.wfile.flush()
                time.sleep(pause)
        except OSError:
            handler.endpoint.hung_up.set()

    return reply
