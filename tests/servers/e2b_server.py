"""A server on loopback that speaks E2B's control and envd protocols to the real SDK, and does what it is asked.

    with E2BServer() as server:            # server.environ: the variables that point the SDK here
        E2BSandbox(options, environ=server.environ)

Each sandbox is a temporary folder; commands are real processes of this machine, as envd starts them (`bash -l -c`).
Started as root, it gives commands of `user` an uid of their own. What it cannot show: it is no machine. Paths are
those of this machine, so only what lies in the sandbox's folder (its homes are there, too) can be written through
/files, and a program may read this machine's files; there is no kernel, network, memory or disk of its own. A cut
network is real only for root (`unshare --net`), and only for commands that start afterwards.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import re
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

USER = 61000
KEY = "e2b_" + "0" * 40
TEMPLATES = ("base", "code-interpreter-v1")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
AS_ROOT = os.geteuid() == 0


@dataclass
class Fault:
    """An answer instead of the right one, for requests whose path contains a word, so many times."""

    word: str
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Machine:
    """One sandbox: its folder, what the control plane knows of it, and its processes."""

    folder: Path
    template: str
    metadata: dict[str, str]
    end: float
    id: str = field(default_factory=lambda: "i" + secrets.token_hex(9))
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    started: float = field(default_factory=time.time)
    internet: bool = True
    hosts: str = ""
    """What was written to /etc/hosts, where it is not written here: that is this machine's."""
    rules: dict[str, Any] = field(default_factory=dict)
    """What its firewall was told last; only "no internet at all" is done here."""
    paused: bool = False
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def home(self, user: str) -> Path:
        return self.folder / ("root" if user == "root" else "home/user")

    def about(self) -> dict[str, Any]:
        return {
            "templateID": self.template,
            "sandboxID": self.id,
            "clientID": "c",
            "envdVersion": "0.6.7",
            "envdAccessToken": self.token,
            "domain": None,
            "metadata": self.metadata,
            "startedAt": datetime.fromtimestamp(self.started, UTC).isoformat(),
            "endAt": datetime.fromtimestamp(self.end, UTC).isoformat(),
            "cpuCount": 2,
            "memoryMB": 512,
            "diskSizeMB": 1024,
            "state": "paused" if self.paused else "running",
        }

    def start(self, config: dict[str, Any], user: str) -> subprocess.Popen[bytes]:
        environment = {"PATH": PATH, "HOME": str(self.home(user)), "USER": user, **config.get("envs", {})}
        argv = [config["cmd"], *config.get("args", [])]
        if not self.internet and AS_ROOT:
            argv = ["unshare", "--net", "--", *argv]
        drop: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if AS_ROOT and user != "root" else {}
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=config.get("cwd") or self.home(user),
            start_new_session=True,
            **drop,
        )
        self.running[process.pid] = process
        return process

    def kill(self) -> None:
        for process in list(self.running.values()):
            for number in (process.pid, *descendants(process.pid)):
                with contextlib.suppress(OSError):
                    os.kill(number, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.folder.exists() and time.monotonic() < deadline:
            shutil.rmtree(self.folder, ignore_errors=True)


def descendants(process: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if int(place.read_text("utf-8", "replace").rpartition(")")[2].split()[1]) == process:
                child = int(place.parent.name)
                found += [child, *descendants(child)]
    return found


class E2BServer:
    """The service; `requests` is what it was asked (method, path), `faults` what it does wrong next."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.sent = 0
        self.longest = 86400
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.owner = self  # type: ignore[attr-defined]
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """What a person would export to get here."""
        return {"E2B_API_KEY": KEY, "E2B_API_URL": self.url, "E2B_SANDBOX_URL": self.url}

    def __enter__(self) -> E2BServer:
        self.root = Path(tempfile.mkdtemp(prefix="p2c-e2b-", dir="/var/tmp"))
        self.root.chmod(0o755)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        threading.Thread(target=self._reap, daemon=True).start()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        for name in list(self.machines):
            self.kill(name)
        self._http.shutdown()
        self._http.server_close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _reap(self) -> None:
        while not self._over.wait(0.1):
            for machine in list(self.machines.values()):
                if machine.end < time.time() and not machine.paused:
                    self.kill(machine.id)

    def create(self, body: dict[str, Any]) -> Machine:
        name = secrets.token_hex(6)
        folder = self.root / name
        end = time.time() + body.get("timeout", 15)
        machine = Machine(folder, body["templateID"], body.get("metadata", {}), end)
        machine.internet = body.get("allow_internet_access", True)
        for user in ("root", "user"):
            machine.home(user).mkdir(parents=True)
        if AS_ROOT:
            os.chown(machine.home("user"), USER, USER)
        self.machines[machine.id] = machine
        return machine

    def kill(self, name: str) -> bool:
        machine = self.machines.pop(name, None)
        if machine is not None:
            machine.kill()
        return machine is not None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def service(self) -> E2BServer:
        return self.server.owner  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET

    def _answer(self) -> None:
        body = self._body()
        self.service.sent += len(body)
        self.service.requests.append((self.command, self.path))
        for fault in self.service.faults:
            if fault.word in self.path and fault.times > 0:
                fault.times -= 1
                return self._json(fault.status, {"code": fault.status, "message": "fault", **fault.body}, fault.headers)
        parts = urlsplit(self.path)
        if "E2b-Sandbox-Id" in self.headers:
            return self._envd(parts.path, {key: value[0] for key, value in parse_qs(parts.query).items()}, body)
        if self.headers.get("X-API-KEY") != KEY:
            return self._json(401, {"code": 401, "message": "Invalid API key"})
        return self._control(parts.path, parts.query, json.loads(body) if body else {})

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _json(self, status: int, data: Any = None, headers: dict[str, str] | None = None) -> None:
        body = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _control(self, path: str, query: str, body: dict[str, Any]) -> None:
        words = [unquote(word) for word in path.strip("/").split("/") if word != "v2"]
        if words == ["sandboxes"] and self.command == "POST":
            if body["templateID"] not in TEMPLATES:
                message = f"template '{body['templateID']}' not found"
                return self._json(404, {"code": 404, "message": message})
            if body.get("timeout", 15) > self.service.longest:
                return self._json(400, {"code": 400, "message": "Timeout cannot be greater than 1 hours"})
            return self._json(201, self.service.create(body).about())
        if words == ["sandboxes"]:
            wanted = dict(parse_qsl(dict(parse_qsl(query)).get("metadata", "")))
            wanted = {unquote(key): unquote(value) for key, value in wanted.items()}
            found = [one.about() for one in self.service.machines.values() if wanted.items() <= one.metadata.items()]
            return self._json(200, found)
        machine = self.service.machines.get(words[1]) if len(words) > 1 else None
        if machine is None:
            return self._json(404, {"code": 404, "message": "sandbox not found"})
        return self._one(machine, words[2] if len(words) > 2 else self.command, body)

    def _one(self, machine: Machine, what: str, body: dict[str, Any]) -> None:
        if what == "GET":
            return self._json(200, machine.about())
        if what == "connect":
            machine.paused, status = False, 201 if machine.paused else 200
            machine.end = max(machine.end, time.time() + body.get("timeout", 15))
            return self._json(status, machine.about())
        if what == "DELETE":
            self.service.kill(machine.id)
        elif what == "timeout":
            machine.end = time.time() + body["timeout"]
        elif what == "pause":
            machine.paused = True
        elif what == "network":
            machine.internet, machine.rules = body.get("allow_internet_access", True), body
        else:
            return self._json(404, {"code": 404, "message": f"no route {what}"})
        return self._json(204)

    def _envd(self, path: str, query: dict[str, str], body: bytes) -> None:
        machine = self.service.machines.get(self.headers["E2b-Sandbox-Id"])
        if machine is None or machine.paused:
            return self._json(502, {"code": 502, "message": "The sandbox was not found"})
        if self.headers.get("X-Access-Token") != machine.token:
            return self._json(401, {"code": "unauthenticated", "message": "unauthorized access"})
        if path == "/health":
            return self._json(204)
        if path == "/files":
            return self._files(machine, query, body)
        if path == "/process.Process/Start":
            return self._start(machine, json.loads(body[5:]))
        if path == "/process.Process/SendSignal":
            process = machine.running.get(json.loads(body)["process"]["pid"])
            if process is None:
                return self._json(404, {"code": "not_found", "message": "process not found"})
            process.kill()
            return self._json(200, {})
        return self._json(404, {"code": "unimplemented", "message": path})

    def _files(self, machine: Machine, query: dict[str, str], body: bytes) -> None:
        kind = self.headers["Content-Type"]
        if kind.startswith("multipart/"):
            files = list(_parts(body, kind.partition("boundary=")[2].strip('"').encode(), query.get("path")))
        else:
            files = [(query["path"], body)]
        for path, data in files:
            place = Path(path)
            if path == "/etc/hosts":
                machine.hosts = data.decode()
                continue
            if not place.resolve().is_relative_to(machine.folder):
                return self._json(400, {"code": 400, "message": f"{place} is not in the folder of this sandbox"})
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return self._json(200, [{"name": Path(path).name, "type": "file", "path": path} for path, _ in files])

    def _start(self, machine: Machine, request: dict[str, Any]) -> None:
        login = base64.b64decode(self.headers.get("Authorization", "Basic ").partition(" ")[2]).decode()
        process = machine.start(request["process"], login.partition(":")[0] or "user")
        seconds = float(self.headers.get("Connect-Timeout-Ms", 0)) / 1000
        self.send_response(200)
        self.send_header("Content-Type", "application/connect+json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        listening = self._event({"start": {"pid": process.pid}})
        for event in _events(process, time.monotonic() + seconds if seconds else None):
            # envd goes on where nobody listens any more.
            listening = listening and self._event(event)
        machine.running.pop(process.pid, None)
        if listening:
            self._envelope(b"{}", 2)
            self._chunk(b"")

    def _event(self, event: dict[str, Any]) -> bool:
        return self._envelope(json.dumps({"event": event}).encode(), 0)

    def _envelope(self, data: bytes, flag: int) -> bool:
        return self._chunk(struct.pack(">BI", flag, len(data)) + data)

    def _chunk(self, data: bytes) -> bool:
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        except OSError:
            self.close_connection = True
            return False
        return True


def _parts(body: bytes, boundary: bytes, path: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a multipart body: their names are the paths, where the request has none."""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        yield path or unquote(re.search(rb'filename="([^"]*)"', head)[1].decode()), data  # type: ignore[index]


def _events(process: subprocess.Popen[bytes], deadline: float | None) -> Iterator[dict[str, Any]]:
    events: queue.Queue[tuple[str, bytes]] = queue.Queue(64)

    def read(name: str, pipe: Any) -> None:
        while data := pipe.read1(1 << 15):
            events.put((name, data))
        events.put((name, b""))

    for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
        threading.Thread(target=read, args=(name, pipe), daemon=True).start()
    open_pipes = 2
    while open_pipes:
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            name, data = events.get(timeout=left)
        except queue.Empty:
            # As envd does: the command alone, and nothing that it has started.
            process.kill()
            deadline = None
            continue
        open_pipes -= not data
        if data:
            yield {"data": {name: base64.b64encode(data).decode()}}
    code = process.wait()
    yield {"end": {"exitCode": code if code >= 0 else -1, "exited": code >= 0, "status": f"exit status {code}"}}
