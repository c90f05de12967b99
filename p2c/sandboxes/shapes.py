"""What containers are made of, and what comes out of them, said without the engine's SDK."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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
class Shape:
    """What a container is made of; bytes, counts, seconds."""

    image: str
    network: bool
    volumes: Sequence[Volume]
    labels: Mapping[str, str]
    temporary: Mapping[str, str]
    """Options of the tmpfs at each path: the root itself is read-only."""
    folders: Sequence[str] = ()
    """Folders of the engine's machine, read-only at the same path."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    memory: int = 1 << 30
    shared_memory: int = 1 << 26
    processes: int = 1024
    ulimits: Mapping[str, int] = field(default_factory=dict)
    cpus: float = 0.0
    """0: all of them, though after the machine's own work."""
    gpus: str = ""
    life: int = 7200
    """Seconds after which the container ends and removes itself, whatever became of p2c."""


class Frames:
    """The engine's framing of two streams in one: a byte for the stream, three zeros, the length, the data."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """Take bytes; return what is whole of each frame, in order. A long frame comes in parts."""
        self._rest += data
        found: list[tuple[str, bytes]] = []
        while len(self._rest) >= 8:
            kind, length = struct.unpack(">BxxxL", self._rest[:8])
            part = self._rest[8 : 8 + length]
            if part:
                found.append(("stderr" if kind == 2 else "stdout", part))
            if len(part) < length:
                # Told apart at the next call by a header for what is left.
                self._rest = struct.pack(">BxxxL", kind, length - len(part))
                break
            self._rest = self._rest[8 + length :]
        return found
