"""This machine under bubblewrap: system read-only, workspace and scratch writable, no home, no network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import assets, safe_files
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput
from p2c.sandboxes.disk_space import MAKE_ROOM, is_full, telling
from p2c.sandboxes.environments import interpreters
from p2c.sandboxes.environments.cache import Cache, SessionFolder, default_root, sweep
from p2c.sandboxes.environments.index_proxy import IndexProxy, check_made
from p2c.sandboxes.environments.index_settings import read_index
from p2c.sandboxes.environments.interpreters import Interpreter
from p2c.sandboxes.environments.pruning import prune_when_due
from p2c.sandboxes.environments.refused_hosts import noted
from p2c.sandboxes.environments.tools import prepare_tools
from p2c.sandboxes.local import bubblewrap, cgroups
from p2c.sandboxes.local.bubblewrap import BubblewrapSpec
from p2c.sandboxes.local.mounts import PLACES, STORE, MountPlan, SessionTools
from p2c.sandboxes.local.resource_monitor import folders_watch
from p2c.sandboxes.local.runner import BubblewrapRunner
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.output_capture import redacted
from p2c.sandboxes.process_spawning import Spawner


class LocalSandbox:
    """A `Sandbox` on this machine; opening it tries bubblewrap, finds a Python, and installs the tools once.

    In install mode, uv finds the person's index settings, the interpreter (`UV_PYTHON`), and constraints that keep
    to wheels lying in the person's own folders; `Command.env={"UV_CONSTRAINT": ""}` goes without the latter.
    Which commands see the shared cache is told in `cache.py`. Exit codes above 128 are signals.
    Raises SandboxError where something that it needs is missing, IndexUnavailableError for the tools.
    """

    backend = "local"
    places = PLACES
    features: frozenset[Feature] = frozenset(
        ("network", "memory", "processes", "disk", "files", "kill_tree", "unprivileged", "index_only")
    )

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        uid = bubblewrap.UNPRIVILEGED if os.geteuid() == 0 else None
        self.python = interpreters.choose(options.python, uid)
        tool_python = interpreters.for_tools(self.python, uid)
        self._spawner = Spawner(tool_python.executable)
        try:
            self._equip(options, environ, uid, tool_python)
        except BaseException:
            self._spawner.close()
            raise

    def _equip(
        self, options: SandboxOptions, environ: Mapping[str, str] | None, uid: int | None, tool_python: Interpreter
    ) -> None:
        index = read_index(options.environ(environ), options.constraints, self.python.minor)
        hardening = bubblewrap.try_out(uid, self._spawner)
        cache = Cache(options.cache or default_root(uid), uid)
        cache.prepare()
        sweep(cache)
        tools = prepare_tools(cache.root / "tools", tool_python, index)
        reachable = tuple(folder for folder in index.folders if interpreters.reachable(folder, uid))
        equipment = SessionTools(replace(index, folders=reachable), (self.python, tool_python), tools)
        self._redact = index.redact
        self._owner = uid
        self._limits = options.limits
        self._egress = IndexProxy(index, options.allow_hosts)
        self._starter = str(tool_python.executable)
        self._copied: safe_files.Copied = {}
        self._groups = cgroups.find(options.limits)
        self._cache = (cache.root, options.keep)
        with telling(f"the sandbox's folders in {str(cache.root)!r} could not be made"):
            self._folder = SessionFolder(cache)
            self._folder.hold_tools(tools)
            self._phases = MountPlan(cache, self._folder, equipment)
        written = [self._folder.workspace, self._folder.scratch, self._folder.pycache, self._folder.private_cache]
        disk = folders_watch(written, options.limits.disk)
        self._runner = BubblewrapRunner(self._spawner, uid, options.limits, self._groups, disk, hardening)
        self._closed = False

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository; only what differs is written.

        Raises InputError, before anything is written, where it is larger than the limit on disk.
        """
        self._open()
        assets.check_size(repo, self._limits.disk)
        with telling("the repository could not be put into the sandbox"):
            written = safe_files.fill(self._folder.workspace, repo, self._copied, self._owner)
            if written:
                # Python tells stale bytecode by size and whole seconds, and a repair can keep both.
                safe_files.remove(self._folder.pycache / PLACES.repo.lstrip("/"))
        self._phases.put(repo)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        with telling("files could not be put into the sandbox"):
            safe_files.write_all(self._folder.scratch, files, self._owner)

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command in the workspace; in install mode, what it prints is rid of credentials."""
        self._open()
        command.check()
        with telling("the sandbox could not be prepared for a command"):
            spec = self._phases.spec(command)
        if not spec.network and self._phases.network != "install":
            return self._runner.run(spec, command, PLACES.repo, on_output)
        run = partial(self._run_online if spec.network else self._run_installing, spec, command)
        result = redacted(run, self._redact, on_output)
        if not result.ok and STORE in spec.writable and is_full(result.stderr):
            raise SandboxError("packages could not be installed: the cache's disk is full", MAKE_ROOM)
        return result

    def _run_online(self, spec: BubblewrapSpec, command: Command, on_output: OnOutput | None) -> ExecResult:
        return self._runner.run(spec, command, PLACES.repo, on_output)

    def _run_installing(self, spec: BubblewrapSpec, command: Command, on_output: OnOutput | None) -> ExecResult:
        """Run a command that reaches the package indexes, and nothing else; who was refused is told in its stderr."""
        with self._egress.open(self._starter) as link:
            ready = replace(spec, before=link.before, descriptors=(link.descriptor,))
            result = self._runner.run(ready, command, PLACES.repo, on_output)
        if not (result.timed_out or result.oom_killed):
            check_made(link, result.stderr)
        return replace(result, stderr=noted(result.stderr, link.refused))

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes; None for what is missing, is a link, leaves, or has over 256 MiB."""
        self._open()
        return self._phases.read(path)

    def set_network(self, mode: Network) -> None:
        """Switch between `install` and `none` for the commands to come."""
        self._open()
        self._phases.network = mode

    def choose_environment(self, key: str) -> bool:
        """Choose the environment of a key; True if it was sealed before, otherwise an empty folder waits."""
        self._open()
        with telling("the environment could not be chosen"):
            return self._phases.choose(key)

    def seal_environment(self) -> None:
        """Keep the environment that was built, for those whose it is (`ownership.py`)."""
        self._open()
        with telling("the environment could not be kept"):
            self._phases.seal()

    def close(self) -> None:
        """Remove workspace, scratch and unsealed environments, and what the cache holds beyond its bound."""
        if not self._closed:
            self._closed = True
            self._spawner.close()
            self._folder.close()
            if self._groups:
                self._groups.close()
            prune_when_due(*self._cache)

    def _open(self) -> None:
        if self._closed:
            raise SandboxError("the sandbox is closed")
