"""A Docker engine as a sandbox: containers that are shut in, an environment that generated code can only read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from p2c.errors import InputError, SandboxError
from p2c.repo import Repo, encode, safe_path
from p2c.sandboxes import inside, leases
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput
from p2c.sandboxes.cache import KEY, default_root
from p2c.sandboxes.cells import Order
from p2c.sandboxes.docker import Engine
from p2c.sandboxes.equipment import choose_python, default_image, enforced, install_environment, install_tools
from p2c.sandboxes.gateway import through_gateway
from p2c.sandboxes.index import read_index
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.output import redacted
from p2c.sandboxes.rooms import (
    BUILDER,
    CONSTRAINTS,
    HOME,
    OWN,
    PLACES,
    PROGRAM,
    PYCACHE,
    ROOT,
    STORE,
    Rooms,
    building_place,
)
from p2c.sandboxes.trust import Trust

FOREVER = 300.0


class DockerSandbox:
    """A `Sandbox` of containers on a Docker engine; opening it finds the image's Python and installs the tools once.

    Which container a command runs in is told in `rooms.py`. Environments and uv's cache live in one volume of the
    engine (`p2c-store`), the session's files in volumes of its own, which the next start removes if p2c is killed.
    Raises SandboxError where something that it needs is missing, IndexUnavailableError for the tools.
    """

    backend = "docker"

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        self._closed = False
        self._network: Network = "none"
        self._key, self._is_sealed, self._is_tainted = "", False, False
        self._marks: dict[str, tuple[tuple[int, int], list[int]]] = {}
        self._engine = Engine()
        self.features: frozenset[Feature] = enforced(self._engine.about)
        image = self._engine.image(options.image or default_image(options.python))
        self._image = image
        root = (options.cache or default_root(0 if os.geteuid() == 0 else None)) / "docker"
        self._lease = leases.Lease(_made(root))
        try:
            leases.sweep(root)
            orphans = self._orphans()
            self._rooms = Rooms(self._engine, image, self._lease, options)
            self.python = choose_python(self._rooms, options)
            index = read_index(options.environ(environ), options.constraints, self.python.minor)
            self._redact = index.redact
            self._rooms.index, self._rooms.ports = through_gateway(index)
            self.places = replace(PLACES, tools=install_tools(self._rooms, self.python, image))
            self._remove(orphans)
        except BaseException:
            self.close()
            raise

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository; only what differs is sent."""
        self._open()
        data = {path: encode(text) for path, text in repo.files.items()}
        modes = {path: 0o755 if text[:2] == b"#!" else 0o644 for path, text in data.items()}
        manifest: dict[str, tuple[int, object]] = {
            path: (modes[path], hashlib.sha256(text).hexdigest()) for path, text in data.items()
        }
        try:
            sources = {path: _source_marks(place) for path, place in repo.assets.items()}
            modes |= {path: place.stat().st_mode & 0o755 | 0o644 for path, place in repo.assets.items()}
        except OSError as error:
            raise SandboxError(f"an asset could not be copied into the sandbox: {error}") from error
        for path, source in sources.items():
            known = self._marks.get(path)
            manifest[path] = (modes[path], known[1] if known and known[0] == source else [])
        contents: dict[str, bytes | Path] = {**data, **repo.assets}
        with self._rooms.running.lend(FOREVER) as cell:
            text = json.dumps(manifest).encode() + b"\n"
            said = cell.own(PROGRAM, "fill", PLACES.repo, f"{PYCACHE}{PLACES.repo}", stdin=[text])[1]
            lacking: list[str] = json.loads(said)
            if lacking:
                given = [(path, modes[path], contents[path]) for path in lacking]
                marks = cell.write(PROGRAM, PLACES.repo, given)
                self._marks |= {path: (sources[path], marks[path]) for path in lacking if path in sources}

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        given = [(safe_path(path), 0o755 if data[:2] == b"#!" else 0o644, data) for path, data in files.items()]
        with self._rooms.running.lend(FOREVER) as cell:
            cell.write(PROGRAM, PLACES.scratch, given)

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command in the workspace; in install mode, what it prints is rid of credentials."""
        self._open()
        if not command.argv or any("\0" in word for word in command.argv):
            raise SandboxError(f"{command.argv!r} is no command")
        if self._network == "none":
            return self._run(command, on_output)
        return redacted(partial(self._run, command), self._redact, on_output)

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes; None for what is missing, is a link, leaves, or has over 256 MiB."""
        self._open()
        roots = {PLACES.repo: PLACES.repo, PLACES.scratch: PLACES.scratch}
        if self._key:
            roots[PLACES.environment] = self._place()
        for shown, root in roots.items():
            if path.startswith(f"{shown}/"):
                try:
                    name = safe_path(path[len(shown) + 1 :])
                except InputError:
                    return None
                with self._rooms.running.lend(FOREVER) as cell:
                    code, data = cell.own(PROGRAM, "read", root, name)
                return data if code == 0 else None
        return None

    def set_network(self, mode: Network) -> None:
        """Switch between `install` and `none` for the commands to come."""
        self._open()
        self._network = mode

    def choose_environment(self, key: str) -> bool:
        """Choose the environment of a key; True if it was sealed before, otherwise an empty folder waits."""
        self._open()
        if not KEY.fullmatch(key):
            raise SandboxError(f"{key!r} is no key of an environment", "It takes 8 to 128 hex digits.")
        self._key = key
        with self._rooms.running.lend(FOREVER) as cell:
            self._is_sealed = cell.own(ROOT, "is_there", self._sealed_place())[0] == 0
        if not self._is_sealed:
            self._start_building()
        return self._is_sealed

    def seal_environment(self) -> None:
        """Keep the environment that was built, for every session with this engine, image and cache."""
        self._open()
        if not self._key:
            raise SandboxError("no environment was chosen, so none can be sealed")
        if self._is_sealed:
            return
        if self._is_tainted:
            with self._rooms.workshop.lend(FOREVER) as cell:
                cell.own(PROGRAM, "open_up", f"{OWN}/building")
        with self._rooms.building.lend(FOREVER) as cell:
            if self._is_tainted:
                cell.own(BUILDER, "copy", f"{OWN}/building", self._building_place())
            if cell.own(BUILDER, "seal", self._building_place(), self._sealed_place())[0] == inside.NONE:
                raise SandboxError("the environment to be sealed was never made")
        self._is_sealed, self._is_tainted = True, False

    def close(self) -> None:
        """Remove the session's containers and volumes."""
        if not self._closed:
            self._closed = True
            if hasattr(self, "_rooms"):
                self._rooms.close(self._building_place())
            self._lease.close()
            self._engine.close()

    def _orphans(self) -> list[tuple[str, Callable[[], None]]]:
        """Return the session of each container and volume that a killed p2c left, and what removes it."""
        found = self._engine.owned(leases.SESSION)
        return [(labels[leases.SESSION], remove) for labels, remove in found if leases.is_orphan(labels)]

    def _remove(self, orphans: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Remove what is left in the store first, so that what names it is gone last."""
        self._rooms.discard({session for session, _ in orphans})
        for _, remove in orphans:
            remove()

    def _open(self) -> None:
        if self._closed:
            raise SandboxError("the sandbox is closed")

    def _sealed_place(self) -> str:
        return f"{STORE}/environments/{self._image.id.rpartition(':')[2][:16]}/{self._key}"

    def _building_place(self) -> str:
        return building_place(self._lease.id)

    def _place(self) -> str:
        if self._is_sealed:
            return self._sealed_place()
        return f"{OWN}/building" if self._is_tainted else self._building_place()

    def _start_building(self) -> None:
        with self._rooms.building.lend(FOREVER) as cell:
            cell.own(BUILDER, "fresh", self._building_place())
        self._is_tainted = False

    def _run(self, command: Command, on_output: OnOutput | None) -> ExecResult:
        trusted = self._network == "install" and self._trust(command).has(command)
        if trusted and "venv" in command.argv and self._key and not self._is_sealed:
            self._start_building()
        if trusted:
            cells, user = self._rooms.building, BUILDER
        elif self._network == "install":
            cells, user = self._rooms.workshop, PROGRAM
        else:
            cells, user = self._rooms.online if command.network else self._rooms.running, PROGRAM
        with cells.lend(command.timeout) as cell:
            if self._network == "install" and not trusted and self._key and not self._is_sealed:
                if not self._is_tainted:
                    cell.own(PROGRAM, "copy", self._building_place(), f"{OWN}/building")
                self._is_tainted = True
            if self._key:
                cell.link(PLACES.environment, self._place())
            return cell.run(Order(command, user, self._environment(command, trusted), PLACES.repo), on_output)

    def _trust(self, command: Command) -> Trust:
        pythons = {str(self.python.executable)}
        own = {f"{PLACES.environment}/bin/python", PLACES.environment}
        if own.intersection(command.argv) and self._is_pristine():
            pythons |= own
        return Trust(f"{self.places.tools}/bin/uv", PLACES.environment, frozenset(pythons), self._read_from_repo)

    def _is_pristine(self) -> bool:
        """Nothing but an empty environment of uv's own making is there: no package could run code in it."""
        if not self._key or self._is_sealed or self._is_tainted:
            return False
        with self._rooms.running.lend(FOREVER) as cell:
            return cell.own(PROGRAM, "is_pristine", self._building_place())[0] == 0

    def _read_from_repo(self, path: str) -> bytes | None:
        return self.get(path if path.startswith("/") else f"{PLACES.repo}/{path}")

    def _environment(self, command: Command, trusted: bool) -> Mapping[str, str]:
        path = f"{self.python.executable.parent}:{self._image.path}"
        environment = {
            "PATH": path if trusted else f"{PLACES.environment}/bin:{path}",
            "HOME": HOME,
            "USER": "p2c",
            "LOGNAME": "p2c",
            "LANG": "C.UTF-8",
            "TMPDIR": "/tmp",
        }
        if not command.argv[0].startswith(f"{self.places.tools}/"):
            environment["PYTHONPYCACHEPREFIX"] = PYCACHE
        if self._network == "install":
            environment |= install_environment(self._rooms.index, self.python, trusted)
        environment |= command.env
        if command.env.get("UV_CONSTRAINT") == "":
            environment["UV_CONSTRAINT"] = CONSTRAINTS if self._rooms.index.constraints else ""
        return environment


def _made(root: Path) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"the cache folder {str(root)!r} cannot be used: {error}", "Name another.") from error
    return root


def _source_marks(place: Path) -> tuple[int, int]:
    about = place.stat()
    return about.st_size, about.st_mtime_ns
