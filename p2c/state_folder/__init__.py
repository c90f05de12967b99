"""p2c's own state beside the code that it works on: `.p2c/` in the folder of a build, a repair, a score or a batch.

Everything that reads or writes there goes through this package. State that came with a folder is never believed, and
no link in it is followed: `folder` says how, `admission` what becomes of what others left there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from p2c.errors import InputError, UsageError
from p2c.files import is_strange
from p2c.locks import LockError, LockHeldError, exclusive, is_held
from p2c.output_files import open_named_log, require_no_link, write_named
from p2c.state_folder.admission import admit
from p2c.state_folder.folder import STATE, StateFile, StateFolder
from p2c.state_folder.store import StateSubfolder

__all__ = ["STATE", "StateFile", "StateFolder", "StateSubfolder"]

T = TypeVar("T")
ATTEMPTS = "attempts.json"
BUILD = "build.json"
FINISHED = "finished.json"
"""What a build that runs leaves, so that the same one is not done again."""
UNFINISHED = "unfinished"
GLANCE = 0.2
"""Seconds that everybody waits for the folder: `is_at_work` of another p2c may have its lock for an instant."""


@contextmanager
def alone(root: Path, patience: float = 0.0, tell: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Hold p2c's own folder in `root`; raise UsageError if another p2c still holds it after `patience` seconds.

    What lies there that p2c did not write itself is set aside, of which `tell` is told in one sentence. The kernel
    lets go of what a killed process held. Raises InputError where `.p2c` is no folder.
    """
    with contextlib.ExitStack() as stack:
        folder = _open(root)
        stack.callback(os.close, folder)
        try:
            handle = stack.enter_context(exclusive(Path("lock"), max(patience, GLANCE), folder))
        except LockHeldError as error:
            raise UsageError(
                f"another p2c is running in {str(root)!r} (process {error.holder or 'unknown'})",
                "Wait until it has ended, or use another folder.",
            ) from error
        except LockError as error:
            raise InputError(f"{str(root / STATE)!r} cannot be locked: {error.message}") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        notice = admit(StateFolder(root))
        if notice:
            tell(notice)
        yield


def is_at_work(root: Path) -> bool:
    """Tell whether a p2c holds the folder; nothing in it is touched."""
    with StateFolder(root).opened() as folder:
        return folder is not None and is_held(Path("lock"), folder)


def _open(root: Path) -> int:
    """Return the descriptor of `.p2c`, made where it is missing, in which the lock's name is free or a plain file's."""
    root.mkdir(parents=True, exist_ok=True)
    state = StateFolder(root)
    with state.created() as folder:
        if is_strange(folder, "lock"):
            state.set_aside(["lock"])
        return os.dup(folder)


def refuse_output(root: Path, about: dict[str, Any], force: bool) -> None:
    """Raise UsageError where `root` is not for the build that `about` describes: it holds something else, or the
    build of another paper. Nothing is touched; with `force` only what is no folder is refused."""
    require_no_link(root)
    if root.exists() and not root.is_dir():
        raise InputError(f"{str(root)!r} is not a folder", "Choose a new folder with -o.")
    known = read_state(root, BUILD, _is_build)
    if force:
        return
    if known is None and holds_more(root):
        raise UsageError(
            f"{str(root)!r} is not empty and was not made by your p2c build",
            "Choose a new folder with -o, or use --force to build in this one.",
        )
    if known is not None and known.get("paper") != about.get("paper"):
        raise UsageError(
            f"{str(root)!r} contains the build of another paper ({known.get('title') or known.get('paper')!r})",
            "Choose a new folder with -o, or use --force to overwrite it.",
        )


def open_output(root: Path, about: dict[str, Any], force: bool) -> None:
    """Make `root` ready for the build that `about` describes, or raise as `refuse_output` does."""
    refuse_output(root, about, force)
    root.mkdir(parents=True, exist_ok=True)
    known = read_state(root, BUILD, _is_build)
    if known is None or known.get("paper") != about.get("paper"):
        clear_mark(root, UNFINISHED)  # of the other paper's build nothing is gone on with
    write_state(root, BUILD, about)


def _is_build(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("is no table")
    return data


def holds_more(root: Path) -> bool:
    """Tell whether a folder is there that holds anything besides p2c's own."""
    return root.is_dir() and any(place.name != STATE for place in root.iterdir())


def begin(root: Path) -> bool:
    """Mark a run as under way. What one that was killed had found is kept for this one (True), of others nothing."""
    if has_mark(root, UNFINISHED):
        return True
    forget_run(root)
    set_mark(root, UNFINISHED)
    return False


def end(root: Path, finished: bool) -> None:
    """Say whether the run under way came to its end, or is to be gone on with."""
    if finished:
        clear_mark(root, UNFINISHED)


def forget_run(root: Path) -> None:
    """Remove what only a resumed run may use: the reports of single states, and how many patches were tried."""
    state = StateFolder(root)
    for name in (*state.names("reports"), ATTEMPTS):
        state.remove(name)


def set_mark(root: Path, name: str) -> None:
    """Leave a mark: an empty file that says something by being there."""
    StateFolder(root).write(name, b"")


def has_mark(root: Path, name: str) -> bool:
    """Tell whether p2c left this mark."""
    return StateFolder(root).read(name) is not None


def clear_mark(root: Path, name: str) -> None:
    """Take a mark away."""
    StateFolder(root).remove(name)


def write_state(root: Path, name: str, data: Any) -> None:
    """Write JSON to p2c's own folder in `root`, whole."""
    text = json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n"
    StateFolder(root).write(name, text.encode("utf-8", "surrogateescape"))


def write_text(root: Path, name: str, text: str) -> None:
    """Write text to p2c's own folder in `root`, whole; a lone surrogate is written as its escape."""
    StateFolder(root).write(name, text.encode("utf-8", "backslashreplace"))


def read_state(root: Path, name: str, check: Callable[[Any], T]) -> T | None:
    """Return what `check` makes of JSON in p2c's own folder in `root`.

    None where there is none, where p2c did not write it, or where it is no JSON or `check` raises ValueError.
    """
    data = StateFolder(root).read(name) if root.is_dir() else None
    if data is None:
        return None
    try:
        return check(json.loads(data.decode("utf-8", "surrogateescape")))
    except (ValueError, RecursionError):
        return None


def locate(path: Path) -> tuple[StateFolder, str] | None:
    """Return the state folder that a path leads into and the name there; None for any other path."""
    parts = path.parts
    if STATE not in parts[:-1]:
        return None
    at = len(parts) - 1 - parts[::-1].index(STATE)
    return StateFolder(Path(*parts[:at])), "/".join(parts[at + 1 :])


def read_file(path: Path) -> bytes | None:
    """Return a file: in p2c's own folder one that p2c wrote, elsewhere as it is; None where there is none."""
    known = locate(path)
    if known is not None:
        return known[0].read(known[1]) if known[0].root.is_dir() else None
    return path.read_bytes() if path.is_file() else None


def write_file(path: Path, data: bytes) -> None:
    """Write a file that a person may have named: as state in p2c's own folder, elsewhere as `write_named` does."""
    known = locate(path)
    if known is not None:
        known[0].write(known[1], data)
    else:
        write_named(path, data)


def open_log(path: Path) -> BinaryIO:
    """Open a file for appending what other processes say; nothing of it is ever believed."""
    known = locate(path)
    if known is not None:
        return os.fdopen(known[0].open_log(known[1]), "ab")
    return open_named_log(path)


def read_log(path: Path) -> bytes:
    """Return what a log holds; b"" where there is none."""
    known = locate(path)
    entry = known[0].look(known[1]) if known is not None else None
    return entry.data if entry is not None else b""


def append_line(path: Path, line: str) -> None:
    """Append a line to a file: as state where it lies in p2c's own folder, elsewhere as `open_named_log` does."""
    known = locate(path)
    if known is not None:
        known[0].append(known[1], line)
        return
    with open_named_log(path) as stream:
        stream.write(f"{line}\n".encode("utf-8", "backslashreplace"))


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file: in p2c's own folder those that p2c wrote, elsewhere all."""
    known = locate(path)
    if known is not None:
        return known[0].lines(known[1]) if known[0].root.is_dir() else []
    return path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
