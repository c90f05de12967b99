"""No sandbox: plain processes in a temporary folder, for who asks for it by name. Nothing is kept from them."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from p2c import host_processes, locks
from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import assets, safe_files
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places
from p2c.sandboxes.environments import interpreters
from p2c.sandboxes.environments.cache import checked_key, default_root
from p2c.sandboxes.environments.index_settings import read_index
from p2c.sandboxes.environments.tools import prepare_tools
from p2c.sandboxes.environments.uv_settings import Variables, settings_files
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.process import RunningProcess
from p2c.sandboxes.process_spawning import Spawner
from p2c.sandboxes.running_command import Transcript


class UnsafeSandbox:
    """A `Sandbox` in name only: it enforces nothing but the time-out of a command's process group.

    The environment of p2c is not handed on, but everything that p2c's user may read can be read. Environments last
    as long as the session, because uv writes its path into them.
    """

    backend = "unsafe"
    features: frozenset[Feature] = frozenset()

    def __init__(self, options: SandboxOptions | None = None, environ: Mapping[str, str] | None = None) -> None:
        options = options or SandboxOptions()
        self.python = interpreters.choose(options.python, None)
        index = read_index(options.environ(environ), options.constraints, self.python.minor)
        tools = (options.cache or default_root(None)) / "tools"
        tools.mkdir(parents=True, exist_ok=True)
        tool_python = interpreters.for_tools(self.python, None)
        installed = prepare_tools(tools, tool_python, index)
        self._lock, self._root = _session_folder()
        for name in ("workspace", "scratch", "home", "environments"):
            (self._root / name).mkdir()
        safe_files.write_all(self._root, settings_files(index))
        self.places = Places(
            repo=str(self._root / "workspace"),
            environment=str(self._root / "environment"),
            tools=str(installed),
            scratch=str(self._root / "scratch"),
        )
        cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache/uv")
        self._variables = Variables(
            index,
            self.python,
            self.places,
            path=host_processes.environment().get("PATH", "/usr/bin:/bin"),
            home=str(self._root / "home"),
            settings=str(self._root),
            caches=(cache, cache),
            pycache=str(self._root / "pycache"),
            temporary=tempfile.gettempdir(),
            proxied=False,
            keeps_logins=True,
        )
        self._limits = options.limits
        self._spawner = Spawner(tool_python.executable)
        self._network: Network = "none"
        self._copied: safe_files.Copied = {}
        self._key = ""
        self._sealed: set[str] = set()

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository."""
        self._open()
        assets.check_size(repo, self._limits.disk)
        self._restore()
        try:
            if safe_files.fill(Path(self.places.repo), repo, self._copied):
                safe_files.remove(self._root / "pycache" / self.places.repo.lstrip("/"))
        except OSError as error:
            raise SandboxError(f"the repository could not be put into the folder: {error}") from error

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch`."""
        self._open()
        safe_files.write_all(Path(self.places.scratch), files)

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command; a process that has left its process group is not found again."""
        self._open()
        command.check()
        self._restore()
        variables = self._variables.of(command, self._network == "install", trusted=False)
        try:
            process = self._spawner.start(command.argv, variables, self.places.repo)
        except (FileNotFoundError, PermissionError) as error:
            return ExecResult(command, 127, stderr=f"{command.argv[0]}: {error.strerror}\n")
        except OSError as error:
            raise SandboxError(f"the command could not be started: {error}") from error
        with contextlib.closing(process):
            transcript = Transcript(command, on_output)
            RunningProcess(process, transcript, lambda: _kill_group(process.pid)).follow()
        code = process.returncode
        return transcript.result(128 - code if code is not None and code < 0 else code)

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes, or None; no link is followed."""
        self._open()
        roots = (self.places.repo, self.places.scratch, self.places.environment)
        located = safe_files.locate(path, {root: Path(root).resolve() for root in roots})
        with contextlib.suppress(OSError):
            return safe_files.read(*located) if located else None
        return None

    def set_network(self, mode: Network) -> None:
        """Only the variables for uv change: the network cannot be switched off here."""
        self._open()
        self._network = mode

    def choose_environment(self, key: str) -> bool:
        """Choose an environment of this session; True if it was sealed."""
        self._open()
        self._key = checked_key(key)
        place = self._root / "environments" / key
        if key not in self._sealed:
            safe_files.remove(place)
            place.mkdir()
        link = Path(self.places.environment)
        link.unlink(missing_ok=True)
        link.symlink_to(place)
        return key in self._sealed

    def seal_environment(self) -> None:
        """Take the environment for complete, in this session."""
        if not (Path(self.places.environment) / "pyvenv.cfg").is_file():
            raise SandboxError("the environment to be sealed was never made")
        self._sealed.add(self._key)

    def close(self) -> None:
        """Remove the folder."""
        self._spawner.close()
        with contextlib.suppress(OSError):
            safe_files.remove(self._root)
        self._lock.close()

    def _open(self) -> None:
        if not self._root.is_dir():
            raise SandboxError("the sandbox is closed")

    def _restore(self) -> None:
        """Make the workspace anew where a program has removed it, or put something else in its place."""
        place = Path(self.places.repo)
        if place.is_symlink() or not place.is_dir():
            safe_files.remove(place)
            place.mkdir()


def _session_folder() -> tuple[locks.SessionLock, Path]:
    """Return a new folder and the lock that stands beside it; those of processes that are gone are removed."""
    temporary = Path(tempfile.gettempdir())
    for left in temporary.glob("p2c-unsafe-*.lock"):
        with locks.attempt(left) as old_lock, contextlib.suppress(OSError):
            if old_lock is not None and left.is_file():
                safe_files.remove(left.with_suffix(""))
                left.unlink()
    lock = locks.SessionLock(temporary / f"p2c-unsafe-{uuid.uuid4().hex}.lock")
    root = lock.path.with_suffix("")
    root.mkdir(mode=0o700)
    return lock, root


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
