"""A machine at E2B as a sandbox: generated code runs far from here, without a network, its environment read-only."""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import get_args
from urllib.parse import urlsplit

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import session_locks
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places
from p2c.sandboxes.e2b.client import MachineSpec, RemoteMachine, connection, sweep
from p2c.sandboxes.e2b.network import HOSTS, MachineNetwork
from p2c.sandboxes.e2b.supervisor_client import SupervisedCommand, SupervisorClient
from p2c.sandboxes.e2b.upload import FileData, Marks, Uploads, file_data, stream
from p2c.sandboxes.environments.cache import checked_key, default_root
from p2c.sandboxes.environments.index_proxy import IndexProxy
from p2c.sandboxes.environments.index_settings import PROXIES, IndexSettings, read_index
from p2c.sandboxes.environments.interpreters import choose_inside
from p2c.sandboxes.environments.tools import TIMEOUT, install, uv_by_pip
from p2c.sandboxes.environments.trusted_commands import TrustPolicy
from p2c.sandboxes.environments.uv_settings import Variables, settings_files
from p2c.sandboxes.in_sandbox import _p2c_files
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.output_capture import redacted
from p2c.sandboxes.safe_files import locate

PATH = "/usr/local/bin:/usr/bin:/bin"
ADDRESSES = (("UV_FIND_LINKS", ","), ("UV_INDEX", " "), ("UV_DEFAULT_INDEX", " "))
ONLY_HERE = frozenset((*PROXIES, *map(str.lower, PROXIES)))


class E2BSandbox:
    """A `Sandbox` at E2B; opening it creates one, and kills those that a killed p2c of this machine has left.

    Everything is below one folder there, of which the program's user owns the repository and scratch. Environments,
    uv's cache and the tools last as long as the sandbox, and are not that user's. uv runs as a user of its own as
    long as no package's code does (`trusted_commands.py`); for everything else that installs, the environment is
    handed to the program's user, with another cache. What is not kept by owners is kept by E2B: the machine is the
    sandbox. Raises SandboxError where E2B cannot be had, IndexUnavailableError for the tools, which come when first
    used.
    """

    backend = "e2b"

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        environ = os.environ if environ is None else environ
        reached = connection(environ)
        self._closed = False
        self._network: Network = "none"
        self._key, self._sealed, self._tainted, self._owner = "", set[str](), False, 0
        self._uploads = Uploads(options.limits)
        self._lock = threading.Lock()
        self._has_tools = False
        self._machine: RemoteMachine | None = None
        root = (options.cache or default_root(0 if os.geteuid() == 0 else None)) / "e2b"
        self._lease = session_locks.SessionLease(root)
        try:
            session_locks.sweep(root)
            sweep({session_locks.MACHINE: self._lease.labels[session_locks.MACHINE]}, reached)
            machine = RemoteMachine(MachineSpec(options.template, options.life, self._lease.labels), reached)
            self._machine = machine
            self._supervisor = SupervisorClient(machine, options.limits)
            facts = self._supervisor.facts
            hint = "Choose a template that has it with --template."
            pythons = choose_inside(self._supervisor.pythons, options.python, "the template at E2B", hint)
            self.python, self._tool_python = pythons
            index = read_index(options.environ(environ), options.constraints, self.python.minor)
            self._redact = index.redact
            self.places = Places(*(f"{facts.root}/{name}" for name in ("repo", "environment", "tools", "scratch")))
            self._equip(from_afar(index), options.allow_hosts)
        except BaseException:
            self.close()
            raise

    def _equip(self, index: IndexSettings, allow_hosts: Iterable[str]) -> None:
        facts, machine = self._supervisor.facts, self._supervisor.machine
        machine.write({f"{facts.root}/etc/{name}": data for name, data in settings_files(index).items()})
        hosts = self._supervisor.shell(f"cat {HOSTS}")
        self._internet = MachineNetwork(machine, IndexProxy(index, allow_hosts), hosts)
        self._variables = Variables(
            index,
            self.python,
            self.places,
            path=PATH,
            home=f"{facts.root}/home",
            settings=f"{facts.root}/etc",
            caches=(f"{facts.root}/store/uv", f"{facts.root}/home/uv"),
            pycache=f"{facts.root}/pycache",
            temporary=f"{facts.root}/tmp",
            links=False,
            proxied=False,
        )
        # What programs can write is not where trusted commands look for settings, or put what they unpack.
        store = f"{facts.root}/store"
        self._trusted_variables = replace(self._variables, home=store, temporary=store)
        self.features: frozenset[Feature] = self._enforced()

    def _enforced(self) -> frozenset[Feature]:
        features: set[Feature] = {"files"}
        facts = self._supervisor.facts
        if not facts.serves:
            features |= {"memory", "disk"}
        if facts.is_root and not facts.serves:
            features |= {"processes", "kill_tree", "unprivileged"}
        if "none" in self._internet.can:
            features.add("network")
        if "index" in self._internet.can and self._internet.has_names:
            features.add("index_only")
        return frozenset(features)

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository; only what differs is sent."""
        self._open()
        stale = f"{self._supervisor.facts.root}/pycache{self.places.repo}"

        def fill(manifest: bytes) -> bytes:
            return self._supervisor.own("fill", self.places.repo, stale, given=self._supervisor.send(manifest))[1]

        self._uploads.put(repo, fill, partial(self._write, self.places.repo))

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        self._write(self.places.scratch, file_data(files))

    def _write(self, root: str, files: list[FileData]) -> Marks:
        with tempfile.TemporaryFile() as buffer:
            buffer.writelines(stream(files))
            buffer.seek(0)
            sent = self._supervisor.send(buffer)
        marks: Marks = json.loads(self._supervisor.own("write", root, given=sent)[1])
        return marks

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command in the workspace; in install mode, what it prints is rid of credentials."""
        self._open()
        command.check()
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
        located = locate(path, roots)
        code, data = self._supervisor.own("read", *located) if located else (_p2c_files.NONE, b"")
        return None if code == _p2c_files.NONE else data

    def set_network(self, mode: Network) -> None:
        """Switch between `install` and `none` for the commands to come."""
        self._open()
        self._network = mode

    def choose_environment(self, key: str) -> bool:
        """Choose an environment of this session; True if it was sealed, otherwise an empty folder waits."""
        self._open()
        self._key = checked_key(key)
        place, root = self._environment_place(key), self._supervisor.facts.root
        line = f"ln -sfn {place} {self.places.environment}"
        if key in self._sealed:
            self._supervisor.shell(line)
            return True
        # What code of packages has left in its cache is not used to install.
        self._supervisor.shell(f"rm -rf {place} {root}/home/uv && mkdir {place} && {line}")
        self._hand_environment(self._supervisor.facts.store)
        self._tainted = False
        return False

    def seal_environment(self) -> None:
        """Take the environment for complete: nobody writes in it any more."""
        self._open()
        if not self._key:
            raise SandboxError("no environment was chosen, so none can be sealed")
        if self._key in self._sealed:
            return
        if self.get(f"{self.places.environment}/pyvenv.cfg") is None:
            raise SandboxError("the environment to be sealed was never made")
        self._hand_environment(0)
        self._sealed.add(self._key)

    def _hand_environment(self, uid: int) -> None:
        self._supervisor.hand(self._environment_place(self._key), uid)
        self._owner = uid

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
        return f"{self._supervisor.facts.root}/environments/{key}"

    def _run(self, command: Command, on_output: OnOutput | None) -> ExecResult:
        facts, installs = self._supervisor.facts, self._network == "install" and not command.network
        trusted = installs and self._is_trusted(command)
        if trusted and "venv" in command.argv and self._tainted:
            self.choose_environment(self._key)
        if installs and self._key and self._key not in self._sealed:
            if not trusted and self._owner != facts.uid:
                self._hand_environment(facts.uid)
            self._tainted |= not trusted or not {"venv", "compile"}.intersection(command.argv)
        variables = self._trusted_variables if trusted else self._variables
        env = variables.of(command, installs, trusted)
        order = SupervisedCommand(command, env, self.places.repo, facts.store if trusted else facts.uid)
        with self._internet.reaching("open" if command.network else "index" if installs else "none"):
            return self._supervisor.run(order, on_output)

    def _is_trusted(self, command: Command) -> bool:
        def is_pristine() -> bool:
            return bool(self._key) and self._key not in self._sealed and not self._tainted

        uv, python = f"{self.places.tools}/bin/uv", frozenset({str(self.python.executable)})
        trust = TrustPolicy(uv, self.places.environment, python, self.get, is_pristine)
        return trust.lists(command, self.places.repo) is not None

    def _need_tools(self, command: Command) -> None:
        """Install the tools when they are first named: a template brings none."""
        tools = f"{self.places.tools}/"
        with self._lock:
            if self._has_tools or not any(tools in word for word in (*command.argv, *command.env.values())):
                return
            self._supervisor.shell(f"mkdir -p {tools}")
            self._supervisor.hand(tools, self._supervisor.facts.store)
            with self._internet.reaching("index"):
                uv = "uv"
                if self._run_own("uv", "--version"):
                    uv = uv_by_pip(self._run_own, self._tool_python, self._variables.index, f"{tools}uv")
                install(self._run_own, uv, self._tool_python, self.places.tools)
            self._supervisor.hand(tools, 0)
            self._has_tools = True

    def _run_own(self, *argv: str) -> str:
        """Run a command of p2c's own as the store's user; return what it said if it failed."""
        facts = self._supervisor.facts
        env = replace(self._trusted_variables, python=self._tool_python).of_tools()
        done = self._supervisor.run(SupervisedCommand(Command(argv, TIMEOUT), env, facts.root, facts.store))
        return "" if done.ok else self._redact(done.stderr or done.stdout).strip()[-1500:] or "it was killed"


def from_afar(index: IndexSettings) -> IndexSettings:
    """Return settings without this machine's folders and proxies: neither can be reached from E2B."""
    environment = {name: value for name, value in index.environment.items() if name not in ONLY_HERE}
    for name, separator in ADDRESSES:
        words = [word for word in environment.get(name, "").split(separator) if _is_elsewhere(word)]
        environment.pop(name, None)
        if words:
            environment[name] = separator.join(words)
    return replace(index, environment=environment, folders=(), wheels="")


def _is_elsewhere(word: str) -> bool:
    return urlsplit(re.sub(r"^[\w.-]+=", "", word)).scheme in {"http", "https"}


def e2b_facts(options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return facts after creating a sandbox, running one command, and killing it; raises SandboxError."""
    sandbox = E2BSandbox(options, environ)
    try:
        lacking = sorted({*get_args(Feature)} - sandbox.features)
        facts = [f"a sandbox was created and killed again: Python {sandbox.python.version}"]
        return facts + [f"warning: {word} is not enforced in this template" for word in lacking]
    finally:
        sandbox.close()
