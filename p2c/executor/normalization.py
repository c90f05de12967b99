"""What is volatile taken out of texts and paths: places of the sandbox, addresses, secrets."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from p2c import redaction
from p2c.executor.report import Finding
from p2c.sandboxes.base import Places

_WORD = re.compile(r"[^\s'\":,()]+")
_SITE = re.compile(r"/(?:site|dist)-packages/")
_STDLIB = re.compile(r"/lib(?:64)?/python3\.\d+t?/")
_TMP = re.compile(r"/tmp/[\w.-]*?tmp[\w.-]*|/tmp/pytest-of-[\w-]+/pytest-\d+")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
TAIL = 3000
"""Characters of an output that are kept as a finding's detail."""
_LOOKED_AT = 100_000
_LONGEST_LINE = 5_000
"""Characters of a program's line; what it says more in one is left out."""


def text(raw: str, places: Places) -> str:
    """Return a program's words with paths relative to the repository, no addresses and no secrets."""
    raw = "\n".join(line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..." for line in raw.split("\n"))
    for folder in {places.repo, _real(places.repo)}:
        raw = _at_boundary(f"{folder}/", "").sub("", raw)
        raw = _at_boundary(folder, _END).sub(".", raw)
    if "-packages/" in raw or "/python3." in raw:
        raw = _WORD.sub(lambda word: _from(_STDLIB, "python/", _from(_SITE, "site-packages/", word[0])), raw)
    for folder, word in ((places.scratch, "SCRATCH"), (places.environment, "ENVIRONMENT"), (places.tools, "TOOLS")):
        raw = _at_boundary(folder, _END).sub(word, raw)
    raw = _TMP.sub("/tmp/TMP", raw)
    return redaction.redact(_ADDRESS.sub("0x...", raw))


_END = r"(?![\w.-])"
"""A name ends here: `/environment` is no part of `/environments.py`."""


@cache
def _at_boundary(folder: str, end: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(folder)}{end}")


def _from(marker: re.Pattern[str], named: str, word: str) -> str:
    """Return a word in which the path up to the last such folder is but its name."""
    ends = [match.end() for match in marker.finditer(word)]
    return f"{word[: word.index('/')]}{named}{word[ends[-1] :]}" if ends else word


def path(raw: str, places: Places) -> tuple[str, bool]:
    """Return a file's path as findings name it, and whether it is the repository's own."""
    for folder in (places.repo, _real(places.repo)):
        if raw.startswith(f"{folder}/"):
            inner = raw[len(folder) + 1 :]
            return inner, not re.search(r"(^|/)(site|dist)-packages/", inner)
    if raw.startswith("/"):
        return text(raw, places), False
    return str(PurePosixPath(raw)), not raw.startswith("<")


def tail(raw: str, places: Places) -> str:
    """Return the end of an output, from a line's start."""
    cleaned = text(raw[-_LOOKED_AT:], places).rstrip()
    if len(cleaned) <= TAIL:
        return cleaned
    return "[...]\n" + cleaned[-TAIL:].partition("\n")[2]


def without_secrets(finding: Finding) -> Finding:
    """Return a finding in none of whose texts a key stands, whichever tool wrote them."""
    hide = redaction.redact
    frames = tuple(
        replace(frame, code=hide(frame.code), locals={name: hide(value) for name, value in frame.locals.items()})
        for frame in finding.frames
    )
    texts: dict[str, Any] = {name: hide(getattr(finding, name)) for name in ("rule", "message", "fix", "detail")}
    return replace(finding, frames=frames, **texts)


def _real(folder: str) -> str:
    # A sandbox without its own mounts may stand behind a link (/tmp on some systems).
    import os

    return os.path.realpath(folder)
