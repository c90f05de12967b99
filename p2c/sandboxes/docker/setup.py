"""What a session of containers is given: the image's Python, p2c's tools in the store, uv's variables."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from p2c.sandboxes.base import Command, Feature
from p2c.sandboxes.docker.container_roles import BUILDER, STORE, SessionContainers, building_places
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.docker.pooled_container import ExecRequest, PooledContainer
from p2c.sandboxes.docker.specs import Image
from p2c.sandboxes.environments.interpreters import Interpreter, choose_inside
from p2c.sandboxes.environments.tools import TIMEOUT, install, tools_key, uv_binary, uv_by_pip
from p2c.sandboxes.environments.uv_settings import Variables
from p2c.sandboxes.options import SandboxOptions

SLIM = "python:{}-slim"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def default_image(python: str) -> str:
    """Return the slim Python image of the lowest minor version that a specifier names, or of 3.11."""
    match = re.search(r"3\.\d+", python)
    return SLIM.format(match[0] if match and not python.strip().startswith(("<", "!")) else "3.11")


def enforced(about: Mapping[str, Any]) -> frozenset[Feature]:
    """Return what an engine enforces, by what it says of itself: its kernel may lack a counter."""
    features: set[Feature] = {"network", "index_only", "disk", "files", "kill_tree", "unprivileged"}
    if about.get("MemoryLimit"):
        features.add("memory")
    if about.get("PidsLimit", True):
        features.add("processes")
    return frozenset(features)


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
        if not any("seccomp" in security_option for security_option in about.get("SecurityOptions") or ()):
            facts.append("warning: the engine does not filter system calls (no seccomp)")
        lacking = sorted({"memory", "processes"} - enforced(about))
        return facts + [f"warning: its kernel does not limit {word}" for word in lacking]
    finally:
        engine.close()


def choose_pythons(containers: SessionContainers, wanted: str) -> tuple[Interpreter, Interpreter]:
    """Return the target's Python, the first on the image's path that fits, and that of the tools; or SandboxError."""
    with containers.running.acquire(60):
        pythons = containers.survey["pythons"]
    return choose_inside(pythons, wanted, "the image", f"Choose another with --image, such as {default_image(wanted)}.")


def install_tools(containers: SessionContainers, variables: Variables, image: Image) -> str:
    """Return the tools' folder in the store, installing them there at first use.

    `variables.python` is their Python. Raises IndexUnavailableError where the package index does not give them.
    """
    key = tools_key(variables.python, image.id)
    place = f"{STORE}/tools/{key}"
    if key in (containers.survey["tools"] or ()):
        return place
    if containers.survey["tools"] is None:
        containers.make_store()
    _, building, boot = building_places(containers.session)
    with containers.building.acquire(TIMEOUT) as container:
        work = _Builder(container, variables, image)
        install(work.run, work.bootstrap(boot), variables.python, building)
        container.own(BUILDER, "seal", building, place)
        container.own(BUILDER, "discard", boot)
    return place


class _Builder:
    """Commands of p2c's own in the container that builds."""

    def __init__(self, container: PooledContainer, variables: Variables, image: Image) -> None:
        self._container = container
        self._variables = variables
        self._image = image

    def bootstrap(self, place: str) -> str:
        """Return a uv that runs in there: this machine's, where it fits, otherwise one that pip installs."""
        if platform.system() == "Linux" and MACHINES.get(platform.machine()) == self._image.machine:
            self._container.write(BUILDER, f"{STORE}/building", [(f"{Path(place).name}/uv", 0o755, uv_binary())])
            if self.run(f"{place}/uv", "--version") == "":
                return f"{place}/uv"
        return uv_by_pip(self.run, self._variables.python, self._variables.index, place)

    def run(self, *argv: str) -> str:
        """Run a command; return what it said if it failed."""
        command = Command(argv, TIMEOUT)
        result = self._container.run(ExecRequest(command, BUILDER, self._variables.of_tools(), "/tmp"), None)
        if result.ok:
            return ""
        return self._variables.index.redact(result.stderr or result.stdout).strip()[-1500:] or "it was killed"
