"""p2c's own state beside the code that it works on: `.p2c/` in the folder of a build or a repair."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from p2c.errors import InputError, UsageError

STATE = ".p2c"


def open_output(root: Path, about: dict[str, Any], force: bool) -> None:
    """Make `root` ready for the build that `about` describes, or raise UsageError and touch nothing.

    A folder that holds something else, or a build of another paper, is refused unless `force`.
    """
    if root.exists() and not root.is_dir():
        raise InputError(f"{str(root)!r} is not a folder", "Give a new folder with -o.")
    mark = root / STATE / "build.json"
    if root.is_dir() and any(root.iterdir()) and not mark.is_file() and not force:
        raise UsageError(
            f"{str(root)!r} is not empty and was not made by p2c build",
            "Give a new folder with -o, or --force to build in this one.",
        )
    if mark.is_file() and not force:
        known = json.loads(mark.read_text(encoding="utf-8"))
        if known.get("paper") != about.get("paper"):
            raise UsageError(
                f"{str(root)!r} holds the build of another paper ({known.get('title') or known.get('paper')!r})",
                "Give a new folder with -o, or --force to build over it.",
            )
    mark.parent.mkdir(parents=True, exist_ok=True)
    write_state(root, "build.json", about)


@contextmanager
def alone(root: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold p2c's own folder in `root`; raise UsageError if another p2c still holds it after `patience` seconds.

    The kernel lets go of what a killed process held.
    """
    place = root / STATE / "lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, root, time.monotonic() + patience)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, root: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= until:
                who = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
                raise UsageError(
                    f"another p2c is at work in {str(root)!r} (process {who})",
                    "Wait until it has ended, or give another folder.",
                ) from error
        time.sleep(0.05)


def begin(root: Path) -> None:
    """Mark a run as under way. What one that was killed had found is kept for this one, of others nothing."""
    mark = root / STATE / "unfinished"
    if not mark.exists():
        forget_reports(root)
        mark.touch()


def end(root: Path, finished: bool) -> None:
    """Say whether the run under way came to its end, or is to be gone on with."""
    if finished:
        (root / STATE / "unfinished").unlink(missing_ok=True)


def forget_reports(root: Path) -> None:
    """Remove the stored reports of single states."""
    for place in (root / STATE / "reports").glob("*.json"):
        place.unlink()


def write_state(root: Path, name: str, data: Any) -> None:
    """Write JSON to p2c's own folder in `root`, whole."""
    place = root / STATE / name
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(place.name + ".new")
    beside.write_text(
        json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8", errors="surrogateescape"
    )
    beside.replace(place)


def read_state(root: Path, name: str) -> Any:
    """Return JSON from p2c's own folder in `root`, or None where there is none."""
    place = root / STATE / name
    return json.loads(place.read_text(encoding="utf-8", errors="surrogateescape")) if place.is_file() else None
