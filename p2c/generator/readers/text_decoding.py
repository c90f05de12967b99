"""Bytes of a text file into text, saying so where the encoding had to be guessed."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from p2c.errors import InputError

MAX_BYTES = 20_000_000
_DECLARED = re.compile(
    rb"\\usepackage\s*\[\s*([\w-]+)\s*\]\s*\{inputenc\}"
    rb"|\\inputencoding\s*\{\s*([\w-]+)\s*\}"
    rb"|\\(?:XeTeX(?:input|default)encoding)\s*\"?([\w-]+)"
    rb"|^[ \t]*%+[ \t]*!\s*TEX\s+encoding\s*=\s*([\w -]+?)[ \t]*$"
    rb"|^[ \t]*%+[ \t]*-\*-[^\n]*?coding:\s*([\w-]+)"
    rb"|\\begin\{CJK\*?\}\s*(?:\[[^\]]*\])?\s*\{\s*([\w-]+)\s*\}"
    rb"|\\(?:usepackage|documentclass)\s*\[[^\]]*?\b(GBK|UTF8)\b[^\]]*\]\s*\{ctex\w*\}",
    re.IGNORECASE | re.MULTILINE,
)
# The names of inputenc (its manual, section 2), of the CJK package (its doc/CJK.txt) and of editors, where Python's
# codecs have another name.
_NAMES = {
    "latin1": "cp1252", "latin2": "iso8859-2", "latin3": "iso8859-3", "latin4": "iso8859-4",
    "latin5": "iso8859-9",
    "latin9": "iso8859-15", "latin10": "iso8859-16", "ansinew": "cp1252", "applemac": "mac-roman",
    "macce": "mac-latin2",
    "cp437de": "cp437", "utf8x": "utf-8", "koi8ru": "koi8-u", "maccyr": "mac-cyrillic", "iso88595": "iso8859-5",
    "gb": "gbk", "gbt": "gbk", "gb2312": "gbk", "cgb": "gbk", "bg5": "big5", "bg5+": "big5", "bg5hk": "big5hkscs",
    "jis": "euc-jp", "jis2": "euc-jp", "sjis": "shift-jis", "ks": "cp949", "euckr": "cp949", "eucjp": "euc-jp",
    "isolatin1": "cp1252", "isolatin": "cp1252", "iso88591": "cp1252", "iso885915": "iso8859-15",
    "windowslatin1": "cp1252",
    "macosroman": "mac-roman", "utf8unicode": "utf-8",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What `surrogateescape` leaves for a byte that is no UTF-8, as the character that the byte is in Latin-1 of Windows.
_STRAY = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") or bytes([byte]).decode("latin-1")
    for byte in range(0x80, 0x100)
}


def decode_file(path: Path, declared: str = "") -> tuple[str, str]:
    """Text with `\\n` line ends, and a note where it isn't UTF-8; raises InputError where it is no text.

    `declared` is the encoding that the paper declares elsewhere, for files that declare none.
    """
    data = read_bytes(path)
    text, note = _decode(path, data, declared)
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n"), note


def read_bytes(path: Path) -> bytes:
    """A file's bytes; raises InputError where it cannot be read, is empty, or is larger than a paper's text."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no paper's text is")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    if not data.strip():
        raise InputError(f"{path} is empty", "Fetch it again.")
    return data


def declared_encoding(data: bytes) -> str:
    """Python's name of the encoding that a LaTeX source says it has; empty where it says none that is known."""
    for match in _DECLARED.finditer(data):
        name = next(group for group in match.groups() if group).decode("ascii", "ignore").lower()
        plain = re.sub(r"[^a-z0-9+]", "", name)
        for known in (_NAMES.get(plain, ""), name, plain):
            try:
                return codecs.lookup(known).name
            except LookupError:
                continue
    return ""


def _decode(path: Path, data: bytes, declared: str) -> tuple[str, str]:
    wide = next((name for mark, name in _MARKS if data.startswith(mark)), "") or _unmarked(data)
    if wide:
        return data.decode(wide, "replace"), f"{path.name} was read as {wide.upper()}."
    if b"\0" in data:
        raise InputError(f"{path} is no text file: it holds zero bytes", "Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    name = declared_encoding(data) or declared
    if name not in ("", "utf-8", "ascii", "utf-16", "utf-32"):
        return data.decode(name, "replace"), f"{path.name} was read as {name}, as it declares."
    return _mostly(path, data, name == "utf-8")


def _unmarked(data: bytes) -> str:
    """UTF-16 without its mark: most of every second byte of a text in Latin letters is zero."""
    start = data[:4000]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 3 and len(data) % 2 == 0 and start[first::2].count(0) > 0.6 * (len(start) // 2):
            return name
    return ""


def _mostly(path: Path, data: bytes, declared: bool) -> tuple[str, str]:
    """UTF-8 with stray bytes, each read as one character; where those are the most, all of it as Latin-1."""
    text = data.decode("utf-8", "surrogateescape")
    stray = sum(map(text.count, map(chr, _STRAY)))
    wide = sum(1 for char in text if char > "\x7f") - stray
    if declared or wide >= stray:
        note = f"{stray} byte(s) of {path.name} are no UTF-8 and were read as Latin-1; accented letters may be wrong."
        return text.translate(_STRAY), note
    text = data.decode("latin-1").translate({code - 0xDC00: char for code, char in _STRAY.items()})
    return text, f"{path.name} is not UTF-8 and was read as Latin-1; accented letters may be wrong."
