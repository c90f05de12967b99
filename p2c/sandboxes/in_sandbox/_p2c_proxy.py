"""An HTTP proxy that connects to the hosts on its list and to no other.

Standard library only, Python 3.8 syntax: p2c imports it, and sends it as source into a container. TLS passes as a
tunnel, in which the client must name the host that it asked the proxy for: one address of a content network serves
many hosts. Plain HTTP is GET and HEAD, one request a connection. Names that are not on the list are not looked up.

    P2C_PROXY='{"listen": [HOST, PORT], "allowed": [[HOST, PORT], ...], "upstream": {}}' python _p2c_proxy.py

then prints a JSON document a line for each refusal: {"refused": [HOST, PORT]}. `upstream` is what `_p2c_upstream.py`
takes. `_p2c_http.py`, `_p2c_tls.py` and `_p2c_upstream.py` have to lie in the same folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from p2c.sandboxes.in_sandbox import _p2c_http as http
    from p2c.sandboxes.in_sandbox._p2c_http import RequestDenied
    from p2c.sandboxes.in_sandbox._p2c_tls import ClientHelloFilter
else:  # in a container
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import _p2c_http as http
    from _p2c_http import RequestDenied
    from _p2c_tls import ClientHelloFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Address = tuple[str, int]
    Dial = Callable[[str, int, bool], tuple[socket.socket, str | None]]

CONNECTIONS = 64  # uv opens 50 at a time
CHUNK = 1 << 18
CONNECT_SECONDS = 15.0
HEAD_SECONDS = 15.0
IDLE_SECONDS = 300.0  # an index may take minutes to begin with a large wheel
JOIN_SECONDS = 1.0
URL = re.compile(r"http://([^/?#@]+)((?:/[^#]*)?(?:\?[^#]*)?)", re.IGNORECASE)


class Proxy:
    """Serves a listening socket, in threads, until it is closed; `on_refused` gets the host and port of each refusal.

    `dial` connects to (host, port), for a tunnel or for one plain request. It returns the socket and, where that
    leads to another proxy that takes the plain request, the login for it ("" for none), else None.
    """

    def __init__(
        self,
        listener: socket.socket,
        allowed: Iterable[Address],
        dial: Dial | None = None,
        on_refused: Callable[[str, int], None] = lambda host, port: None,
    ) -> None:
        self._listener = listener
        self._allowed = frozenset((http.canonical_host(host), port) for host, port in allowed)
        self._dial = dial or connect_directly
        self._on_refused = on_refused
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, list[socket.socket]] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="p2c-proxy", daemon=True)

    def start(self) -> Proxy:
        """Begin to serve, and return this proxy."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End all connections, and wait for the threads."""
        with self._lock:
            self._closed.set()
            for end in (self._listener, *(connection for pair in self._connections.values() for connection in pair)):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # unlike close(), this wakes the thread that waits for it
        self._thread.join(JOIN_SECONDS)
        for thread in self._threads():
            thread.join(JOIN_SECONDS)  # one that looks a name up cannot be interrupted
        self._listener.close()

    def _threads(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._connections)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client = self._listener.accept()[0]
            except OSError:
                self._closed.wait(0.05)  # no descriptor is free, or the client has gone
                continue
            self._slots.acquire()
            thread = threading.Thread(target=self._serve, args=(client,), name="p2c-proxy-connection", daemon=True)
            with self._lock:
                self._connections[thread] = [client]
                if self._closed.is_set():
                    client.close()
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                client.settimeout(HEAD_SECONDS)
                try:
                    self._answer(client)
                except RequestDenied as denied:
                    client.sendall(http.refusal(denied))
        except (OSError, ValueError):
            pass  # one of the two sides has gone
        finally:
            self._slots.release()
            with self._lock:
                self._connections.pop(threading.current_thread(), None)

    def _answer(self, client: socket.socket) -> None:
        head, rest = http.read_head(client)
        method, target, headers = http.parse_head(head)
        if method == "CONNECT":
            self._tunnel(client, http.parse_authority(target, 0), headers, rest)
            return
        parts = URL.fullmatch(target)
        if parts is None:
            raise RequestDenied("400 Bad Request", "ask this proxy with CONNECT, or for http://HOST/PATH")
        address = http.parse_authority(parts[1], 80)
        http.check_host(headers, address, 80)
        if method not in ("GET", "HEAD") or rest or not http.is_bodiless(headers):
            raise RequestDenied("405 Method Not Allowed", "without TLS this proxy takes GET and HEAD only")
        server, login = self._open(address, False)
        path = parts[2] if parts[2].startswith("/") else "/" + parts[2]
        with server:
            server.sendall(http.request(method + " " + (path if login is None else target), parts[1], headers, login))
            relay(client, server, None)

    def _tunnel(self, client: socket.socket, address: Address, headers: http.Headers, rest: bytes) -> None:
        http.check_host(headers, address, 443)
        with self._open(address, True)[0] as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            greeting = ClientHelloFilter(address[0])
            try:
                server.sendall(greeting.feed(rest))
                relay(client, server, greeting)
            except RequestDenied:  # inside a tunnel the client cannot be told
                if greeting.named:
                    self._on_refused(greeting.named, address[1])

    def _open(self, address: Address, tunnel: bool) -> tuple[socket.socket, str | None]:
        host, port = address
        shown = "[{}]:{}".format(*address) if ":" in host else "{}:{}".format(*address)
        if address not in self._allowed:
            self._on_refused(host, port)
            raise RequestDenied("403 Forbidden", shown + " is not a host that an install may reach (see --allow-host)")
        try:
            server, login = self._dial(host, port, tunnel)
        except (OSError, ValueError) as error:
            raise RequestDenied("502 Bad Gateway", f"{shown} cannot be reached: {error}") from error
        with self._lock:
            self._connections[threading.current_thread()].append(server)
            if self._closed.is_set():
                server.close()
        return server, login


def relay(client: socket.socket, server: socket.socket, greeting: ClientHelloFilter | None) -> None:
    """Pass bytes on until the server ends, or the client of a plain request."""
    poll = select.poll()
    for end in (client, server):
        end.settimeout(IDLE_SECONDS)
        poll.register(end, select.POLLIN)
    while True:
        patience = HEAD_SECONDS if greeting and not greeting.is_complete else IDLE_SECONDS
        ready = [number for number, _ in poll.poll(patience * 1000)]
        if not ready:
            return
        if server.fileno() in ready and not pump(server, client):
            return
        if client.fileno() in ready and not pass_on(client, server, greeting):
            if greeting is None:
                return
            poll.unregister(client)


def pass_on(client: socket.socket, server: socket.socket, greeting: ClientHelloFilter | None) -> bool:
    """Pass on what the client says; False when that was all. Without a tunnel it has nothing more to say."""
    data = client.recv(CHUNK)
    if data and greeting is not None:
        server.sendall(greeting.feed(data))
        return True
    if greeting is not None:
        server.shutdown(socket.SHUT_WR)
    return False  # a second plain request could be for another host


def pump(source: socket.socket, target: socket.socket) -> bool:
    """Pass on what is there; False at the end."""
    while True:
        data = source.recv(CHUNK)
        target.sendall(data)
        if not data or not getattr(source, "pending", int)():  # TLS may have read more than it has given
            return bool(data)


def connect_directly(host: str, port: int, tunnel: bool) -> tuple[socket.socket, str | None]:
    """Connect to a host without another proxy."""
    return socket.create_connection((host, port), CONNECT_SECONDS), None


def main() -> None:
    """Serve as P2C_PROXY says, and print the refusals."""
    order = json.loads(os.environ["P2C_PROXY"])
    dial = None
    if order.get("upstream"):
        from _p2c_upstream import Upstream  # type: ignore[import-not-found]

        dial = Upstream(order["upstream"])
    listener = socket.create_server(tuple(order["listen"]), backlog=CONNECTIONS)

    def tell(host: str, port: int) -> None:
        print(json.dumps({"refused": [host, port]}), flush=True)

    Proxy(listener, map(tuple, order["allowed"]), dial, tell).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
