"""Processes on the host: whatever p2c starts there is started from here, so that no untrusted folder takes part.

A program is named by its absolute path, found in the absolute folders of PATH and never in a folder that p2c was
pointed at; it works in `/`; and of its search paths (PATH, PYTHONPATH, ...) no relative entry is left, which would
mean the working directory.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

SEARCH_PATHS = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
"""Variables that hold folders in which programs, modules and libraries are looked for."""
SYSTEM = tuple(map(Path, ("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin")))
"""The system's own folders, taken even where somebody has a parent of them checked."""
KEPT = frozenset("PATH HOME USER LOGNAME LANG LC_ALL LC_CTYPE TMPDIR XDG_CACHE_HOME XDG_CONFIG_HOME".split())
"""What an ordinary tool is told of p2c's environment."""
WORKING_DIRECTORY = "/"

_untrusted: set[Path] = set()


def protect() -> None:
    """Rid this process's environment of what leads into the working directory, for all that is started from it.

    PYTHONSAFEPATH holds for libraries too that start `python -m` by themselves. A working directory that was deleted
    holds no programs.
    """
    with contextlib.suppress(OSError):
        distrust(Path.cwd())
    os.environ.update(_cleaned(os.environ))
    os.environ["PYTHONSAFEPATH"] = "1"


def distrust(place: Path) -> None:
    """Never run a program that lies in this folder, or beside this file, even if PATH leads there.

    A repository has its own `.venv/bin`. The home folder and those above it stay the user's own.
    """
    folder = place if Path(os.path.realpath(place)).is_dir() else place.parent
    # Not `resolve`: a link in a circle is somebody else's to refuse.
    for name in (os.path.abspath(folder), os.path.realpath(folder)):  # noqa: PTH100
        if not _home().is_relative_to(name):
            _untrusted.add(Path(name))
    os.environ.update(_cleaned(os.environ))


def _home() -> Path:
    return Path(os.path.realpath(os.path.expanduser("~")))  # noqa: PTH111 - `Path.home` raises where there is none


def distrusted() -> frozenset[Path]:
    """Return the folders that programs are not run from, by their names and by their real places."""
    return frozenset(_untrusted)


def is_trusted(place: Path) -> bool:
    """Tell whether a program or folder may be used: its path is absolute and leads into no distrusted folder."""
    if not place.is_absolute():
        return False
    return all(form.parent in SYSTEM or form in SYSTEM or not _is_distrusted(form) for form in (place, place.resolve()))


def search_folders() -> list[Path]:
    """Return the folders of PATH in which programs may be looked for, in order."""
    return [Path(entry) for entry in _entries(os.environ.get("PATH", os.defpath))]


def find_program(name: str, folders: Sequence[Path] | None = None) -> Path | None:
    """Return the absolute path of an executable file in PATH, or in these folders; None where there is none."""
    for folder in search_folders() if folders is None else folders:
        place = folder / name
        # A folder of PATH that is closed to this user holds nothing for p2c, and is no error.
        if os.access(place, os.X_OK) and place.is_file() and is_trusted(place):
            return place
    return None


def installed_tool(name: str) -> Path:
    """Return the program of a package that p2c depends on (uv, ruff): where the package says, else one in PATH.

    Raises FileNotFoundError where there is none.
    """
    try:
        program = Path(getattr(import_module(name), f"find_{name}_bin")())
    except (ImportError, AttributeError, FileNotFoundError):
        program = None
    program = program if program and program.is_absolute() else find_program(name)
    if program is None:
        raise FileNotFoundError(f"{name} was not found")
    return program


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what an ordinary tool needs of p2c's environment, without keys, and `more`."""
    kept = {name: value for name, value in _cleaned(os.environ).items() if name in KEPT}
    return {**kept, **(more or {})}


def whole_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all of p2c's environment, for another p2c, and `more`; relative entries of search paths are left out."""
    return _cleaned({**os.environ, **(more or {}), "PYTHONSAFEPATH": "1"})


def run(argv: Sequence[str | Path], **how: Any) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end, as `subprocess.run` does; `argv[0]` is its absolute path.

    Raises OSError and subprocess.SubprocessError, and ValueError for a relative path.
    """
    stdin = {} if "input" in how else {"stdin": subprocess.DEVNULL}
    return subprocess.run(_absolute(argv), **{**_defaults(), **stdin, "check": False, **how})  # noqa: PLW1510 - in `how`


def start(argv: Sequence[str | Path], **how: Any) -> subprocess.Popen[bytes]:
    """Start a program, as `subprocess.Popen` does; `argv[0]` is its absolute path. Raises as `run` does."""
    return subprocess.Popen(_absolute(argv), **{**_defaults(), "stdin": subprocess.DEVNULL, **how})


def python(*words: str) -> list[str]:
    """Return the command line of this Python: no folder is put on its path for the sake of how it is started."""
    return [sys.executable, "-P", *words]


def _defaults() -> dict[str, Any]:
    return {"cwd": WORKING_DIRECTORY, "env": environment()}


def _absolute(argv: Sequence[str | Path]) -> list[str | Path]:
    if not Path(argv[0]).is_absolute():
        raise ValueError(f"{str(argv[0])!r} is started without saying where it lies")
    return list(argv)


def _cleaned(environ: Mapping[str, str]) -> dict[str, str]:
    search_paths = {name: os.pathsep.join(_entries(environ[name])) for name in SEARCH_PATHS if name in environ}
    if "PATH" in search_paths:
        search_paths["PATH"] = search_paths["PATH"] or os.defpath  # an empty one means the working directory
    return {**environ, **search_paths}


def _entries(value: str) -> list[str]:
    return [entry for entry in value.split(os.pathsep) if is_trusted(Path(entry))]


def _is_distrusted(place: Path) -> bool:
    return any(place.is_relative_to(folder) for folder in _untrusted)
