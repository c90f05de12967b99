"""Which Python interpreters of this machine a sandbox can use."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p2c import host_processes
from p2c.errors import SandboxError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

OWN = (3, 11)
"""What p2c's tools need at least."""
STANDARD = (Path("/usr/bin"), Path("/usr/local/bin"))
FAMILIES = ("~/.local/share/uv/python/*/bin", "~/.pyenv/versions/*/bin", "/opt/python/*/bin", "/opt/*/bin")
ASK = (
    "import sys, platform; "
    "print(platform.python_version(), sys.base_prefix, getattr(sys, '_base_executable', sys.executable), sep='\\n')"
)


@dataclass(frozen=True)
class Interpreter:
    """A base Python: no virtual environment, its folder as it has to be mounted."""

    executable: Path
    version: str
    prefix: Path

    @property
    def minor(self) -> tuple[int, int]:
        """Major and minor version."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(re.sub(r"\D.*", "", minor))


def choose(spec: str, uid: int | None) -> Interpreter:
    """Return the interpreter to use for a version specifier: p2c's own minor version first, then the newest.

    `uid` is who has to reach it, None for the one who runs p2c. Raises SandboxError where there is none.
    """
    wanted = specifier(spec)
    own = sys.version_info[:2]
    seen: list[str] = []
    for candidate in sorted(_candidates(), key=lambda pair: (pair[0] == own, pair[0]), reverse=True):
        minor, place = candidate
        if not _may_match(minor, wanted) or not reachable(place, uid):
            seen.append(f"{place}{'' if reachable(place, uid) else ' (not readable by others)'}")
            continue
        interpreter = _ask(place)
        if interpreter and wanted.contains(interpreter.version) and reachable(interpreter.prefix, uid):
            return interpreter
    looked = f" Seen: {', '.join(sorted(set(seen))[:8])}." if seen else ""
    raise SandboxError(
        f"no Python {spec or 'interpreter'} for the sandbox was found.{looked}",
        "Install one that all users can read (apt-get install python3 python3-venv, or uv python install "
        f"{_example(spec)} --install-dir /opt/python).",
    )


def specifier(spec: str) -> SpecifierSet:
    """Return which versions are wanted; raises SandboxError for what says none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(_normal(spec))
    except InvalidSpecifier:
        raise SandboxError(f"{spec!r} is not a Python version", 'Write, for example, python = ">=3.11".') from None


def choose_inside(
    descriptions: Iterable[Sequence[str]], spec: str, where: str, hint: str
) -> tuple[Interpreter, Interpreter]:
    """Return the target's Python and that of the tools, of those that `_p2c_container.pythons` told.

    The first on the path that fits; raises SandboxError where none does: `where` names what lacks it.
    """
    wanted = specifier(spec)
    interpreters = [Interpreter(Path(place), version, Path(prefix)) for place, version, prefix in descriptions]
    fitting = [interpreter for interpreter in interpreters if wanted.contains(interpreter.version)]
    if not fitting:
        there = ", ".join(interpreter.version for interpreter in interpreters) or "none"
        raise SandboxError(f"{where} has no Python {spec.strip()} (available: {there})", hint)
    first = fitting[0]
    return first, first if first.minor >= OWN else max(interpreters, key=lambda interpreter: interpreter.minor)


def reachable(place: Path, uid: int | None) -> bool:
    """Tell whether a file or folder can be read there; for a foreign `uid`, whether everybody may."""
    try:
        place = place.resolve(strict=True)
        if uid is None:
            return os.access(place, os.R_OK)
        modes = [parent.stat().st_mode for parent in place.parents]
        mode = place.stat().st_mode
    except OSError:
        return False
    need = 0o005 if stat.S_ISDIR(mode) else 0o004
    return all(mode_bits & 0o001 for mode_bits in modes) and mode & need == need


def for_tools(python: Interpreter, uid: int | None) -> Interpreter:
    """Return the interpreter of p2c's tools beside the target's; raises SandboxError where there is none."""
    return python if python.minor >= OWN else choose(">=3.11", uid)


def _candidates() -> Iterator[tuple[tuple[int, int], Path]]:
    base = Path(getattr(sys, "_base_executable", sys.executable))
    yield sys.version_info[:2], base
    folders = [*STANDARD, *host_processes.search_folders()]
    for pattern in FAMILIES:
        anchor = Path(pattern).expanduser()
        folders += sorted(Path(anchor.anchor).glob(str(anchor.relative_to(anchor.anchor))))
    for folder in dict.fromkeys(folders):
        if "shims" in folder.parts or not os.access(folder, os.X_OK) or (folder.parent / "pyvenv.cfg").exists():
            continue
        for minor in range(8, 20):
            place = folder / f"python3.{minor}"
            if place.exists() and host_processes.is_trusted(place):
                yield (3, minor), place


def _may_match(minor: tuple[int, int], wanted: SpecifierSet) -> bool:
    return any(wanted.contains(f"{minor[0]}.{minor[1]}.{micro}") for micro in range(40))


def _ask(place: Path) -> Interpreter | None:
    try:
        asked: list[str | Path] = [place, "-I", "-S", "-c", ASK]
        answer = host_processes.run(asked, capture_output=True, text=True, timeout=20, check=True, env={})
    except (OSError, subprocess.SubprocessError):
        return None
    version, prefix, executable = answer.stdout.splitlines()
    return Interpreter(Path(executable).resolve(), version, Path(prefix).resolve())


def _normal(spec: str) -> str:
    spec = spec.strip()
    return f"=={spec}.*" if re.fullmatch(r"\d+(\.\d+)?", spec) else f"=={spec}" if spec[:1].isdigit() else spec


def _example(spec: str) -> str:
    match = re.search(r"3\.\d+", spec)
    return match[0] if match else f"3.{sys.version_info[1]}"


def is_there(program: str) -> str | None:
    """Return the absolute path of a program of the system, or None."""
    path = host_processes.find_program(program, None if program == "bwrap" else host_processes.SYSTEM)
    return str(path) if path else None
