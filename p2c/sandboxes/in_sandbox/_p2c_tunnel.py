"""TCP connections carried over one pair of streams, out of a container that has no network.

Standard library only, Python 3.8 syntax: p2c imports it, and sends it as source into the container, where it listens
on the loopback and runs as a user whom no other program has. What connects there is answered by p2c.

    python -I -S -c SOURCE PORT

A frame is a channel (4 bytes), a kind (1), a size (4) and, where the kind is DATA, so many bytes. On a channel a side
sends at most WINDOW bytes more than the other has said to have passed on (TAKEN, whose size is that number): nobody has
to hold more than that, and a connection that nobody reads from does not stop the others.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Wire(Protocol):
        """The pair of streams, which do not block: what to wait on for each, and how to use it."""

        source: Any
        sink: Any

        def receive(self) -> bytes | None:
            """Return what has come, None where nothing has yet, b"" at the end."""
            ...

        def send(self, data: memoryview) -> int:
            """Send what can be sent now; return how much that was."""
            ...


HEADER = struct.Struct(">IBI")
READY, OPEN, DATA, TAKEN, END, CLOSE = range(6)
WINDOW = 1 << 19  # bytes on their way for one connection: eight chunks, so that sender and reader rarely wait
CHUNK = 1 << 16
MOST = 128
"""Connections at a time; more wait to be accepted."""
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class BrokenTunnelError(Exception):
    """The other side does not keep to the form of frames."""


class Channel:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.credit = WINDOW
        self.waiting = bytearray()
        self.untold = 0
        self.speaks = True
        self.is_finished = False

    @property
    def events(self) -> int:
        """What to wait for."""
        return (READ if self.speaks and self.credit else 0) | (WRITE if self.waiting else 0)

    @property
    def is_over(self) -> bool:
        """Neither side has anything more to say."""
        return self.is_finished and not self.waiting and not self.speaks

    def take(self) -> bytes:
        """Return what the connection says, b"" at its end."""
        data = self.connection.recv(min(self.credit, CHUNK))
        self.credit -= len(data)
        return data

    def pass_on(self) -> int:
        """Give the connection what waits for it; return how much the other side is to be told of."""
        while self.waiting:
            try:
                sent = self.connection.send(self.waiting[:CHUNK])
            except BlockingIOError:
                break
            del self.waiting[:sent]
            self.untold += sent
        taken, self.untold = (self.untold, 0) if self.untold >= WINDOW // 4 else (0, self.untold)
        return taken

    def end(self) -> None:
        """Tell the connection that nothing more will come."""
        if self.is_finished and not self.waiting:
            self.connection.shutdown(socket.SHUT_WR)


class Tunnel:
    """One side of it. One with a `listener` opens channels; the other answers each with what `connect` returns."""

    def __init__(
        self, wire: Wire, listener: socket.socket | None = None, connect: Callable[[], socket.socket] | None = None
    ) -> None:
        self._wire = wire
        self._listener = listener
        self._connect = connect
        self._channels: dict[int, Channel] = {}
        self._last = 0
        self._received, self._unsent = bytearray(), bytearray()
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Any, int] = {}
        self._is_over = False
        self.is_ready = False
        """The other side has said that it listens."""

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Carry until the other side has gone; raises BrokenTunnelError, OSError."""
        if self._listener is not None:
            self._listener.setblocking(False)
            self._put(0, READY)
        try:
            self._receive(READ)  # what came before anybody could wait for it
            while not self._is_over:
                self._watch()
                for key, events in self._selector.select():
                    key.data(events)
                if self.is_ready:
                    on_ready()
        finally:
            self._selector.close()
            for channel in self._channels.values():
                channel.connection.close()

    def _watch(self) -> None:
        wanted = self._wanted()
        for source in [watched for watched in self._watched if watched not in wanted]:
            self._forget(source)
        for source, (events, serve) in wanted.items():
            if source not in self._watched:
                self._selector.register(source, events, serve)
            elif self._watched[source] != events:
                self._selector.modify(source, events, serve)
            self._watched[source] = events

    def _wanted(self) -> dict[Any, tuple[int, Callable[[int], None]]]:
        """Return what to wait for: nothing is read for one who can't be sent to."""
        wanted: dict[Any, tuple[int, Callable[[int], None]]] = {self._wire.source: (READ, self._receive)}
        if self._unsent:
            wanted[self._wire.sink] = (WRITE, self._send)
        if self._listener is not None and len(self._channels) < MOST:
            wanted[self._listener] = (READ, self._accept)
        has_room = len(self._unsent) < 2 * WINDOW
        for number, channel in self._channels.items():
            events = channel.events if has_room else channel.events & ~READ
            if events:
                wanted[channel.connection] = (events, lambda events, number=number: self._serve(number, events))  # type: ignore[misc]
        return wanted

    def _forget(self, channel: Any) -> None:
        if self._watched.pop(channel, None) is not None:
            self._selector.unregister(channel)

    def _put(self, number: int, kind: int, size: int = 0, data: bytes = b"") -> None:
        self._unsent += HEADER.pack(number, kind, size) + data

    def _send(self, events: int) -> None:
        with memoryview(self._unsent) as view:
            sent = self._wire.send(view[: 4 * CHUNK])
        del self._unsent[:sent]

    def _accept(self, events: int) -> None:
        assert self._listener is not None
        try:
            connection = self._listener.accept()[0]
        except OSError:
            return  # it has gone again
        self._last += 1
        self._channels[self._last] = Channel(connection)
        self._put(self._last, OPEN)

    def _serve(self, number: int, events: int) -> None:
        channel = self._channels.get(number)
        if channel is None:
            return
        try:
            if events & WRITE:
                self._pass_on(number, channel)
            if events & READ and channel.speaks:
                data = channel.take()
                channel.speaks = bool(data)
                self._put(number, DATA if data else END, len(data), data)
        except BlockingIOError:
            return
        except OSError:
            self._put(number, CLOSE)
            self._drop(number)
        else:
            self._drop_if_over(number)

    def _pass_on(self, number: int, channel: Channel) -> None:
        taken = channel.pass_on()
        if taken:
            self._put(number, TAKEN, taken)
        channel.end()

    def _drop_if_over(self, number: int) -> None:
        if self._channels[number].is_over:
            self._drop(number)

    def _drop(self, number: int) -> None:
        channel = self._channels.pop(number)
        self._forget(channel.connection)
        channel.connection.close()

    def _receive(self, events: int) -> None:
        data = self._wire.receive()
        if data is None:
            return
        self._is_over = not data
        self._received += data
        while len(self._received) >= HEADER.size:
            number, kind, size = HEADER.unpack_from(self._received)
            length = size if kind == DATA else 0
            if kind > CLOSE or length > CHUNK:
                raise BrokenTunnelError("this is no frame")
            if len(self._received) < HEADER.size + length:
                return
            data = bytes(self._received[HEADER.size : HEADER.size + length])
            del self._received[: HEADER.size + length]
            self._take(number, kind, size, data)

    def _take(self, number: int, kind: int, size: int, data: bytes) -> None:
        channel = self._channels.get(number)
        if kind == READY:
            self.is_ready = True
        elif kind == OPEN:
            self._answer(number)
        elif channel is None:
            return  # it was dropped here while this was under way
        elif kind == TAKEN:
            channel.credit += size
            if channel.credit > WINDOW:
                raise BrokenTunnelError("more was taken than was sent")
        elif kind == CLOSE:
            self._drop(number)
        else:
            self._pass(number, channel, kind, data)

    def _pass(self, number: int, channel: Channel, kind: int, data: bytes) -> None:
        if channel.is_finished or len(channel.waiting) + len(data) > WINDOW:
            raise BrokenTunnelError("more was sent than may be")
        channel.waiting += data
        channel.is_finished = kind == END
        try:
            self._pass_on(number, channel)
        except OSError:
            self._put(number, CLOSE)
            self._drop(number)
        else:
            self._drop_if_over(number)

    def _answer(self, number: int) -> None:
        if self._connect is None or number <= self._last or len(self._channels) >= MOST:
            raise BrokenTunnelError("no channel may be opened so")
        self._last = number
        self._channels[number] = Channel(self._connect())


class Pipes:
    """The streams of the container's side: its standard input and output."""

    source, sink = 0, 1

    def __init__(self) -> None:
        os.set_blocking(self.source, False)
        os.set_blocking(self.sink, False)

    def receive(self) -> bytes | None:
        try:
            return os.read(self.source, 4 * CHUNK)
        except BlockingIOError:
            return None

    def send(self, data: memoryview) -> int:
        try:
            return os.write(self.sink, data)
        except BlockingIOError:
            return 0


def main() -> None:
    """Listen until p2c has gone."""
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=MOST) as listener:
        Tunnel(Pipes(), listener).run()


if __name__ == "__main__":
    main()
