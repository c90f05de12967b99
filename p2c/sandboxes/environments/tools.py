"""The trusted tools: uv, ruff, mypy and pytest, installed once for each set of versions, for every sandbox."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from p2c import host_processes
from p2c.errors import IndexUnavailableError, SandboxError
from p2c.locks import exclusive
from p2c.sandboxes.disk_space import MAKE_ROOM, is_full, telling
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.environments.interpreters import Interpreter
from p2c.sandboxes.environments.uv_settings import index_variables

WITH_VERSION = ("uv", "ruff", "mypy")
STUBS = ("types-PyYAML", "types-requests", "types-tqdm", "types-setuptools")
TIMEOUT = 900.0
"""Seconds for installing the tools once, over a slow connection."""
Run = Callable[..., str]


def uv_binary() -> Path:
    """Return uv, which p2c depends on, or the one on the path; raises SandboxError where there is none."""
    try:
        return host_processes.installed_tool("uv")
    except FileNotFoundError as error:
        raise SandboxError(str(error), "pip install uv") from None


def tools_key(python: Interpreter, *where: str) -> str:
    """Return what tells sets of tools apart: versions, the Python that they are for, and where else they lie."""
    words = [*map(pinned, WITH_VERSION), *STUBS, pinned("pytest"), str(python), *where]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:24]


def install(run: Run, uv: str, python: Interpreter, place: str) -> None:
    """Install the tools at a place: `bin/{uv,ruff,mypy,python}` and `pytest`; IndexUnavailableError where that fails.

    `run` runs words where the sandbox is, and returns what they said if they failed, otherwise nothing.
    """
    # Relocatable: it is mounted elsewhere inside. Compiled: it is read-only there, and slow without.
    own = ("--compile-bytecode", "--link-mode", "copy", "--only-binary", ":all:", "--python", f"{place}/bin/python")
    for words in (
        ("venv", "--relocatable", "--allow-existing", "--python", str(python.executable), place),
        ("pip", "install", *own, *map(pinned, WITH_VERSION), *STUBS),
        ("pip", "install", *own, "--target", f"{place}/pytest", pinned("pytest")),
    ):
        require(run(uv, "--no-config", "--quiet", *words), python)


def uv_by_pip(run: Run, python: Interpreter, index: IndexSettings, place: str) -> str:
    """Install uv by pip where there is none, and return where it is; raises IndexUnavailableError."""
    words = [str(python.executable), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--target", place]
    named = (("--index-url", "UV_DEFAULT_INDEX", " "), ("--extra-index-url", "UV_INDEX", " "))
    for option, name, separator in (*named, ("--find-links", "UV_FIND_LINKS", ",")):
        for address in filter(None, index.environment.get(name, "").split(separator)):
            words += [option, re.sub(r"^[\w.-]+=", "", address)]
    require(run(*words, *(["--no-index"] if index.environment.get("UV_NO_INDEX") else []), pinned("uv")), python)
    return f"{place}/bin/uv"


def require(output: str, python: Interpreter) -> None:
    """Raise an error with what an installation said where it failed."""
    message = f"p2c's tools (uv, ruff, mypy, pytest) could not be installed for the sandbox:\n{output}"
    if is_full(output):
        raise SandboxError(message, MAKE_ROOM)
    if output:
        raise IndexUnavailableError(
            message,
            "Check the connection to the package index and its settings (pip config list), "
            f"and whether the sandbox's Python ({python.version}) is one that mypy and pytest still support.",
        )


def prepare_tools(root: Path, python: Interpreter, index: IndexSettings) -> Path:
    """Return the folder of the tools on this machine, installing them at first use.

    Raises IndexUnavailableError where they are not there yet and the package index does not give them.
    """
    place = root / tools_key(python)
    if place.is_dir():
        with contextlib.suppress(OSError):
            os.utime(place)  # what is used is not pruned
        return place
    with telling("p2c's tools could not be put into the cache"), exclusive(root / "lock"):
        for left in root.glob("building-*"):
            shutil.rmtree(left, ignore_errors=True)
        if not place.is_dir():
            building = root / f"building-{uuid.uuid4().hex[:8]}"
            try:
                install(partial(_run, index), str(uv_binary()), python, str(building))
                building.rename(place)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return place


def _run(index: IndexSettings, *words: str) -> str:
    own = {"UV_CACHE_DIR": os.environ["UV_CACHE_DIR"]} if "UV_CACHE_DIR" in os.environ else {}
    environment = {
        **host_processes.environment(own),
        **index_variables(index, str(index.certificate)),
        "LANG": "C.UTF-8",
    }
    try:
        host_processes.run(
            words, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=True, umask=0o022
        )
    except subprocess.CalledProcessError as error:
        return index.redact(error.stderr.strip())[-1500:] or "it printed nothing"
    except subprocess.TimeoutExpired:
        return f"{words[0]} did not end within {TIMEOUT:.0f} seconds"
    return ""


def pinned(name: str) -> str:
    """Return the requirement of p2c's own version of a package."""
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return name
