"""Which state of a folder a verdict is of, when it was given, and by which command of which p2c."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2c import __version__
from p2c.git import folder_status
from p2c.redaction import redact_command
from p2c.repository_files import read
from p2c.safe_text import one_line

SCHEMA = 1
"""The version of the JSON document; it rises where a key goes or changes its meaning."""
SHOWN = 12
"""Digits of a hash that people are shown."""


@dataclass(frozen=True)
class VerdictOrigin:
    """What was judged: the commit ('' without git), the digest of the files (`Repo.digest`), and whether the files are
    that commit's; when (ISO 8601, UTC) and by which command line."""

    commit: str = ""
    tree: str = ""
    clean: bool | None = None
    date: str = ""
    command: str = ""
    remote: str = ""

    @property
    def keys(self) -> dict[str, Any]:
        """The keys of the JSON document that say so; null is what is not known."""
        return {
            "schema": SCHEMA,
            "version": __version__,
            "commit": self.commit or None,
            "tree": self.tree or None,
            "clean": self.clean,
            "date": self.date or None,
            "command": self.command or None,
        }

    @property
    def dated(self) -> VerdictOrigin:
        """The same, judged now."""
        return replace(self, date=now())


def origin_of(root: Path, judged: str, committed: bool = False) -> VerdictOrigin:
    """Return the origin of a verdict over the files with the digest `judged`, which lie in `root` as a rule.

    `committed` says that they were checked out of the commit, whatever lies in the folder besides.
    """
    git = folder_status.read_status(root)
    clean = git.clean
    if git.commit and (committed or git.clean):
        clean = committed or judged == read(root).digest
    return VerdictOrigin(git.commit, judged, clean, now(), command_line(), git.remote)


def read_origin(document: Mapping[str, Any]) -> VerdictOrigin:
    """Return what a document says of its origin."""
    texts = {key: one_line(str(document.get(key) or ""), 2000) for key in ("commit", "tree", "date", "command")}
    clean = document.get("clean")
    return VerdictOrigin(**texts, clean=clean if isinstance(clean, bool) else None)


def now() -> str:
    """Return this moment, as the document writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def command_line() -> str:
    """Return the command that this process was started with, without secrets."""
    return redact_command(["p2c", *sys.argv[1:]])


def state_of(origin: VerdictOrigin) -> str:
    """Return the judged state in words: `commit 1a2b3c4d5e6f with changes that are not committed`."""
    if not origin.commit:
        return f"tree {origin.tree[:SHOWN]}" if origin.tree else "files that were not recorded"
    dirty = _CLEAN[False] if origin.clean is False else ""
    return f"commit {origin.commit[:SHOWN]}{dirty}"


def moment(date: str) -> str:
    """Return a date as people read it: `2026-01-02 03:04 UTC`."""
    try:
        return datetime.fromisoformat(date).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):
        return ""


def line_of(document: Mapping[str, Any], whole: bool = False) -> str:
    """Return one line that says what a document's verdict is of, if asked with `whole` hashes; '' where it does not."""
    origin = read_origin(document)
    if not (origin.commit or origin.tree):
        return ""
    most = None if whole else SHOWN
    parts = [f"commit {origin.commit[:most]}{_CLEAN.get(origin.clean, '')}"] if origin.commit else []
    parts += [f"tree {origin.tree[:most]}"] if origin.tree else []
    parts += [origin.date if whole else moment(origin.date)]
    parts += [f"p2c {one_line(document['version'], 40)}"] if isinstance(document.get("version"), str) else []
    return ", ".join(part for part in parts if part)


_CLEAN: Mapping[bool | None, str] = {True: " (clean)", False: " with changes that are not committed"}
