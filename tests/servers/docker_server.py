"""An engine on a unix socket that answers the real SDK as it is told to: for what a real one does not do on demand."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

ABOUT = {"MemTotal": 8 << 30, "MemoryLimit": True, "PidsLimit": True, "ServerVersion": "0", "OperatingSystem": "none"}
IMAGE = {"Id": "sha256:" + "0" * 64, "Config": {"Env": ["PATH=/bin"]}, "Architecture": "amd64", "RepoTags": []}
Answer = tuple[int, Any]


@dataclass
class DockerServer:
    """`answers` (method and path, as a pattern -> status and body) come before the usual ones; `asked` is a log."""

    place: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    usual: ClassVar[dict[str, Answer]] = {
        r"GET /version": (200, {"ApiVersion": "1.41", "MinAPIVersion": "1.12"}),
        r"GET /info": (200, ABOUT),
        r"GET /images/.*/json": (200, IMAGE),
        r"GET /containers/json": (200, []),
        r"GET /volumes": (200, {"Volumes": []}),
        r"POST /volumes/create": (201, {"Name": "any"}),
    }

    @property
    def environ(self) -> dict[str, str]:
        """What a person would export to get here."""
        return {"DOCKER_HOST": f"unix://{self.place}"}

    def __enter__(self) -> DockerServer:
        self._server = socketserver.ThreadingUnixStreamServer(str(self.place), _Handler)
        self._server.daemon_threads = True
        self._server.owner = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, what: str, body: Any) -> Answer:
        """Return the status and body for a request."""
        self.asked.append((what, body))
        for answers in (self.answers, self.usual):
            for pattern, answer in answers.items():
                if re.fullmatch(pattern, what):
                    return answer
        return 404, {"message": f"page not found: {what}"}

    def bodies(self, what: str) -> list[Any]:
        """Return what was sent with a kind of request."""
        return [body for asked, body in self.asked if asked == what]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def address_string(self) -> str:
        return "unix"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0) or 0)
        given = self.rfile.read(length)
        path = re.sub(r"^/v\d+\.\d+", "", self.path.partition("?")[0])
        service: DockerServer = self.server.owner  # type: ignore[attr-defined]
        status, body = service.answer(f"{self.command} {path}", json.loads(given) if given else None)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_DELETE = do_GET
