"""What a check found, kept for a while, so that asking the same of the same files again costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from p2c import __version__
from p2c.executor.report import CheckResult, Report, from_data, to_data

DAY = 24 * 3600.0
"""A result is not taken after this many seconds: package indexes move on."""
TOOLS = ("mypy", "pytest", "ruff", "uv")


@dataclass(frozen=True)
class Kept:
    """A report, and when it was made: seconds since 1970."""

    report: Report
    at: float

    @property
    def time(self) -> str:
        """When it was made, as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    @property
    def is_lasting(self) -> bool:
        """Nothing failed, and types, where they were asked for, were told. Whoever asks again after a failure wants
        to know whether it still fails."""
        results = self.report.results
        failed = any(result.status == "failed" for result in results) or bool(self.report.gating)
        return bool(results) and not failed and self.report.status("types") != "skipped"

    def told(self) -> Report:
        """The report in which each check says that it was not run again."""
        return Report(tuple(_noted(result) for result in self.report.results))


def _noted(result: CheckResult) -> CheckResult:
    if result.status == "skipped":
        return result
    note = "not run again"
    return replace(result, note=f"{result.note}; {note}" if result.note else note)


def key(*parts: str) -> str:
    """Return the name under which a result is kept: all that is given counts, and p2c itself, the tools, Python, the
    machine's kind and the settings of the package index."""
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(("UV_", "PIP_")))
    about = (__version__, _own_code(), *map(_version, TOOLS), sys.version, platform.platform())
    return hashlib.sha256(json.dumps([*about, *parts, *settings]).encode()).hexdigest()


def recall(folder: Path, name: str) -> Kept | None:
    """Return what is kept under a name; None where there is nothing, or nothing that is young and whole."""
    try:
        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        fresh = 0 <= time.time() - data["at"] < DAY
        return Kept(from_data(data["checks"]), float(data["at"])) if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(folder: Path, name: str, report: Report) -> None:
    """Keep a report, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{name}.{os.getpid()}.new"
    text = json.dumps({"at": time.time(), "checks": to_data(report)})
    beside.write_text(text, encoding="utf-8", errors="backslashreplace")
    beside.replace(folder / f"{name}.json")


def sweep(folder: Path) -> None:
    """Remove what is too old to be taken."""
    for place in folder.glob("*.json") if folder.is_dir() else ():
        if time.time() - place.stat().st_mtime > DAY:
            place.unlink(missing_ok=True)


@cache
def _own_code() -> str:
    """A digest of p2c's own files: who works on p2c is not told what an older state of it found."""
    total = hashlib.sha256()
    root = Path(__file__).parent
    for place in sorted(root.rglob("*")):
        if place.suffix in (".py", ".toml") and place.is_file():
            total.update(f"{place.relative_to(root)}\0".encode() + place.read_bytes())
    return total.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
