"""Files on their way into a machine: what `inside.write` reads there. The holes of sparse files are not sent."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from p2c.errors import SandboxError
from p2c.sandboxes import assets

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
        with assets.opened(self.path, self.content) as source:
            for offset, left in self.parts:
                while left:
                    data = os.pread(source, min(left, CHUNK), offset)
                    if not data:
                        raise SandboxError(f"{str(self.content)!r} became shorter while it was read")
                    offset, left = offset + len(data), left - len(data)
                    yield data


def spread(path: str, mode: int, content: bytes | Path) -> Parcel:
    """Return a file as it is sent; raises InputError for a link or no regular file."""
    if isinstance(content, bytes):
        return Parcel(path, mode, content, len(content), ((0, len(content)),))
    with assets.opened(path, content) as source:
        size = os.fstat(source).st_size
        return Parcel(path, mode, content, size, tuple(_parts(source, size)))


def _parts(source: int, size: int) -> Iterator[tuple[int, int]]:
    end = 0
    for start, end in itertools.islice(assets.data_ranges(source, size), MOST_PARTS):
        yield start, end - start
    if next(assets.data_ranges(source, size, end), None) is not None:
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
