"""Bytes of a text file into text, saying so where the encoding had to be guessed."""

from __future__ import annotations

import re
from pathlib import Path

from p2c.errors import InputError

MAX_BYTES = 20_000_000
_DECLARED = re.compile(rb"\\usepackage\s*\[([\w-]+)\]\s*\{inputenc\}")
_NAMES = {"latin1": "latin-1", "latin9": "iso8859-15", "ansinew": "cp1252", "cp1252": "cp1252", "applemac": "mac-roman"}


def decode_file(path: Path) -> tuple[str, str]:
    """Text with `\\n` line ends, and a note where it isn't UTF-8; raises InputError where it is no text."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no paper's text is")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    if not data.strip():
        raise InputError(f"{path} is empty", "Fetch it again.")
    if b"\0" in data:
        raise InputError(f"{path} is no text file: it holds zero bytes", "Save it as UTF-8.")
    text, note = _decode(path, data)
    return text.replace("\r\n", "\n").replace("\r", "\n"), note


def _decode(path: Path, data: bytes) -> tuple[str, str]:
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data)
    name = _NAMES.get(declared.group(1).decode("ascii")) if declared else None
    if name:
        return data.decode(name, "replace"), f"{path.name} was read as {name}, as it declares."
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text, f"{path.name} is not UTF-8 and was read as Latin-1; accented letters may be wrong."
