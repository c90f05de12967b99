"""What containers are made of, and what comes out of them, said without the engine's SDK."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OwnedResource:
    """A container or volume with its labels, and what removes it."""

    labels: Mapping[str, str]
    remove: Callable[[], None]
    is_volume: bool = False


@dataclass(frozen=True)
class Image:
    """A base image: its id (a hash of what is in it), the PATH that it sets, its machine (such as amd64)."""

    id: str
    path: str
    machine: str


@dataclass(frozen=True)
class Volume:
    """A named volume at a path inside; one that is not `kept` is labelled as the session's."""

    name: str
    place: str
    writable: bool
    kept: bool = False


@dataclass(frozen=True)
class ContainerSpec:
    """What a container is made of; bytes, counts, seconds."""

    image: str
    network: bool
    """Whether it has the engine's bridge; otherwise it has no network."""
    volumes: Sequence[Volume]
    labels: Mapping[str, str]
    temporary: Mapping[str, str]
    """Options of the tmpfs at each path: the root itself is read-only."""
    folders: Sequence[str] = ()
    """Folders of the engine's machine, read-only at the same path."""
    memory: int = 1 << 30
    shared_memory: int = 1 << 26
    processes: int = 1024
    ulimits: Mapping[str, int] = field(default_factory=dict)
    cpus: float = 0.0
    """0: all of them, though after the machine's own work."""
    gpus: str = ""
    life: int = 7200
    """Seconds after which the container ends and removes itself, whatever became of p2c."""


class StreamDemuxer:
    """The engine's framing of two streams in one: a byte for the stream, three zeros, the length, the data."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """Take bytes; return what is whole of each frame, in order. A long frame comes in parts."""
        self._rest += data
        frames: list[tuple[str, bytes]] = []
        while len(self._rest) >= 8:
            kind, length = struct.unpack(">BxxxL", self._rest[:8])
            part = self._rest[8 : 8 + length]
            if part:
                frames.append(("stderr" if kind == 2 else "stdout", part))
            if len(part) < length:
                # Told apart at the next call by a header for what is left.
                self._rest = struct.pack(">BxxxL", kind, length - len(part))
                break
            self._rest = self._rest[8 + length :]
        return frames


def described(attributes: Mapping[str, Any]) -> Image:
    """Return an image by what the engine says of it."""
    variables = dict(word.partition("=")[::2] for word in attributes["Config"].get("Env") or ())
    path = variables.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return Image(str(attributes["Id"]), path, str(attributes.get("Architecture", "")))


def name_and_tag(name: str) -> tuple[str, str | None]:
    """Return both parts of an image's name; without a tag, the SDK would pull all of them."""
    if "@" in name:
        return name, None
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def buffered(stream: Any, connection: Any) -> bytes:
    """Return what came together with the engine's answer, and lies in the buffer of the SDK's HTTP library.

    Without this, one in some hundred short programs seems to print nothing.
    """
    response = getattr(stream, "_response", None)
    buffer = getattr(getattr(getattr(response, "raw", None), "_fp", None), "fp", None)
    if buffer is None or not isinstance(connection, socket.socket):
        return b""
    connection.setblocking(False)
    try:
        return bytes(buffer.peek())
    except (OSError, ValueError):
        return b""
