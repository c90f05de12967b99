"""Files on their way into a machine: what `inside.py` reads there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from p2c.errors import SandboxError


def pack(parcel: IO[bytes], files: Mapping[str, bytes | Path], modes: Mapping[str, int]) -> None:
    """Write what `inside.write` reads: a line of JSON, then the bytes of each file."""
    sizes = {path: one.stat().st_size if isinstance(one, Path) else len(one) for path, one in files.items()}
    parcel.write(json.dumps([(path, modes[path], sizes[path]) for path in files]).encode() + b"\n")
    for path, content in files.items():
        left = sizes[path]
        if isinstance(content, bytes):
            parcel.write(content)
            continue
        with content.open("rb") as stream:
            while left and (data := stream.read(min(left, 1 << 20))):
                parcel.write(data)
                left -= len(data)
        if left:
            raise SandboxError(f"{str(content)!r} became shorter while it was read")
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
