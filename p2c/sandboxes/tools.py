"""The trusted tools: uv, ruff, mypy and pytest, installed once for each set of versions, for every sandbox."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from p2c import host_processes
from p2c.errors import IndexUnavailableError, SandboxError
from p2c.locks import exclusive
from p2c.sandboxes.index import IndexSettings
from p2c.sandboxes.pythons import Interpreter
from p2c.sandboxes.shortage import MAKE_ROOM, is_full, telling

WITH_VERSION = ("uv", "ruff", "mypy")
STUBS = ("types-PyYAML", "types-requests", "types-tqdm", "types-setuptools")
TIMEOUT = 900.0


def uv_binary() -> Path:
    """Return uv, which p2c depends on, or the one on the path; raises SandboxError where there is none."""
    try:
        return host_processes.installed_tool("uv")
    except FileNotFoundError as error:
        raise SandboxError(str(error), "pip install uv") from None


def prepare_tools(root: Path, python: Interpreter, index: IndexSettings) -> Path:
    """Return the folder of the tools, installing them at first use: `bin/{uv,ruff,mypy,python}` and `pytest`.

    Raises IndexUnavailableError where they are not there yet and the package index does not give them.
    """
    wanted = [pinned(name) for name in WITH_VERSION] + list(STUBS)
    pytest = pinned("pytest")
    key = hashlib.sha256("\0".join([*wanted, pytest, str(python)]).encode()).hexdigest()[:24]
    place = root / key
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
                _install(building, python, (wanted, [pytest]), index)
                building.rename(place)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return place


def _install(building: Path, python: Interpreter, wanted: tuple[list[str], list[str]], index: IndexSettings) -> None:
    environment = _environment(index)
    own = str(building / "bin/python")
    # Relocatable: it is mounted elsewhere inside. Compiled: it is read-only there, and slow without.
    _uv(["venv", "--relocatable", "--python", str(python.executable), str(building)], environment, index)
    common = ["pip", "install", "--compile-bytecode", "--link-mode", "copy", "--only-binary", ":all:"]
    _uv([*common, "--python", own, *wanted[0]], environment, index)
    target = str(building / "pytest")
    _uv([*common, "--python", own, "--target", target, *wanted[1]], environment, index)


def _environment(index: IndexSettings) -> Mapping[str, str]:
    own = {"UV_CACHE_DIR": os.environ["UV_CACHE_DIR"]} if "UV_CACHE_DIR" in os.environ else {}
    settings = {
        **host_processes.environment(own),
        **index.environment,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "LANG": "C.UTF-8",
    }
    if index.certificate is not None:
        settings["SSL_CERT_FILE"] = str(index.certificate)
    return settings


def _uv(arguments: list[str], environment: Mapping[str, str], index: IndexSettings) -> None:
    try:
        host_processes.run(
            [uv_binary(), "--no-config", "--quiet", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
            umask=0o022,
        )
    except subprocess.CalledProcessError as error:
        said = index.redact(error.stderr.strip())[-1500:]
        if is_full(said):
            raise SandboxError(f"p2c's tools could not be installed for the sandbox:\n{said}", MAKE_ROOM) from None
        raise IndexUnavailableError(
            f"p2c's tools (uv, ruff, mypy, pytest) could not be installed for the sandbox:\n{said}",
            "They are needed once. Check the connection to the package index and its settings (pip config list).",
        ) from None
    except subprocess.TimeoutExpired:
        raise IndexUnavailableError("the package index did not deliver p2c's tools in time") from None


def pinned(name: str) -> str:
    """Return the requirement of p2c's own version of a package."""
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return name
