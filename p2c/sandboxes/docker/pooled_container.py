"""Containers that run commands one at a time: deadline, output, limits, and nothing left of a command afterwards."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.docker.engine import Container, ExecStream
from p2c.sandboxes.docker.index_relay import IndexRelay
from p2c.sandboxes.e2b.upload import FileData, Marks, stream
from p2c.sandboxes.environments.refused_hosts import noted
from p2c.sandboxes.in_sandbox import _p2c_files
from p2c.sandboxes.running_command import Transcript, passed

TICK = 0.05
GRACE = 5.0
"""As in `process.py`."""
INTERVAL = 2.0
"""Seconds between looks at the disk."""
PATIENCE = 300.0
"""Seconds that p2c's own work with files may take."""
LIFE = 7200.0
"""Seconds that a container lives at least; p2c replaces it before its end."""
TEMPORARY = ("/tmp", "/dev/shm", "/home/p2c")
BARE = {"LANG": "C.UTF-8"}
# A shell says "not found" with 127, where the engine fails; and a folder that was made unreadable is no failure of it.
ENTER = 'cd "$1" && shift && exec "$@"'


@dataclass(frozen=True)
class ExecRequest:
    """A command as a cell runs it: who as, where, with which variables."""

    command: Command
    user: str
    env: Mapping[str, str]
    directory: str


@dataclass(eq=False)
class PooledContainer:
    """One container. `broken` tells that it cannot be trusted to be clean and has to be replaced."""

    container: Container
    memory: int
    life: float
    over: Callable[[PooledContainer], str] = lambda _: ""
    """Tells what limit, that the engine does not keep, a running command has passed."""
    relay: IndexRelay | None = None
    """Its way to the package index, where it has one."""
    links: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    born: float = field(default_factory=time.monotonic)
    _killed: int = 0
    _died: bool = False

    def own(self, user: str, *words: str, stdin: Iterable[bytes] = ()) -> tuple[int, bytes]:
        """Run a verb of `_p2c_files.py` or `_p2c_container.py`; return exit code and output, or SandboxError."""
        argv = ("python3", "-I", "-S", "-c", _source(words[0]), *words)
        running = self.container.exec(argv, user, BARE, ("/", bool(stdin)))
        try:
            running.send(stdin)
            out, err = self._listen(running)
            code = running.exit_code()
        finally:
            running.close()
        if code not in (0, _p2c_files.NONE):
            message = err.decode("utf-8", "replace").strip()[-1000:] or out.decode("utf-8", "replace").strip()[-1000:]
            hint = "The engine's disk is full." if "No space left" in message else ""
            raise SandboxError(f"{words[0]!r} failed in the container ({code}): {message}", hint)
        return code, out

    def write(self, user: str, root: str, files: Iterable[FileData], *emptied: str) -> Marks:
        """Write files under a folder, after some others were emptied; return the marks of each."""
        marks: Marks = json.loads(self.own(user, "write", root, *emptied, stdin=stream(files))[1])
        return marks

    def _listen(self, running: ExecStream) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + PATIENCE
        parts: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
        while not running.ended:
            for name, data in running.read(1.0):
                parts[name].append(data)
            if time.monotonic() > deadline:
                raise SandboxError("the container does not answer")
        return b"".join(parts["stdout"]), b"".join(parts["stderr"])

    def link(self, place: str, target: str) -> None:
        """Point a link of the container's, which no program can change, at a folder."""
        if self.links.get(place) != target:
            self.own("0:0", "link", place, target)
            self.links[place] = target

    def run(self, order: ExecRequest, on_output: OnOutput | None) -> ExecResult:
        """Run a command to its end, or to that of its time; raises SandboxError where the container fails."""
        began = time.time()
        if self.relay is not None:
            self.relay.refused.clear()
        words = ("/bin/sh", "-c", ENTER, "p2c", order.directory, *order.command.argv)
        running = self.container.exec(words, order.user, order.env, ("/", False))
        transcript = Transcript(order.command, on_output)
        followed = _RunningCommand(running, transcript, lambda: self.over(self))
        try:
            followed.follow()
            code = None if transcript.stopped else running.exit_code()
            ran_out = self._clean(order, began)
            if self._died and not ran_out and not transcript.stopped:
                raise SandboxError("the container died while a command ran in it")
            followed.drain()
        except BaseException:
            with contextlib.suppress(SandboxError):
                self._clean(order, began)
            raise
        finally:
            running.close()
            followed.wait()
        memory = self.memory if ran_out and code != 0 and not transcript.stopped else None
        return self._with_refusals(followed.result(code, memory))

    def _with_refusals(self, result: ExecResult) -> ExecResult:
        if self.relay is None:
            return result
        if not self.relay.is_open:
            self.broken = True
            if result.exit_code not in (0, None):
                raise SandboxError("the connection to the package index broke during a command")
        return replace(result, stderr=noted(result.stderr, self.relay.refused))

    def remove(self) -> None:
        """Remove it, with all that runs in it; never raises."""
        self.container.remove()
        if self.relay is not None:
            self.relay.close()

    def _clean(self, order: ExecRequest, began: float) -> bool:
        """Kill what is left and empty what is temporary; tell whether memory ran out meanwhile."""
        try:
            _, printed = self.own(order.user, "clean", ":".join(TEMPORARY))
            about = json.loads(printed)
        except (SandboxError, ValueError):
            # It may be so full of memory or processes that nothing more runs in it; the engine knows.
            self.broken = True
            self._died = not self.container.is_running()
            ran_out = self.container.ran_out_of_memory(began)
            self.remove()
            return ran_out
        ran_out = bool(about["out_of_memory"] > self._killed)
        self._killed = about["out_of_memory"]
        if about["left"] or ran_out:
            self.broken = True  # what ran out may be held still, as by a segment of shared memory
            self.remove()
        return ran_out


@dataclass
class _RunningCommand:
    """A command's connection while it runs."""

    running: ExecStream
    transcript: Transcript
    over: Callable[[], str]
    _passed: str = ""
    _look: threading.Thread | None = None
    _looked: float = field(default_factory=time.monotonic)

    def _watch(self) -> str:
        """Return what was found to be passed; looking takes time, so it is done beside the reading."""
        looked = self._look
        if looked is not None and not looked.is_alive():
            self._look = looked = None
        if looked is None and not self._passed and time.monotonic() - self._looked > INTERVAL:
            self._looked = time.monotonic()
            self._look = threading.Thread(target=self._find, daemon=True)
            self._look.start()
        return self._passed

    def _find(self) -> None:
        self._passed = self.over()

    def wait(self) -> None:
        """Return when nobody looks any more."""
        if self._look is not None:
            self._look.join(PATIENCE)

    def follow(self) -> None:
        """Read until the program's streams end, its time is over, or the disk is full."""
        while not self.transcript.stopped:
            self._read(min(TICK, self.transcript.left()))
            if self.running.ended:
                return
            self.transcript.stopped = self._watch() if self.transcript.left() else "time"

    def drain(self) -> None:
        """Read what a program that was killed had printed."""
        deadline = time.monotonic() + GRACE
        while not self.running.ended and time.monotonic() < deadline:
            with contextlib.suppress(SandboxError):  # its container is gone
                self._read(TICK)
        self.transcript.finish()

    def _read(self, wait: float) -> None:
        for name, data in self.running.read(wait):
            self.transcript.take(name, data)

    def result(self, code: int | None, memory: int | None) -> ExecResult:
        """Return how it ended; `memory` is the limit where that was passed."""
        if memory is not None:
            return self.transcript.result(code, passed(memory, "of memory"), oom_killed=True)
        return self.transcript.result(code, self._passed if self.transcript.stopped != "time" else "")


def _source(verb: str) -> str:
    name = "_p2c_files.py" if any(verb == function.__name__ for function in _p2c_files.VERBS) else "_p2c_container.py"
    return files("p2c.sandboxes.in_sandbox").joinpath(name).read_text(encoding="utf-8")
