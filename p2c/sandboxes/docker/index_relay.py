"""The one way out of a container that has no network: connections to its own loopback reach a proxy of p2c's.

    environment of the command    HTTP_PROXY=http://127.0.0.1:3128, which is there in its network namespace alone
    in_sandbox/_p2c_tunnel.py     listens there as a user of its own, and carries the bytes over the engine's connection
    in_sandbox/_p2c_proxy.py      in threads of p2c, connects to the hosts on the list

So there is no address, name service or host that the container could reach, whatever the engine's networks are like:
on Docker's `internal` networks, the services of the engine's machine are still reached through the bridge's address.
It is the same with an engine on another machine, and an index on this machine's loopback is reached like any other.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, cast

from p2c.errors import SandboxError
from p2c.sandboxes.docker.engine import CHUNK, Container, ExecStream
from p2c.sandboxes.docker.specs import StreamDemuxer
from p2c.sandboxes.environments.index_proxy import MOST_NOTED, PORT, Address
from p2c.sandboxes.in_sandbox import _p2c_tunnel as tunnel
from p2c.sandboxes.in_sandbox._p2c_proxy import Proxy
from p2c.sandboxes.in_sandbox._p2c_upstream import Upstream

USER = "1002:1002"
"""Nobody else's, so that no program of the container can end it, or speak in its place."""
PATIENCE = 60.0
"""Seconds for a Python in the container to begin to listen; many times what that takes, for busy machines."""
ENOUGH = 4096
"""Characters of what it said that are kept, for the message of why it did not."""


class IndexRelay:
    """Opens the way; raises SandboxError where that fails. `refused` has who was asked for in vain, until cleared."""

    def __init__(self, container: Container, hosts: Iterable[Address], upstream: Mapping[str, str]) -> None:
        self.refused: dict[Address, None] = {}
        source = files("p2c.sandboxes.in_sandbox").joinpath("_p2c_tunnel.py").read_text(encoding="utf-8")
        running = container.exec(("python3", "-I", "-S", "-c", source, str(PORT)), USER, {}, ("/", True))
        self._wire = _ExecWire(running)
        self._listener = _RelayListener()
        self._proxy = Proxy(cast("socket.socket", self._listener), hosts, Upstream(upstream), self._note).start()
        self._decided = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="p2c-tunnel", daemon=True)
        self._thread.start()
        if not self._decided.wait(PATIENCE) or not self.is_open:
            self.close()
            message = self._wire.complaints.strip()[-1000:] or "the container does not answer"
            raise SandboxError(f"the connection to the package index could not be opened in the container: {message}")

    @property
    def is_open(self) -> bool:
        """The container's side listens, and bytes are carried."""
        return self._decided.is_set() and not self._wire.is_closed

    def _note(self, host: str, port: int) -> None:
        if len(self.refused) < MOST_NOTED:
            self.refused[host, port] = None

    def _carry(self) -> None:
        try:
            tunnel.Tunnel(self._wire, connect=self._listener.enter).run(self._decided.set)
        except (tunnel.BrokenTunnelError, OSError) as error:
            self._wire.complaints += f"{error}\n"
        finally:
            self._wire.close()
            self._decided.set()

    def close(self) -> None:
        """End all connections; never raises."""
        self._wire.shut()
        self._thread.join(PATIENCE)
        self._proxy.close()


class _RelayListener:
    """What the proxy takes for a listening socket: whoever carries a connection here makes it."""

    def __init__(self) -> None:
        self._entered: queue.SimpleQueue[socket.socket | None] = queue.SimpleQueue()

    def enter(self) -> socket.socket:
        """Return one end of a new connection; the proxy gets the other."""
        ours, theirs = socket.socketpair()
        self._entered.put(theirs)
        return ours

    def accept(self) -> tuple[socket.socket, str]:
        """Wait for the next one."""
        entered = self._entered.get()
        if entered is None:
            raise OSError("nobody comes any more")
        return entered, ""

    def shutdown(self, how: int) -> None:
        """Wake who waits."""
        self._entered.put(None)

    def close(self) -> None:
        """Close what nobody has taken."""
        with contextlib.suppress(queue.Empty):
            while True:
                entered = self._entered.get_nowait()
                if entered is not None:
                    entered.close()


class _ExecWire:
    """The engine's connection to a program in a container, as the tunnel uses it."""

    def __init__(self, running: ExecStream) -> None:
        self.complaints = ""
        """What the program printed where errors go."""
        self.is_closed = False
        self._running = running
        self._frames = StreamDemuxer()
        connection, self._early = running.connection
        self.source: socket.socket = connection if isinstance(connection, socket.socket) else _bridge(connection)
        self.source.setblocking(False)
        self.sink = os.dup(self.source.fileno())  # each number can be waited for once only

    def receive(self) -> bytes | None:
        """Return what the program printed, None where there is nothing yet, b"" when it has ended."""
        early, self._early = self._early, b""
        data = early or self._read()
        if not data:
            return data
        parts = self._frames.feed(data)
        self.complaints = (
            self.complaints + b"".join(part for name, part in parts if name == "stderr").decode("utf-8", "replace")
        )[-ENOUGH:]
        return b"".join(part for name, part in parts if name == "stdout") or None

    def _read(self) -> bytes | None:
        parts: list[bytes] = []
        while True:
            try:
                data = self.source.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except ConnectionResetError:
                data = b""
            parts.append(data)
            if not data or not getattr(self.source, "pending", int)():  # TLS may have read more than it has given
                break
        return b"".join(parts) if parts else None

    def send(self, data: memoryview) -> int:
        """Send what can be sent now."""
        try:
            return self.source.send(data)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def shut(self) -> None:
        """Wake who waits for it, with its end."""
        with contextlib.suppress(OSError):
            self.source.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it, once; the thread that carries does this."""
        self.is_closed = True
        with contextlib.suppress(OSError):
            os.close(self.sink)
        self.source.close()
        self._running.close()


def _bridge(connection: Any) -> socket.socket:
    """Return a socket for what only looks like one, as with an engine that is reached by SSH."""
    ours, theirs = socket.socketpair()

    def pump(source: Any, target: Any) -> None:
        with contextlib.suppress(Exception):
            while data := source.recv(CHUNK):
                target.sendall(data)
        for end in (source, target):
            # Closing alone does not end what another thread is still waiting for.
            with contextlib.suppress(Exception):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(Exception):
                end.close()

    for pair in ((connection, theirs), (theirs, connection)):
        threading.Thread(target=pump, args=pair, name="p2c-tunnel-bridge", daemon=True).start()
    return ours
