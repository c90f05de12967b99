"""Archives of a paper as arXiv, Overleaf and people send them: unpacked within limits, then read as a folder."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers.local_files import read_local
from p2c.generator.readers.metadata import paper_id
from p2c.limited_process import call_limited
from p2c.locks import exclusive

if TYPE_CHECKING:
    from p2c.generator.readers import ReadOptions

MOST_BYTES = 200_000_000
MOST_UNPACKED = 400_000_000
MOST_FILES = 3_000


def _gzip(file: io.BytesIO) -> io.BufferedIOBase:
    return gzip.GzipFile(fileobj=file)


_PACKED: tuple[tuple[bytes, Callable[[io.BytesIO], io.BufferedIOBase]], ...] = (
    (b"\x1f\x8b", _gzip),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
)
_SUFFIX = re.compile(r"\.(?:zip|tar|tgz|tbz2?|txz|gz|bz2|xz)$", re.IGNORECASE)


def is_archive(path: Path) -> bool:
    """Tell whether a file is an archive or a compressed file, by what it starts with; a .zip by its name too."""
    with path.open("rb") as file:
        start = file.read(512)
    if any(start.startswith(magic) for magic, _ in _PACKED) or start[257:262] == b"ustar":
        return True
    return path.suffix.lower() in (".zip", ".tar", ".tgz", ".gz") and not start.startswith(b"%PDF-")


def read_archive(path: Path, options: ReadOptions) -> Paper:
    """Unpack an archive into the cache and read what is in it; raises InputError for what holds no paper.

    What is unpacked stays, since figures are drawn from it; the same bytes are unpacked once.
    """
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB", "Give the paper without its data.")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    folder = options.papers / "archives" / digest / "source"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.parent / "lock"):
        if not folder.is_dir():
            call_limited(unpack_file, str(path), str(path.absolute()), str(folder))
    paper = read_local(folder, options.password, options.main)
    name = _SUFFIX.sub("", _SUFFIX.sub("", path.name))
    return replace(paper, id=paper_id(path.with_name(f"{name}.tex"), paper.title))


def unpack_file(path: str, folder: str) -> None:
    """Unpack a file here and now."""
    unpack(Path(path).read_bytes(), Path(folder), Path(path).name)


def unpack(data: bytes, folder: Path, name: str = "the e-print") -> None:
    """Unpack an archive (tar, zip, compressed or not) or one compressed file into a new folder.

    Raises InputError for anything else, and for what is damaged or holds more than a paper.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _unpack(data, part, name)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    part.replace(folder)


def _unpack(data: bytes, folder: Path, name: str) -> None:
    plain = _inflated(data, name)
    if plain.startswith(b"PK\x03\x04"):
        _extract_zip(plain, folder, name)
    elif _is_tar(plain):
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            _extract_tar(archive, folder, name)
    else:
        (folder / _single_name(plain, name)).write_bytes(plain)


def _single_name(plain: bytes, name: str) -> str:
    """What one compressed file is, by its content; its name is the archive's without the suffix."""
    inner = Path(name).stem if Path(name).suffix.lower() in (".gz", ".bz2", ".xz") else ""
    if plain.startswith(b"%PDF-"):
        return "paper.pdf"
    if b"\\document" in plain or b"\\begin" in plain or b"\\section" in plain:
        return "main.tex"
    if Path(inner).suffix.lower() in (".json", ".jsonl", ".md", ".mmd", ".markdown", ".html", ".htm", ".xhtml"):
        return inner
    raise InputError(f"{name} is neither an archive nor LaTeX")


def _inflated(data: bytes, name: str) -> bytes:
    opener = next((opener for magic, opener in _PACKED if data.startswith(magic)), None)
    if opener is None:
        return data
    try:
        with opener(io.BytesIO(data)) as file:
            plain = file.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{name} is damaged ({error})") from error
    if len(plain) > MOST_UNPACKED:
        raise InputError(f"{name} unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
    return plain


def _is_tar(data: bytes) -> bool:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            return archive.next() is not None
    except tarfile.TarError:
        return False


def _extract_tar(archive: tarfile.TarFile, folder: Path, name: str) -> None:
    """Plain files only, inside the folder, up to the caps; by hand, since early Python 3.11 has no `filter="data"`."""
    try:
        members = [member for member in archive.getmembers() if member.isfile()]
        _check(len(members), sum(member.size for member in members), name)
        for member in members:
            place = _place(folder, member.name, name)
            if data := archive.extractfile(member):
                place.write_bytes(data.read())
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise InputError(f"{name} can't be unpacked ({error})") from error


def _extract_zip(data: bytes, folder: Path, name: str) -> None:
    """As of a tar; what a member says of its size is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir() and not _is_link(member)]
            _check(len(members), sum(member.file_size for member in members), name)
            left = MOST_UNPACKED
            for member in members:
                place = _place(folder, member.filename, name)
                with archive.open(member) as file:
                    content = file.read(left + 1)
                left -= len(content)
                _check(0, MOST_UNPACKED - left, name)
                place.write_bytes(content)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise InputError(f"{name} can't be unpacked ({error})") from error


def _is_link(member: zipfile.ZipInfo) -> bool:
    return (member.external_attr >> 16) & 0o170000 == 0o120000


def _check(files: int, size: int, name: str) -> None:
    if files > MOST_FILES or size > MOST_UNPACKED:
        raise InputError(f"{name} holds more than a paper's files")


def _place(folder: Path, member: str, name: str) -> Path:
    path = (folder / member).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise InputError(f"{name} holds {member!r}, which lies outside of it")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
