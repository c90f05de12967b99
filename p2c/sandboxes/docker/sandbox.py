"""A Docker engine as a sandbox: containers that are shut in, an environment that generated code can only read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import session_locks
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput
from p2c.sandboxes.docker.container_roles import (
    BUILDER,
    HOME,
    OWN,
    PLACES,
    PROGRAM,
    PYCACHE,
    SETTINGS,
    STORE,
    SessionContainers,
)
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.docker.environments import FOREVER, ContainerEnvironments
from p2c.sandboxes.docker.pooled_container import ExecRequest
from p2c.sandboxes.docker.setup import choose_pythons, default_image, enforced, install_tools
from p2c.sandboxes.docker.specs import Image, OwnedResource
from p2c.sandboxes.e2b.upload import Uploads, file_data
from p2c.sandboxes.environments.cache import default_root
from p2c.sandboxes.environments.index_proxy import IndexProxy
from p2c.sandboxes.environments.index_settings import IndexSettings, read_index
from p2c.sandboxes.environments.uv_settings import Variables
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.output_capture import redacted
from p2c.sandboxes.safe_files import locate


class DockerSandbox:
    """A `Sandbox` of containers on a Docker engine; opening it finds the image's Python and installs the tools once.

    Which container a command runs in is told in `container_roles.py`. Environments and uv's cache live in one volume
    of the engine (`p2c-store`), the session's files in volumes of its own, which the next start removes if p2c is
    killed. Raises SandboxError where something that it needs is missing, IndexUnavailableError for the tools.
    """

    backend = "docker"

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        self._closed = False
        self._network: Network = "none"
        self._uploads = Uploads(options.limits)
        self._engine = Engine()
        self.features: frozenset[Feature] = enforced(self._engine.about)
        image = self._engine.image(options.image or default_image(options.python))
        root = (options.cache or default_root(0 if os.geteuid() == 0 else None)) / "docker"
        self._lease = session_locks.SessionLease(_made(root))
        try:
            session_locks.sweep(root)
            orphans = self._orphans()
            self._containers = SessionContainers(self._engine, image, self._lease, options)
            self.python, tool_python = choose_pythons(self._containers, options.python)
            index = read_index(options.environ(environ), options.constraints, self.python.minor)
            self._redact = index.redact
            self._containers.index, self._containers.egress = index, IndexProxy(index, options.allow_hosts)
            self._environments = ContainerEnvironments(self._containers, image, self.get)
            variables = self._variables_of(image, index)
            tools = install_tools(self._containers, replace(variables, python=tool_python), image)
            self.places = replace(PLACES, tools=tools)
            self._variables = replace(variables, places=self.places)
            self._remove(orphans)
        except BaseException:
            self.close()
            raise

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository; only what differs is sent."""
        self._open()
        with self._containers.running.acquire(FOREVER) as container:
            self._uploads.put(
                repo,
                lambda manifest: container.own(
                    PROGRAM, "fill", PLACES.repo, f"{PYCACHE}{PLACES.repo}", stdin=[manifest]
                )[1],
                lambda files: container.write(PROGRAM, PLACES.repo, files),
            )
        self._environments.put(repo)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        given = file_data(files)
        with self._containers.running.acquire(FOREVER) as container:
            container.write(PROGRAM, PLACES.scratch, given)

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command in the workspace; in install mode, what it prints is rid of credentials."""
        self._open()
        command.check()
        if self._network == "none":
            return self._run(command, on_output)
        return redacted(partial(self._run, command), self._redact, on_output)

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes; None for what is missing, is a link, leaves, or has over 256 MiB."""
        self._open()
        roots = {PLACES.repo: PLACES.repo, PLACES.scratch: PLACES.scratch}
        if self._environments.key:
            roots[PLACES.environment] = self._environments.place
        located = locate(path, roots)
        if located is None:
            return None
        with self._containers.running.acquire(FOREVER) as container:
            code, data = container.own(PROGRAM, "read", *located)
        return data if code == 0 else None

    def set_network(self, mode: Network) -> None:
        """Switch between `install` and `none` for the commands to come."""
        self._open()
        self._network = mode

    def choose_environment(self, key: str) -> bool:
        """Choose the environment of a key; True if it was sealed before, otherwise an empty folder waits."""
        self._open()
        return self._environments.choose(key)

    def seal_environment(self) -> None:
        """Keep the environment that was built, for those who may have it with this engine, image and cache."""
        self._open()
        self._environments.seal()

    def close(self) -> None:
        """Remove the session's containers and volumes."""
        if not self._closed:
            self._closed = True
            if hasattr(self, "_containers"):
                self._containers.close()
            self._lease.close()
            self._engine.close()

    def _orphans(self) -> list[OwnedResource]:
        """Return each container and volume that a killed p2c left."""
        return [
            resource
            for resource in self._engine.owned(session_locks.SESSION)
            if session_locks.is_orphan(resource.labels)
        ]

    def _remove(self, orphans: Sequence[OwnedResource]) -> None:
        """Remove containers first, for they may still be writing, and what names the session in the store last."""
        for orphan in orphans:
            if not orphan.is_volume:
                orphan.remove()
        self._containers.discard({resource.labels[session_locks.SESSION] for resource in orphans})
        for orphan in orphans:
            if orphan.is_volume:
                orphan.remove()

    def _open(self) -> None:
        if self._closed:
            raise SandboxError("the sandbox is closed")

    def _run(self, command: Command, on_output: OnOutput | None) -> ExecResult:
        installing = self._network == "install" and not command.network
        uv, python = f"{self.places.tools}/bin/uv", str(self.python.executable)
        lists = self._environments.lists(command, uv, python) if installing else None
        trusted = lists is not None
        self._environments.note(command, trusted, installing)
        if trusted:
            pool, user = self._containers.building, BUILDER
        elif installing:
            pool, user = self._containers.installing, PROGRAM
        else:
            pool, user = self._containers.online if command.network else self._containers.running, PROGRAM
        with pool.acquire(command.timeout) as container:
            self._environments.enter(container, lists, installing)
            variables = self._variables.of(command, installing, trusted)
            return container.run(ExecRequest(command, user, variables, PLACES.repo), on_output)

    def _variables_of(self, image: Image, index: IndexSettings) -> Variables:
        return Variables(
            index,
            self.python,
            PLACES,
            path=image.path,
            home=HOME,
            settings=SETTINGS,
            caches=(f"{STORE}/uv", f"{OWN}/uv"),
            pycache=PYCACHE,
        )


def _made(root: Path) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(
            f"the cache folder {str(root)!r} cannot be used: {error}", "Choose another with P2C_CACHE."
        ) from error
    return root
