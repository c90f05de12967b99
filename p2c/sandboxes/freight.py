"""Files on their way into a machine: what `inside.write` reads there. The holes of sparse files are not sent."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from p2c.errors import SandboxError

CHUNK = 1 << 18
MOST_PARTS = 1000
"""What is more scattered than that goes as one part from there on, holes and all."""
Freight = tuple[str, int, bytes | Path]
"""A path inside, its mode, and the bytes or the file that holds them."""


@dataclass(frozen=True)
class Parcel:
    """One file; `parts` are the offset and length of what is sent of it."""

    path: str
    mode: int
    content: bytes | Path
    size: int
    parts: tuple[tuple[int, int], ...]

    def chunks(self) -> Iterator[bytes]:
        """Yield exactly the bytes of the parts; raises SandboxError where they are there no more."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as stream:
            for offset, left in self.parts:
                stream.seek(offset)
                while left:
                    data = stream.read(min(left, CHUNK))
                    if not data:
                        raise SandboxError(f"{str(self.content)!r} became shorter while it was read")
                    left -= len(data)
                    yield data


def spread(path: str, mode: int, content: bytes | Path) -> Parcel:
    """Return a file as it is sent; raises OSError."""
    if isinstance(content, bytes):
        return Parcel(path, mode, content, len(content), ((0, len(content)),))
    with content.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        return Parcel(path, mode, content, size, tuple(_parts(stream.fileno(), size)))


def _parts(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    if not hasattr(os, "SEEK_DATA"):
        yield 0, size
        return
    end = 0
    for _ in range(MOST_PARTS):
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:  # not every file system knows
                yield end, size - end
            return
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        yield start, end - start
    yield end, size - end


def header(parcels: Iterable[Parcel]) -> bytes:
    """Return the line of JSON that comes before the bytes."""
    return json.dumps([(one.path, one.mode, one.size, one.parts) for one in parcels]).encode() + b"\n"


def pack(parcel: IO[bytes], files: Mapping[str, bytes | Path], modes: Mapping[str, int]) -> None:
    """Write both into a file."""
    given = [spread(path, modes[path], content) for path, content in files.items()]
    parcel.write(header(given))
    for one in given:
        parcel.writelines(one.chunks())
    parcel.seek(0)


def mode(content: bytes | Path) -> int:
    """Return the mode of a file inside: what begins as a script can be executed."""
    if isinstance(content, Path):
        return content.stat().st_mode & 0o755 | 0o644
    return 0o755 if content[:2] == b"#!" else 0o644


def source_marks(place: Path) -> list[int]:
    """Return what tells that a file of this machine has changed."""
    about = place.stat()
    return [about.st_size, about.st_mtime_ns]
