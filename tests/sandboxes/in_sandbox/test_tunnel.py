"""Connections carried out of a container, tried with both sides here: whole, in order, apart, and never too much."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest

from p2c.sandboxes.docker.index_relay import _bridge
from p2c.sandboxes.in_sandbox import _p2c_tunnel as tunnel
from p2c.sandboxes.in_sandbox._p2c_tunnel import CLOSE, DATA, END, HEADER, MOST, OPEN, READY, TAKEN, WINDOW, Tunnel
from tests.sandboxes.in_sandbox.test_files import pythons

SOURCE = files("p2c.sandboxes").joinpath("in_sandbox/_p2c_tunnel.py").read_text(encoding="utf-8")
Serve = Callable[[socket.socket], None]


class Wire:
    """p2c's side of the pair of streams."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink
        for one in (source, sink):
            os.set_blocking(one, False)

    def receive(self) -> bytes | None:
        try:
            return os.read(self.source, 1 << 18)
        except BlockingIOError:
            return None

    def send(self, data: memoryview) -> int:
        try:
            return os.write(self.sink, data)
        except BlockingIOError:
            return 0


class Carried:
    """A tunnel whose far side is the program that containers run; `serve` gets each connection that comes out."""

    def __init__(self, python: str, serve: Serve) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        words = [python, "-I", "-S", "-c", SOURCE, str(self.port)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
        assert self.process.stdin and self.process.stdout
        self._serve = serve
        self.opened = 0
        self._ready = threading.Event()
        self.tunnel = Tunnel(Wire(self.process.stdout.fileno(), self.process.stdin.fileno()), connect=self._connect)
        self._thread = threading.Thread(target=self.tunnel.run, args=(self._ready.set,), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        self.opened += 1
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return ours

    def enter(self) -> socket.socket:
        """Connect as a program in the container does."""
        return socket.create_connection(("127.0.0.1", self.port), 60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the tunnel ends when the other side has gone"
        for one in (self.process.stdin, self.process.stdout):
            assert one is not None
            one.close()


Carry = Callable[[Serve], Carried]


@pytest.fixture(params=pythons())
def carry(request: pytest.FixtureRequest) -> Iterator[Carry]:
    left: list[Carried] = []

    def one(serve: Serve) -> Carried:
        left.append(Carried(request.param, serve))
        return left[-1]

    yield one
    for carried in left:
        carried.close()


def echo(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(1 << 16):
            connection.sendall(data)


def whole(connection: socket.socket) -> bytes:
    parts = []
    while data := connection.recv(1 << 16):
        parts.append(data)
    return b"".join(parts)


def test_bytes_go_both_ways_whole_and_an_end_on_one_side_leaves_the_other(carry: Carry) -> None:
    carried = carry(lambda connection: connection.sendall(b"got " + whole(connection)) or connection.close())  # type: ignore[func-returns-value]
    data = os.urandom(5 * WINDOW + 77)
    with carried.enter() as one:
        sender = threading.Thread(target=lambda: (one.sendall(data), one.shutdown(socket.SHUT_WR)))
        sender.start()
        assert whole(one) == b"got " + data
        sender.join()


def test_many_connections_are_told_apart(carry: Carry) -> None:
    carried = carry(echo)
    answers: dict[int, bytes] = {}

    def ask(number: int) -> None:
        with carried.enter() as one:
            one.sendall(b"%d " % number * 20_000)
            one.shutdown(socket.SHUT_WR)
            answers[number] = whole(one)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert answers == {number: b"%d " % number * 20_000 for number in range(40)}


def test_one_that_does_not_read_stops_no_other_and_is_not_stored(carry: Carry) -> None:
    sent: dict[socket.socket, int] = {}

    def flood(connection: socket.socket) -> None:
        first = connection.recv(1)
        if first == b"e":
            echo(connection)
            return
        sent[connection] = 0
        connection.settimeout(60)
        try:
            while True:
                sent[connection] += connection.send(bytes(1 << 16))
        except OSError:
            connection.close()

    carried = carry(flood)
    with carried.enter() as deaf, carried.enter() as lively:
        deaf.sendall(b"f")
        lively.sendall(b"e" + b"x" * 100)
        assert lively.recv(1)
        for _ in range(50):
            lively.sendall(b"y" * 1000)
            got = 0
            while got < 1000:
                got += len(lively.recv(1000))
        # What is under way: the window, and the buffers of the kernel for two sockets here and two there.
        assert max(sent.values(), default=0) < WINDOW + (64 << 20)
        assert max(len(channel.waiting) for channel in carried.tunnel._channels.values()) <= WINDOW


def test_more_connections_than_may_be_wait_their_turn(carry: Carry) -> None:
    carried = carry(echo)
    first = [carried.enter() for _ in range(MOST)]
    for one in first:
        one.sendall(b"a")
        assert one.recv(1) == b"a"
    with carried.enter() as late:
        late.sendall(b"z")
        late.settimeout(0.5)
        with pytest.raises(TimeoutError):
            late.recv(1)
        assert carried.opened == MOST
        for one in first:
            one.close()
        late.settimeout(60)
        assert late.recv(1) == b"z" and carried.opened == MOST + 1


def test_a_connection_that_breaks_ends_on_the_other_side(carry: Carry) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    carried = carry(refuse)
    with carried.enter() as one:
        one.sendall(b"x")
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(1) == b""


def test_the_program_in_the_container_ends_with_its_input(carry: Carry) -> None:
    carried = carry(echo)
    assert carried.process.stdin is not None
    with carried.enter():
        carried.process.stdin.close()
        assert carried.process.wait(60) == 0


def frame(number: int, kind: int, size: int = 0, data: bytes = b"") -> bytes:
    return HEADER.pack(number, kind, size) + data


@pytest.mark.parametrize(
    "said",
    [
        frame(1, 77),
        frame(1, DATA, tunnel.CHUNK + 1),
        b"HTTP/1.1 200 OK\r\n\r\n",
        frame(1, OPEN) + frame(1, OPEN),
        frame(2, OPEN) + frame(1, OPEN),
        b"".join(frame(number + 1, OPEN) for number in range(MOST + 1)),
        frame(1, OPEN) + frame(1, TAKEN, 1),
        frame(1, OPEN) + frame(1, END) + frame(1, DATA, 1, b"x"),
        frame(1, OPEN) + frame(1, DATA, tunnel.CHUNK, bytes(tunnel.CHUNK)) * (WINDOW // tunnel.CHUNK + 200),
    ],
    ids=["kind", "length", "text", "twice", "backwards", "many", "credit", "after the end", "window"],
)
def test_what_is_no_tunnel_ends_it(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    made: list[socket.socket] = []

    def connect() -> socket.socket:
        one, other = socket.socketpair()
        made.append(other)
        return one

    def send() -> None:
        with contextlib.suppress(OSError):
            theirs.sendall(frame(0, READY) + said)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    with pytest.raises(tunnel.BrokenTunnelError):
        Tunnel(Wire(ours.fileno(), os.dup(ours.fileno())), connect=connect).run()
    assert all(one.recv(1 << 24) is not None for one in made), "all of them are closed"
    theirs.shutdown(socket.SHUT_RDWR)  # a thread that still sent would do so into the next socket of this number
    sender.join()
    for one in (ours, theirs, *made):
        one.close()


def test_words_for_a_connection_that_is_gone_are_no_fault() -> None:
    ours, theirs = socket.socketpair()
    said = frame(1, OPEN) + frame(1, CLOSE) + frame(1, DATA, 3, b"abc") + frame(1, TAKEN, 9) + frame(1, CLOSE)
    theirs.sendall(said)
    theirs.close()
    one, other = socket.socketpair()
    Tunnel(Wire(ours.fileno(), os.dup(ours.fileno())), connect=lambda: one).run()
    assert other.recv(9) == b""
    for left in (ours, other):
        left.close()


def test_what_only_looks_like_a_socket_is_used_like_one() -> None:
    """So is the channel of an engine that is reached by SSH."""

    class Looks:
        def __init__(self, connection: socket.socket) -> None:
            self.recv, self.sendall, self.close = connection.recv, connection.sendall, connection.close

    near, far = socket.socketpair()
    bridged = _bridge(Looks(near))
    bridged.sendall(b"there")
    assert far.recv(99) == b"there"
    far.sendall(b"back")
    assert bridged.recv(99) == b"back"
    far.close()
    assert bridged.recv(99) == b""
    bridged.close()
