"""The way out of an installing sandbox: a proxy of p2c's own that leads to the package indexes and nowhere else.

    environment of the command     HTTP_PROXY=http://127.0.0.1:3128, which is there in its network namespace alone
    in_sandbox/_p2c_listen.py      listens there before the command begins, and hands the socket to p2c
    in_sandbox/_p2c_proxy.py       accepts on that socket, in threads of p2c, and connects to the hosts on the list

So the namespace needs no route, no name service and no process of p2c's, and the user's own proxy and its login stay
outside. An index on this machine's loopback is reached like any other, by its one port.
"""

from __future__ import annotations

import array
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from p2c.errors import SandboxError
from p2c.sandboxes.environments import index_hosts
from p2c.sandboxes.environments.index_settings import PROXIES, IndexSettings
from p2c.sandboxes.in_sandbox._p2c_proxy import Proxy
from p2c.sandboxes.in_sandbox._p2c_upstream import Upstream

Address = tuple[str, int]
PORT = 3128
"""Squid's; in a namespace of its own it is always free."""
MOST_NOTED = 20
"""Refused hosts that are named; a program could ask for new ones without end."""
ADDRESS = f"http://127.0.0.1:{PORT}"


def proxy_environment(address: str = ADDRESS) -> dict[str, str]:
    """Return the variables that lead clients to the proxy, whatever they try to reach."""
    values = {name: "" if name == "NO_PROXY" else address for name in PROXIES}
    return values | {name.lower(): value for name, value in values.items()}


def upstream_settings(index: IndexSettings) -> dict[str, str]:
    """Return the user's own proxies as `_p2c_upstream.Upstream` takes them."""
    settings = {name[:-6].lower(): index.environment[name] for name in PROXIES if index.environment.get(name)}
    if index.certificate is not None:
        settings["ca"] = str(index.certificate)
    return settings


@dataclass
class Link:
    """One command's way out: what runs before its words, the descriptor that goes with it, and who was refused."""

    before: tuple[str, ...]
    descriptor: int
    refused: dict[Address, None] = field(default_factory=dict)
    is_made: bool = False

    def note(self, host: str, port: int) -> None:
        """Remember who was refused, as far as anybody would read it."""
        if len(self.refused) < MOST_NOTED:
            self.refused[host, port] = None


class IndexProxy:
    """What a session's installs may reach; which hosts these are is found out when it is first needed."""

    def __init__(self, index: IndexSettings, allow: Iterable[str] = ()) -> None:
        self._index = index
        self._named = index_hosts.parse_hosts(allow)
        self._found: frozenset[Address] | None = None
        self._lock = threading.Lock()

    @property
    def hosts(self) -> frozenset[Address]:
        """Return hosts and ports: those of the indexes, and those that the user named."""
        with self._lock:
            if self._found is None:
                self._found = index_hosts.find_hosts(self._index)
        return self._found | self._named

    @contextlib.contextmanager
    def open(self, python: str) -> Iterator[Link]:
        """Give the way out of one command; `python` is an interpreter inside, which becomes the command."""
        ours, theirs = socket.socketpair()
        source = files("p2c.sandboxes.in_sandbox").joinpath("_p2c_listen.py").read_text(encoding="utf-8")
        before = (python, "-I", "-S", "-c", source, str(theirs.fileno()), str(PORT))
        link = Link(before, theirs.fileno())
        hosts = self.hosts  # before the command's time begins
        serving = _Serving(ours, link, lambda listener: self._serve(listener, hosts, link))
        try:
            with theirs:
                yield link
        finally:
            serving.close()

    def _serve(self, listener: socket.socket, hosts: frozenset[Address], link: Link) -> Proxy:
        return Proxy(listener, hosts, Upstream(upstream_settings(self._index)), link.note).start()


class _Serving:
    """Waits for the socket that comes out of the namespace, and serves it."""

    def __init__(self, channel: socket.socket, link: Link, serve: Callable[[socket.socket], Proxy]) -> None:
        self._channel, self._link, self._serve = channel, link, serve
        self._proxy: Proxy | None = None
        self._thread = threading.Thread(target=self._wait, name="p2c-egress", daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        room = array.array("i")
        try:
            _, extra, _, _ = self._channel.recvmsg(1, socket.CMSG_SPACE(room.itemsize))
        except OSError:
            return
        for level, kind, data in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                room.frombytes(data[: room.itemsize])
                self._link.is_made = True
                self._proxy = self._serve(socket.socket(fileno=room[0]))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._channel.close()
        if self._proxy is not None:
            self._proxy.close()


def check_made(link: Link, errors: str) -> None:
    """Raise SandboxError for a command that ended before its way out was there."""
    if not link.is_made:
        raise SandboxError(f"the way to the package index could not be opened in the sandbox: {errors.strip()[-1000:]}")


def described(egress: IndexProxy) -> str:
    """Return, for people, which hosts an install may reach."""
    shown: Mapping[str, None] = dict.fromkeys(
        host if port in (80, 443) else f"{host}:{port}" for host, port in sorted(egress.hosts)
    )
    return ", ".join(shown) or "no host"
