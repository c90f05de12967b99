"""Files on their way into a machine: what `inside.write` reads there. The holes of sparse files are not sent."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError, SandboxError
from p2c.repo import Repo, encode, safe_path
from p2c.sandboxes import assets
from p2c.sandboxes.options import ResourceLimits

CHUNK = 1 << 18
MOST_PARTS = 1000
"""What is more scattered than that goes as one part from there on, holes and all."""
FileData = tuple[str, int, bytes | Path]
"""A path inside, its mode, and the bytes or the file that holds them."""
Marks = Mapping[str, list[int]]
"""What tells of each file that was written whether it has changed since (`inside.marks`)."""


@dataclass(frozen=True)
class UploadFile:
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


def spread(path: str, mode: int, content: bytes | Path) -> UploadFile:
    """Return a file as it is sent; raises InputError for a link or no regular file."""
    if isinstance(content, bytes):
        return UploadFile(path, mode, content, len(content), ((0, len(content)),))
    with assets.opened(path, content) as source:
        size = os.fstat(source).st_size
        return UploadFile(path, mode, content, size, tuple(_parts(source, size)))


def _parts(source: int, size: int) -> Iterator[tuple[int, int]]:
    end = 0
    for start, end in itertools.islice(assets.data_ranges(source, size), MOST_PARTS):
        yield start, end - start
    if next(assets.data_ranges(source, size, end), None) is not None:
        yield end, size - end


def header(uploads: Iterable[UploadFile]) -> bytes:
    """Return the line of JSON that comes before the bytes."""
    return json.dumps([(upload.path, upload.mode, upload.size, upload.parts) for upload in uploads]).encode() + b"\n"


def mode(content: bytes | Path) -> int:
    """Return the mode of a file inside: what begins as a script can be executed."""
    if isinstance(content, Path):
        return content.stat().st_mode & 0o755 | 0o644
    return 0o755 if content[:2] == b"#!" else 0o644


def source_marks(place: Path) -> list[int]:
    """Return what tells that a file of this machine has changed."""
    about = place.stat()
    return [about.st_size, about.st_mtime_ns]


class Uploads:
    """Makes the workspace of a machine hold exactly a repository, and sends only what differs there.

    It tells that an asset has changed by the marks of its source and of the copy, which no program can set back.
    """

    def __init__(self, limits: ResourceLimits) -> None:
        self._limits = limits
        self._marks: dict[str, tuple[list[int], list[int]]] = {}

    def put(self, repo: Repo, fill: Callable[[bytes], bytes], write: Callable[[list[FileData]], Marks]) -> None:
        """Put a repository there by two verbs of `_p2c_files.py`; raises InputError for what is too large, unsent.

        `fill` gets the manifest, and returns what the verb printed; `write` sends files.
        """
        assets.check_size(repo, self._limits.disk)
        contents: dict[str, bytes | Path] = {path: encode(text) for path, text in repo.files.items()}
        contents |= repo.assets
        try:
            if large := [path for path, place in repo.assets.items() if place.lstat().st_size > self._limits.file_size]:
                raise InputError(
                    f"{large[0]!r} has more bytes than a file may have in the sandbox: leave it out (.gitignore)"
                )
            sources = {path: source_marks(place) for path, place in repo.assets.items()}
            modes = {path: mode(content) for path, content in contents.items()}
        except OSError as error:
            raise SandboxError(f"an asset could not be copied into the sandbox: {error}") from error
        manifest: dict[str, tuple[int, object]] = {}
        for path, content in contents.items():
            known = self._marks.get(path)
            same = known[1] if known and known[0] == sources.get(path) else []
            manifest[path] = (modes[path], same if isinstance(content, Path) else hashlib.sha256(content).hexdigest())
        lacking: list[str] = json.loads(fill(json.dumps(manifest).encode() + b"\n"))
        if lacking:
            marks = write([(path, modes[path], contents[path]) for path in lacking])
            self._marks |= {path: (sources[path], marks[path]) for path in lacking if path in sources}


def file_data(files: Mapping[str, bytes]) -> list[FileData]:
    """Return files as they are sent; raises InputError for a path that leaves its folder."""
    return [(safe_path(path), mode(data), data) for path, data in files.items()]


def stream(files: Iterable[FileData]) -> Iterator[bytes]:
    """Yield what `inside.write` reads: the header, and the bytes of each file."""
    given = [spread(*file) for file in files]
    yield header(given)
    for upload in given:
        yield from upload.chunks()
