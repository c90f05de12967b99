"""Which commands of the install phase run no code of packages, so that they may see the shared cache.

A short grammar of uv's command line, written to refuse: what is not in it makes a command untrusted, which then
runs all the same, but with a cache of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from p2c.sandboxes.base import Command

FLAGS = frozenset(
    "-q --quiet -v --verbose --no-progress --no-header --no-annotate --generate-hashes --no-deps --strict --exact "
    "--upgrade -U --reinstall --compile-bytecode --relocatable --clear --allow-existing --no-strip-extras "
    "--no-build --emit-index-annotation --require-hashes --no-emit-package --dry-run --offline --no-config".split()
)
VALUES = frozenset(
    "--only-binary --link-mode --color --prompt --python-version --exclude-newer --exclude-newer-package "
    "--index-strategy --resolution --prerelease --annotation-style --custom-compile-command".split()
)
FILES = frozenset("-r --requirement --requirements -c --constraint --constraints --override".split())
PYTHON = frozenset(("-p", "--python"))
LISTS = (".txt", ".in", ".lock")
MAX_LIST = 1 << 20
SYSTEM_PYTHON = re.compile(r"3(\.\d+){0,2}|/usr/(?:local/)?bin/python3(\.\d+)?")
ODD = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\x85\u2028\u2029]|\r(?!\n)")
"""What could end a line for uv and not here, or the reverse."""
HELD = re.compile(r"#[^\n]*\\\r?$", re.MULTILINE)
"""A comment that a backslash seems to continue: to uv, the next line is a requirement."""
ARCHIVE = re.compile(r"\.(whl|egg|zip|tgz|tbz|txz|tar|gz|bz2|xz|lz|lzma|zst)$", re.IGNORECASE)
"""Such a word is a file's name to uv, though it could be a distribution's."""
NO_BUILD = frozenset((("--only-binary", ":all:"), ("--no-build", "")))
SETTINGS = frozenset("UV_NO_BUILD UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE_NEWER UV_LINK_MODE UV_HTTP_TIMEOUT".split())

ReadInside = Callable[[str], bytes | None]


@dataclass(frozen=True)
class TrustPolicy:
    """`uv` and `environment` are paths inside, `pythons` those that may be named, `read` returns a file inside."""

    uv: str
    environment: str
    pythons: frozenset[str]
    read: ReadInside
    is_pristine: Callable[[], bool] = lambda: False
    """Nothing but an empty environment of uv's own making is there, so that its Python runs no package's code."""

    def lists(self, command: Command, folder: str) -> dict[str, bytes] | None:
        """Return the requirements files that a trusted command reads, by path; None for any other command.

        `folder` is where it runs.
        """
        seen: dict[str, bytes] = {}

        def read(path: str) -> bytes | None:
            path = path if path.startswith("/") else f"{folder}/{path}"
            data = self.read(path)
            if data is not None:
                seen[path] = data
            return data

        return seen if replace(self, read=read).has(command) else None

    def has(self, command: Command) -> bool:
        """Tell whether a command is uv itself, asked for nothing but wheels of named requirements."""
        verb, words = _verb(command.argv)
        if command.argv[0] != self.uv or not verb or not set(command.env) <= SETTINGS:
            return False
        if command.env.get("UV_NO_BUILD", "1") != "1":
            return False
        pairs = _pairs(words)
        wheels_only = NO_BUILD.intersection(pairs) or command.env.get("UV_NO_BUILD") == "1" or verb == "venv"
        lists = " ".join(command.env.get(name, "") for name in ("UV_CONSTRAINT", "UV_OVERRIDE")).split()
        return bool(wheels_only) and all(map(self._is_list, lists)) and self._are_fine(verb, pairs)

    def _are_fine(self, verb: str, pairs: list[tuple[str, str]]) -> bool:
        return all(self._is_fine(verb, option, value) for option, value in pairs)

    def _is_fine(self, verb: str, option: str, value: str) -> bool:
        if option in FLAGS or option in VALUES:
            return True
        if option in FILES:
            return self._is_list(value)
        if option in PYTHON:
            if value in (self.environment, f"{self.environment}/bin/python") and self.is_pristine():
                return True
            return value in self.pythons or SYSTEM_PYTHON.fullmatch(value) is not None
        if option:
            return False
        if verb == "venv":
            return value == self.environment
        return _is_named(value) if verb == "install" else self._is_list(value)

    def _is_list(self, name: str) -> bool:
        """Tell whether a requirements file holds named requirements only: no option, folder, file or address."""
        data = self.read(name) if name.endswith(LISTS) else None
        text = _text(data)
        return text is not None and all(map(_is_named_line, re.sub(r"\\\r?\n", " ", text).split("\n")))


def _verb(argv: Sequence[str]) -> tuple[str, list[str]]:
    words = list(argv[1:])
    while words and words[0] in FLAGS:
        words.pop(0)
    if words[:1] == ["venv"]:
        return "venv", words[1:]
    if words[:1] == ["pip"] and words[1:2] and words[1] in {"install", "compile", "sync"}:
        return words[1], words[2:]
    return "", words


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Return (option, value): a flag has no value, a positional word no option."""
    pairs: list[tuple[str, str]] = []
    waiting = ""
    for word in words:
        option, joined, value = word.partition("=")
        if waiting:
            pairs.append((waiting, word))
            waiting = ""
        elif not word.startswith("-"):
            pairs.append(("", word))
        elif joined:
            pairs.append((option, value))
        elif word in VALUES | FILES | PYTHON:
            waiting = word
        else:
            pairs.append((word, ""))
    return [*pairs, (waiting, "")] if waiting else pairs


def _text(data: bytes | None) -> str | None:
    """Return a list's text; None where uv could read other lines in it."""
    if data is None or len(data) > MAX_LIST:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if ODD.search(text) or HELD.search(text) else text


def _is_named_line(line: str) -> bool:
    line = re.sub(r"(^|\s)#.*", "", line)
    line = re.sub(r"\s--hash=\S+", "", line).strip()
    return not line or _is_named(line)


def _is_named(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return False
    return wanted.url is None and not ARCHIVE.search(wanted.name)
