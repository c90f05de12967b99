"""A server on loopback that speaks chat.completions, as a test tells it to.

    with OpenAIServer([fail(429, after="0"), say("hello")]) as server:
        OpenAIModel("any", ModelOptions(base_url=server.base_url))

A list is answered in order (running out is HTTP 418, which no client tries again); a function of the
request's body may answer with a text, an Answer, or anything that the list may hold.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One HTTP reply: `delay` seconds before it; `reset` closes hard instead; `cut` sends half of the body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: bool = False
    cut: bool = False
    kind: str = ""
    """The content type; "" is JSON's, or a page's for a text."""
    pieces: Iterable[str | float] | None = None
    """Sent one by one in place of a body, chunked; a number is a pause in seconds. `cut` leaves out the end."""


Reply = str | Answer
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


def say(text: str | None, finish: str = "stop", usage: dict[str, Any] | None = USAGE, **message: Any) -> Answer:
    """A usual reply; `usage=None` leaves it out, further words are fields of the message."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "served",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
    }
    return Answer(body if usage is None else {**body, "usage": usage})


def fail(status: int, words: str = "it went wrong", code: str = "", after: str = "") -> Answer:
    """An error as OpenAI words it; `after` is the Retry-After header."""
    error = {"message": words, "type": "error", "param": None, "code": code or None}
    return Answer({"error": error}, status, {"retry-after": after} if after else {})


def reset() -> Answer:
    """The connection is reset before any reply."""
    return Answer(reset=True)


def slow(seconds: float, reply: Reply = "late") -> Answer:
    """A reply after some time."""
    answer = say(reply) if isinstance(reply, str) else reply
    return replace(answer, delay=seconds)


class OpenAIServer:
    """Listens while it is open as a context; keeps what it was sent.

    `bodies` are the requests' JSON in the order of arrival, `headers` their headers, `most_at_once` the
    highest number of requests under way together; `pages` are JSON at
    other paths; `hung_up` is set once a client has left a stream under way.
    """

    def __init__(
        self,
        replies: Iterable[Reply] | Callable[[dict[str, Any]], Reply] = (),
        models: Iterable[dict[str, Any]] = ({"id": "served"},),
        port: int = 0,
        pages: dict[str, Any] | None = None,
    ) -> None:
        self.pages = pages or {}
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.models = list(models)
        self.most_at_once = 0
        self.hung_up = threading.Event()
        self._answer = replies if callable(replies) else _in_order(replies)
        self._under_way = 0
        self._lock = threading.Lock()
        self._server = _Http(("127.0.0.1", port), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        """The address for `--base-url`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def calls(self) -> int:
        """How many completions were asked for."""
        return len(self.bodies)

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        """Note a request and say what it gets."""
        with self._lock:
            self.bodies.append(body)
            self.headers.append(headers)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            reply = self._answer(body)
            answer = say(reply) if isinstance(reply, str) else reply
            time.sleep(answer.delay)
            return answer
        finally:
            with self._lock:
                self._under_way -= 1


def event(data: Any) -> str:
    """One server-sent event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"


def chunk(text: str | None = None, finish: str | None = None, **delta: Any) -> str:
    """One piece of a streamed reply, as an event."""
    told = delta if text is None else {"content": text, **delta}
    return event({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": told, "finish_reason": finish}]})


def streamed(
    *texts: str, finish: str | None = "stop", usage: dict[str, Any] | None = USAGE, done: bool = True
) -> Answer:
    """A streamed reply; `finish`, `usage` and `done` (the last mark) may be left out."""
    pieces = [chunk(text) for text in texts] + ([chunk(finish=finish)] if finish else [])
    pieces += [event({"choices": [], "usage": usage})] if usage else []
    return Answer(pieces=[*pieces, event("[DONE]")] if done else pieces)


def as_stream(answer: Answer) -> Answer:
    """What a server that can stream makes of a plain reply; anything else stays as it is."""
    body = answer.body
    if not isinstance(body, dict) or not body.get("choices"):
        return answer
    choice = body["choices"][0]
    message = dict(choice.get("message") or {})
    pieces = [chunk(role="assistant", content="")]
    for name in ("reasoning_content", "reasoning", "content", "refusal", "tool_calls"):
        pieces += [chunk(**{name: part}) for part in _parts(message.get(name))]
    left = {key: value for key, value in choice.items() if key != "message"}
    pieces.append(event({"choices": [{**left, "delta": {}}]}))
    rest = {key: value for key, value in body.items() if key in ("usage", "error")}
    return Answer(pieces=[*pieces, event({"choices": [], **rest}), event("[DONE]")])


def _parts(told: Any) -> list[Any]:
    if isinstance(told, str):
        half = len(told) // 2
        return [part for part in (told[:half], told[half:]) if part]
    if isinstance(told, list) and told and "function" in told[0]:
        text = told[0]["function"]["arguments"]
        first = {"index": 0, "function": {"name": told[0]["function"]["name"], "arguments": text[:3]}}
        return [[first], [{"index": 0, "function": {"arguments": text[3:]}}]]
    return [[part] for part in told] if isinstance(told, list) else []


def _in_order(replies: Iterable[Reply]) -> Callable[[dict[str, Any]], Reply]:
    left = iter(list(replies))
    lock = threading.Lock()

    def answer(body: dict[str, Any]) -> Reply:
        with lock:
            return next(left, fail(418, "the script has run out"))

    return answer


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    owner: OpenAIServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        if self.path in self.server.owner.pages:
            self._send(Answer(self.server.owner.pages[self.path]))
            return
        if self.path != "/v1/models":
            self._send(fail(404, "no such page"))
            return
        models = self.server.owner.models
        listed = [{"object": "model", "created": 1, "owned_by": "tests", **model} for model in models]
        self._send(Answer({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path != "/v1/chat/completions":
            self._send(fail(404, "no such page"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.owner.answer(json.loads(data), headers))

    def _send(self, answer: Answer) -> None:
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        if answer.pieces is not None:
            self._stream(answer, answer.pieces)
            return
        plain = isinstance(answer.body, str)
        data = (answer.body if plain else json.dumps(answer.body)).encode()
        self.send_response(answer.status)
        self.send_header("content-type", answer.kind or ("text/html" if plain else "application/json"))
        self.send_header("content-length", str(len(data)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data[: len(data) // 2] if answer.cut else data)
        self.close_connection = self.close_connection or answer.cut

    def _stream(self, answer: Answer, pieces: Iterable[str | float]) -> None:
        self.send_response(answer.status)
        self.send_header("content-type", answer.kind or "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                if isinstance(piece, float):
                    time.sleep(piece)
                    continue
                data = piece.encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.write(b"" if answer.cut else b"0\r\n\r\n")
        except OSError:
            self.server.owner.hung_up.set()
            self.close_connection = True
        self.close_connection = self.close_connection or answer.cut

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
