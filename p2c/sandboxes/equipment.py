"""What a session of containers is given: the image's Python, p2c's tools in the store, uv's variables."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from p2c.errors import IndexUnavailableError, SandboxError
from p2c.sandboxes.base import Command, Feature
from p2c.sandboxes.cells import Cell, Order
from p2c.sandboxes.docker import Engine
from p2c.sandboxes.egress import proxy_environment
from p2c.sandboxes.index import IndexSettings
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.phases import CERTIFICATE_NAMES
from p2c.sandboxes.pythons import Interpreter
from p2c.sandboxes.rooms import BUILDER, CERTIFICATE, CONSTRAINTS, HOME, OWN, STORE, WHEELS, Rooms, building_places
from p2c.sandboxes.shapes import Image
from p2c.sandboxes.tools import STUBS, TIMEOUT, WITH_VERSION, pinned, uv_binary

SLIM = "python:{}-slim"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def default_image(python: str) -> str:
    """Return the slim Python image of the lowest minor version that a specifier names, or of 3.11."""
    found = re.search(r"3\.\d+", python)
    return SLIM.format(found[0] if found and not python.strip().startswith(("<", "!")) else "3.11")


def enforced(about: Mapping[str, Any]) -> frozenset[Feature]:
    """Return what an engine enforces, by what it says of itself: its kernel may lack a counter."""
    found: set[Feature] = {"network", "index_only", "disk", "files", "kill_tree", "unprivileged"}
    if about.get("MemoryLimit"):
        found.add("memory")
    if about.get("PidsLimit", True):
        found.add("processes")
    return frozenset(found)


def docker_facts(options: SandboxOptions | None = None) -> list[str]:
    """Return facts about the engine and the image; raises SandboxError where one is missing."""
    options = options or SandboxOptions()
    engine = Engine()
    name = options.image or default_image(options.python)
    try:
        about = engine.about
        facts = [
            f"engine {about.get('ServerVersion')} ({about.get('OperatingSystem')}), "
            + ("on this machine" if engine.is_local else "on another machine"),
            f"image {name}: {engine.image(name).id[:19]}",
        ]
        if not any("seccomp" in one for one in about.get("SecurityOptions") or ()):
            facts.append("warning: the engine filters no system calls (no seccomp)")
        lacking = sorted({"memory", "processes"} - enforced(about))
        return facts + [f"warning: its kernel does not limit {word}" for word in lacking]
    finally:
        engine.close()


def choose_python(rooms: Rooms, options: SandboxOptions) -> Interpreter:
    """Return the first interpreter on the image's path that fits; raises SandboxError where there is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    wanted = options.python.strip()
    try:
        spec = SpecifierSet(f"=={wanted}.*" if re.fullmatch(r"\d+(\.\d+)?", wanted) else wanted)
    except InvalidSpecifier:
        raise SandboxError(f"{wanted!r} is no Python version", 'Write it as in python = ">=3.11".') from None
    hint = f"Name another image with --image, such as {default_image(wanted)}."
    with rooms.running.lend(60):
        found = [Interpreter(Path(one[0]), one[1], Path(one[2])) for one in rooms.survey["pythons"]]
    fitting = [one for one in found if spec.contains(one.version)]
    if not fitting:
        there = ", ".join(one.version for one in found)
        raise SandboxError(f"the image has no Python {wanted} (there is: {there or 'none'})", hint)
    return fitting[0]


def install_environment(index: IndexSettings, python: Interpreter, trusted: bool) -> dict[str, str]:
    """Return the variables of the install phase; credentials of the index only where no package's code runs."""
    index = index if trusted else index.without_credentials()
    files = [CONSTRAINTS] if index.constraints else []
    files += [WHEELS] if index.wheels else []
    environment = {
        **index.environment,
        "UV_CACHE_DIR": f"{STORE}/uv" if trusted else f"{OWN}/uv",
        "UV_PYTHON": str(python.executable),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "UV_NO_SOURCES": "1",
        "UV_CONSTRAINT": " ".join(files),
        **proxy_environment(),
        **({"UV_NO_BUILD": "1"} if trusted else {"UV_LINK_MODE": "copy"}),
    }
    if index.certificate is not None:
        environment |= dict.fromkeys(CERTIFICATE_NAMES, CERTIFICATE)
    return environment


def install_tools(rooms: Rooms, python: Interpreter, image: Image) -> str:
    """Return the tools' folder in the store, installing them there at first use.

    Raises IndexUnavailableError where the package index does not give them.
    """
    wanted = [pinned(name) for name in WITH_VERSION] + list(STUBS)
    key = hashlib.sha256("\0".join([*wanted, pinned("pytest"), str(python), image.id]).encode()).hexdigest()[:24]
    place = f"{STORE}/tools/{key}"
    if key in (rooms.survey["tools"] or ()):
        return place
    if rooms.survey["tools"] is None:
        rooms.found()
    _, building, boot = building_places(rooms.session)
    with rooms.building.lend(TIMEOUT) as cell:
        work = _Builder(cell, rooms.index, python, image)
        uv = work.bootstrap(boot)
        work.run(uv, "venv", "--relocatable", "--python", str(python.executable), building)
        install = (uv, "pip", "install", "--compile-bytecode", "--link-mode", "copy", "--only-binary", ":all:")
        own = f"{building}/bin/python"
        work.run(*install, "--python", own, *wanted)
        work.run(*install, "--python", own, "--target", f"{building}/pytest", pinned("pytest"))
        cell.own(BUILDER, "seal", building, place)
        cell.own(BUILDER, "discard", boot)
    return place


def pip_options(environment: Mapping[str, str]) -> list[str]:
    """Return uv's settings of the package index as pip's options."""
    words: list[str] = []
    named = (("--index-url", "UV_DEFAULT_INDEX", " "), ("--extra-index-url", "UV_INDEX", " "))
    for option, name, separator in (*named, ("--find-links", "UV_FIND_LINKS", ",")):
        for address in filter(None, environment.get(name, "").split(separator)):
            words += [option, re.sub(r"^[\w.-]+=", "", address)]
    return words + (["--no-index"] if environment.get("UV_NO_INDEX") else [])


class _Builder:
    """Commands of p2c's own in the container that builds."""

    def __init__(self, cell: Cell, index: IndexSettings, python: Interpreter, image: Image) -> None:
        self._cell = cell
        self._index = index
        self._image = image
        settings = install_environment(index, python, trusted=True)
        self._env: Mapping[str, str] = {
            **{name: value for name, value in settings.items() if name not in {"UV_CONSTRAINT", "UV_PYTHON"}},
            "PATH": f"{python.executable.parent}:{image.path}",
            "HOME": HOME,
            "LANG": "C.UTF-8",
        }
        self._python = python

    def bootstrap(self, place: str) -> str:
        """Return a uv that runs in there: this machine's, where it fits, otherwise one that pip installs."""
        if platform.system() == "Linux" and MACHINES.get(platform.machine()) == self._image.machine:
            self._cell.write(BUILDER, f"{STORE}/building", [(f"{Path(place).name}/uv", 0o755, uv_binary())])
            if self._try(f"{place}/uv", "--version") == "":
                return f"{place}/uv"
        words = ("-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--target", place)
        self.run(str(self._python.executable), *words, *pip_options(self._index.environment), "uv")
        return f"{place}/bin/uv"

    def run(self, *argv: str) -> None:
        """Run a command; raises IndexUnavailableError with what it said where it fails."""
        said = self._try(*argv)
        if said:
            raise IndexUnavailableError(
                f"p2c's tools (uv, ruff, mypy, pytest) could not be installed for the sandbox:\n{said}",
                "They are needed once. Check the connection to the package index and its settings (pip config list), "
                f"and whether the image's Python ({self._python.version}) is one that mypy and pytest still serve.",
            )

    def _try(self, *argv: str) -> str:
        result = self._cell.run(Order(Command(argv, TIMEOUT), BUILDER, self._env, "/tmp"), None)
        if result.ok:
            return ""
        return self._index.redact(result.stderr or result.stdout).strip()[-1500:] or "it was killed"
