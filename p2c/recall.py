"""What a check found, kept for a while, so that asking the same of the same files again costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from p2c import __version__
from p2c.executor.report import Report, from_data, to_data

DAY = 24 * 3600.0
"""A result is not taken after this many seconds: package indexes move on."""


def key(*parts: str) -> str:
    """Return the name under which a result is kept: p2c's version, the index settings and all that is given count."""
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(("UV_", "PIP_")))
    return hashlib.sha256(json.dumps([__version__, *parts, *settings]).encode()).hexdigest()


def recall(folder: Path, name: str) -> Report | None:
    """Return the report kept under a name; None where there is none, or none that is young and whole."""
    try:
        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        fresh = 0 <= time.time() - data["at"] < DAY
        return from_data(data["checks"]) if fresh else None
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
