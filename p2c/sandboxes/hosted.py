"""A machine at E2B as a sandbox: generated code runs far from here, without a network, its environment read-only."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from p2c.errors import InputError, SandboxError
from p2c.repo import Repo, encode, safe_path
from p2c.sandboxes import freight, inside, leases, outfit
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places
from p2c.sandboxes.cache import KEY, default_root
from p2c.sandboxes.e2b import Machine, Shape, connection, sweep
from p2c.sandboxes.e2b_network import MachineNetwork, Reach
from p2c.sandboxes.egress import Egress
from p2c.sandboxes.index import read_index
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.output import redacted
from p2c.sandboxes.oversight import PATH, SPARE, Order, Oversight
from p2c.sandboxes.trust import Trust


class E2BSandbox:
    """A `Sandbox` at E2B; opening it creates one, and kills those that a killed p2c of this machine has left.

    Everything is below one folder there, of which the program owns the repository and scratch. Environments, uv's
    cache and the tools last as long as the sandbox. uv runs as a user of its own as long as no package's code does
    (`trust.py`); for everything else that installs, the environment is handed to the program's user, with another
    cache. `features` says what holds: without root or namespaces in the template, less does.
    Raises SandboxError where E2B cannot be had, IndexUnavailableError for the tools, which come when first used.
    """

    backend = "e2b"

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        environ = os.environ if environ is None else environ
        reached = connection(environ)
        self._closed = False
        self._network: Network = "none"
        self._key, self._sealed, self._tainted = "", set[str](), False
        self._marks: dict[str, tuple[list[int], list[int]]] = {}
        self._hosts = ""
        self._installing: Reach = "open"
        self._lock = threading.Lock()
        self._has_tools = self._has_settings = False
        self._machine: Machine | None = None
        root = (options.cache or default_root(0 if os.geteuid() == 0 else None)) / "e2b"
        self._lease = leases.Lease(root)
        try:
            leases.sweep(root)
            sweep({leases.MACHINE: self._lease.labels[leases.MACHINE]}, reached)
            machine = Machine(Shape(options.template, options.life, self._lease.labels), reached)
            self._machine = machine
            self._oversight = Oversight(machine, options.limits)
            ground = self._oversight.ground
            self.python, self._tool_python = outfit.choose_pythons(self._oversight, options.python)
            index = read_index(options.environ(environ), options.constraints, self.python.minor)
            self._index = outfit.from_afar(index)
            self._internet = MachineNetwork(machine, Egress(self._index, options.allow_hosts), ground.isolated)
            self._redact = index.redact
            self.places = Places(*(f"{ground.root}/{name}" for name in ("repo", "environment", "tools", "scratch")))
            self.features: frozenset[Feature] = self._enforced()
        except BaseException:
            self.close()
            raise

    def _enforced(self) -> frozenset[Feature]:
        found: set[Feature] = {"memory", "disk", "files"}
        ground = self._oversight.ground
        if ground.is_root:
            found |= {"processes", "kill_tree", "unprivileged"}
        if self._internet.can("index"):
            self._installing = "index"
            if self._internet.hosts_file:
                self._hosts = self._oversight.send(self._internet.hosts_file.encode())
                found.add("index_only")
        # Where the template's kernel gives no namespaces, E2B itself can still cut the machine off.
        self._by_service = not ground.isolated and self._internet.can("none")
        if ground.isolated or self._by_service:
            found.add("network")
        return frozenset(found)

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository; only what differs is sent."""
        self._open()
        contents: dict[str, bytes | Path] = {path: encode(text) for path, text in repo.files.items()}
        contents |= repo.assets
        try:
            sources = {path: freight.source_marks(place) for path, place in repo.assets.items()}
            modes = {path: freight.mode(content) for path, content in contents.items()}
        except OSError as error:
            raise SandboxError(f"an asset could not be copied into the sandbox: {error}") from error
        manifest: dict[str, tuple[int, object]] = {}
        for path, content in contents.items():
            known = self._marks.get(path)
            same = known[1] if known and known[0] == sources.get(path) else []
            manifest[path] = (modes[path], same if isinstance(content, Path) else hashlib.sha256(content).hexdigest())
        stale = f"{self._oversight.ground.root}/pycache{self.places.repo}"
        text = json.dumps(manifest) + "\n"
        said = self._oversight.own("fill", self.places.repo, stale, given=text)[1]
        lacking: list[str] = json.loads(said)
        marks = self._write(self.places.repo, {path: contents[path] for path in lacking}, modes)
        self._marks |= {path: (sources[path], marks[path]) for path in lacking if path in sources}

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        given = {safe_path(path): data for path, data in files.items()}
        self._write(self.places.scratch, given, {path: freight.mode(data) for path, data in given.items()})

    def _write(self, root: str, files: Mapping[str, bytes | Path], modes: Mapping[str, int]) -> dict[str, list[int]]:
        if not files:
            return {}
        with tempfile.TemporaryFile() as parcel:
            freight.pack(parcel, files, modes)
            sent = self._oversight.send(parcel)
        found: dict[str, list[int]] = json.loads(self._oversight.own("write", root, file=sent)[1])
        return found

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command in the workspace; in install mode, what it prints is rid of credentials."""
        self._open()
        if not command.argv or any("\0" in word for word in command.argv):
            raise SandboxError(f"{command.argv!r} is no command")
        self._need_tools(command)
        if self._network == "none":
            return self._run(command, on_output)
        return redacted(partial(self._run, command), self._redact, on_output)

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes; None for what is missing, is a link, leaves, or has over 256 MiB."""
        self._open()
        roots = {place: place for place in (self.places.repo, self.places.scratch)}
        if self._key:
            roots[self.places.environment] = self._environment_place(self._key)
        for shown, root in roots.items():
            if path.startswith(f"{shown}/"):
                try:
                    code, data = self._oversight.own("read", root, safe_path(path[len(shown) + 1 :]))
                except InputError:
                    return None
                return None if code == inside.NONE else data
        return None

    def set_network(self, mode: Network) -> None:
        """Switch between `install` and `none` for the commands to come."""
        self._open()
        self._network = mode
        self._internet.set(self._installing if mode == "install" or not self._by_service else "none")
        if mode == "install":
            self._need_settings()

    def choose_environment(self, key: str) -> bool:
        """Choose an environment of this session; True if it was sealed, otherwise an empty folder waits."""
        self._open()
        if not KEY.fullmatch(key):
            raise SandboxError(f"{key!r} is no key of an environment", "It takes 8 to 128 hex digits.")
        place, link = self._environment_place(key), self.places.environment
        line = f"ln -sfn {place} {link}"
        if key not in self._sealed:
            line = f"rm -rf {place} && mkdir -p {place} && {line}"
        self._oversight.shell(line)
        self._key, self._tainted = key, False
        if key not in self._sealed:
            self._oversight.hand(place, SPARE)
        return key in self._sealed

    def seal_environment(self) -> None:
        """Take the environment for complete: nobody writes in it any more."""
        self._open()
        if not self._key:
            raise SandboxError("no environment was chosen, so none can be sealed")
        if self._key in self._sealed:
            return
        if self.get(f"{self.places.environment}/pyvenv.cfg") is None:
            raise SandboxError("the environment to be sealed was never made")
        self._oversight.hand(self._environment_place(self._key), 0)
        self._sealed.add(self._key)

    def pause(self) -> None:
        """Put the sandbox to sleep, where it costs nothing; the next use wakes it."""
        self._open()
        self._oversight.machine.pause()

    def close(self) -> None:
        """Kill the sandbox."""
        if not self._closed:
            self._closed = True
            if self._machine is not None:
                self._machine.kill()
            self._lease.close()

    def _open(self) -> None:
        if self._closed:
            raise SandboxError("the sandbox is closed")

    def _environment_place(self, key: str) -> str:
        return f"{self._oversight.ground.root}/environments/{key}"

    def _run(self, command: Command, on_output: OnOutput | None) -> ExecResult:
        ground, installs = self._oversight.ground, self._network == "install"
        trusted = installs and self._trust().has(command)
        if trusted and "venv" in command.argv and self._tainted:
            self.choose_environment(self._key)
        building = installs and self._key not in self._sealed and bool(self._key)
        if building and not trusted and not self._tainted:
            self._oversight.hand(self._environment_place(self._key), ground.uid)
        if building and "venv" not in command.argv and "compile" not in command.argv:
            self._tainted = True
        env = self._variables(command, trusted)
        who, hosts = SPARE if trusted else ground.uid, self._hosts if installs else ""
        order = Order(command, env, self.places.repo, who, installs or command.network, hosts)
        with self._internet.opened(command.network and not installs):
            return self._oversight.run(order, on_output)

    def _trust(self) -> Trust:
        own = set() if self._tainted or self._key in self._sealed else {f"{self.places.environment}/bin/python"}
        pythons = frozenset({str(self.python.executable), *own})
        return Trust(f"{self.places.tools}/bin/uv", self.places.environment, pythons, self.get)

    def _variables(self, command: Command, trusted: bool) -> dict[str, str]:
        root = self._oversight.ground.root
        first = [str(self.python.executable.parent)] if trusted else [
            f"{self.places.environment}/bin", str(self.python.executable.parent)
        ]  # fmt: skip
        environment = {
            "PATH": ":".join([*first, PATH]),
            "HOME": f"{root}/home",
            "USER": "user",
            "LOGNAME": "user",
            "LANG": "C.UTF-8",
            "TMPDIR": "/tmp" if self._oversight.ground.isolated else f"{root}/tmp",
        }
        if not command.argv[0].startswith(f"{self.places.tools}/"):
            environment["PYTHONPYCACHEPREFIX"] = f"{root}/pycache"
        constraints = ""
        if self._network == "install":
            index = self._index if trusted else self._index.without_credentials()
            environment |= outfit.uv_environment(index, root, self.python)
            environment |= {"UV_CACHE_DIR": f"{root}/{'store' if trusted else 'uv'}"}
            environment |= {"UV_NO_BUILD": "1"} if trusted else {}
            constraints = environment["UV_CONSTRAINT"]
        environment |= command.env
        if command.env.get("UV_CONSTRAINT") == "":
            environment["UV_CONSTRAINT"] = constraints
        return environment

    def _need_settings(self) -> None:
        if not self._has_settings:
            outfit.send_settings(self._oversight, self._index)
            self._has_settings = True

    def _need_tools(self, command: Command) -> None:
        """Install the tools when they are first named: a template brings none."""
        tools = f"{self.places.tools}/"
        with self._lock:
            if self._has_tools or not any(tools in word for word in (*command.argv, *command.env.values())):
                return
            self._internet.set(self._installing)
            self._need_settings()
            self._oversight.shell(f"mkdir -p {tools}")
            self._oversight.hand(tools, SPARE)
            root = self._oversight.ground.root
            env = {"PATH": PATH, "HOME": f"{root}/home", "LANG": "C.UTF-8", "UV_CACHE_DIR": f"{root}/store"}
            env |= outfit.uv_environment(self._index, root, self._tool_python) | {"UV_CONSTRAINT": ""}

            def run(one: Command) -> ExecResult:
                return self._oversight.run(Order(one, env, root, SPARE, True, self._hosts))

            outfit.install_tools(run, self.places.tools, self._index, self._tool_python)
            self._oversight.hand(tools, 0)
            self.set_network(self._network)
            self._has_tools = True


def e2b_facts(options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return facts after creating a sandbox, running one command, and killing it; raises SandboxError."""
    sandbox = E2BSandbox(options, environ)
    try:
        lacking = sorted({"network", "processes", "kill_tree", "unprivileged"} - sandbox.features)
        facts = [f"a sandbox was created and killed again: Python {sandbox.python.version}"]
        return facts + [f"warning: {word} is not enforced in this template" for word in lacking]
    finally:
        sandbox.close()
