"""What a check found, kept for a while, so that asking the same of the same files again costs nothing."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from p2c import __version__
from p2c.executor.report import CheckResult, Report, from_data, to_data
from p2c.files import write_whole
from p2c.sandboxes.environments.index_settings import read_index
from p2c.sandboxes.options import SandboxOptions

DAY = 24 * 3600.0
"""A result is not taken after this many seconds: package indexes move on."""
TOOLS = ("mypy", "pytest", "ruff", "uv")


@dataclass(frozen=True)
class CachedReport:
    """A report, and when it was made: seconds since 1970."""

    report: Report
    at: float

    @property
    def time(self) -> str:
        """When it was made, as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def as_report(self) -> Report:
        """The report in which each check says that this is a cached result."""
        return Report(tuple(_noted(result) for result in self.report.results))


def _noted(result: CheckResult) -> CheckResult:
    if result.status == "skipped":
        return result
    note = "cached result"
    return replace(result, note=f"{result.note}; {note}" if result.note else note)


def key(asked: str, options: SandboxOptions, environ: Mapping[str, str]) -> str:
    """Return the name under which a result is kept: all that is asked counts, all that the sandbox is told, the
    settings of the package index whatever file they stand in, p2c itself, its tools, Python, and the machine's kind.

    Raises InputError for a file of the package index's settings that cannot be read.
    """
    index = read_index(options.environ(environ), options.constraints)
    certificate = index.certificate.read_bytes() if index.certificate else b""
    about = (__version__, _own_files(), *map(_version, TOOLS), sys.version, platform.platform())
    parts = (about, asked, options, index, certificate)
    return hashlib.sha256("\0".join(map(repr, parts)).encode("utf-8", "backslashreplace")).hexdigest()


def look_up(folder: Path, name: str) -> CachedReport | None:
    """Return what is kept under a name; None where there is nothing, or nothing that is young and whole."""
    try:
        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        fresh = 0 <= time.time() - data["at"] < DAY
        return CachedReport(from_data(data["checks"]), float(data["at"])) if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(folder: Path, name: str, report: Report) -> None:
    """Keep a report, whole or not at all."""
    write_whole(folder / f"{name}.json", json.dumps({"at": time.time(), "checks": to_data(report)}))


def sweep(folder: Path) -> None:
    """Remove what is too old to be taken."""
    for place in folder.glob("*.json") if folder.is_dir() else ():
        if time.time() - place.stat().st_mtime > DAY:
            place.unlink(missing_ok=True)


@cache
def _own_files() -> str:
    """A digest of p2c's own files: who works on p2c is not told what an older state of it found."""
    total = hashlib.sha256()
    for name, place in sorted(_files(files("p2c"))):
        total.update(f"{name}\0".encode() + hashlib.sha256(place.read_bytes()).digest())
    return total.hexdigest()


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for place in folder.iterdir():
        if place.is_dir() and place.name != "__pycache__":
            yield from _files(place, f"{above}{place.name}/")
        elif place.is_file():
            yield f"{above}{place.name}", place


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
