"""The near side of `_p2c_command_supervisor.py`: orders for a machine at E2B, and what came of them."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import IO, Any, Literal

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.e2b.client import RemoteMachine
from p2c.sandboxes.in_sandbox import _p2c_files
from p2c.sandboxes.options import ResourceLimits
from p2c.sandboxes.running_command import Transcript, passed

FILES = ("_p2c_files.py", "_p2c_command_supervisor.py", "_p2c_container.py")
LOWEST, USERS = 200_000, 1 << 20
"""Among these numbers is the user of a machine's programs, by chance: whatever the template has, it is nobody's."""
PATIENCE = 300.0
"""Seconds that p2c's own work with files may take."""
SLACK = 60.0
"""Seconds after a command's own that the connection waits: the supervisor ends it, and sends what it printed last."""
LONGEST = 100_000
"""Characters of an order that pass as a variable; the kernel takes 128 KiB."""
RESERVE = 1 << 26
"""Bytes on disk that are left to the machine itself, whatever the limit is."""


@dataclass(frozen=True)
class MachineFacts:
    """What a machine said of itself: `root` is p2c's folder there, `uid` the program's user, `store` the store's.

    `memory` and `free` (on disk) are bytes; without `is_root` everything runs as one user. `serves`: something there
    runs whatever a program asks it to, with powers that are not the program's.
    """

    root: str
    uid: int
    store: int
    is_root: bool
    serves: bool
    memory: int
    free: int


@dataclass(frozen=True)
class SupervisedCommand:
    """A command with who runs it, in which folder, with exactly which variables."""

    command: Command
    env: Mapping[str, str]
    directory: str
    uid: int


class SupervisorClient:
    """Commands on one machine, each under a supervisor. SandboxError where the machine, not the command, fails."""

    def __init__(self, machine: RemoteMachine, limits: ResourceLimits) -> None:
        self.machine = machine
        self._limits = limits
        root = f"{self.shell('echo ~', None).strip().rpartition('/')[0]}/p2c"
        machine.write(
            {f"{root}/bin/{name}": files("p2c.sandboxes.in_sandbox").joinpath(name).read_bytes() for name in FILES}
        )
        self._python = f"python3 -I -S {shlex.quote(root)}/bin"
        uid = LOWEST + 2 * secrets.randbelow(USERS)
        about = json.loads(
            self.shell(f"{self._python}/_p2c_container.py make_machine {shlex.quote(root)} {uid} {uid + 1}")
        )
        self.pythons: list[list[str]] = about.pop("pythons")
        """Those on the path of the machine's root."""
        self.facts = MachineFacts(root, uid, uid + 1, **about)

    def run(self, order: SupervisedCommand, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command to its end, or to that of its time."""
        transcript = Transcript(order.command, on_output)
        output = _SupervisedOutput(transcript)
        terms = self._terms(order, output.mark)
        about = self._supervise(terms, order.command.timeout, output)
        transcript.stopped = about["stopped"]
        transcript.out.skip(about["dropped"][0])
        transcript.err.skip(about["dropped"][1])
        notes = {
            "memory": passed(terms["memory"], "of memory"),
            "disk": f"{passed(self._limits.disk, 'on disk')}, or no room on it",
        }
        return transcript.result(about["code"], notes.get(transcript.stopped, ""), transcript.stopped == "memory")

    def own(self, *words: str, given: str = "/dev/null") -> tuple[int, bytes]:
        """Run a verb of `_p2c_files.py` as the program's user; its stdin is a file inside, which is then gone."""
        facts = self.facts
        who = f"--reuid {facts.uid} --regid {facts.uid} --clear-groups --no-new-privs"
        source = shlex.quote(given)
        verb = f"{self._python}/_p2c_files.py {shlex.join(words)} < {source} | base64 -w0; code=${{PIPESTATUS[0]}}"
        away = f"; rm -f {source}" if given != "/dev/null" else ""
        line = f"cd / && {f'setpriv {who} -- ' if facts.is_root else ''}{verb}{away}; exit $code"
        code, out, err = self._shell(line, "root")
        if code not in (0, _p2c_files.NONE):
            message = err.strip()[-1000:]
            hint = "The sandbox's disk is full." if "No space left" in message else ""
            raise SandboxError(f"{words[0]!r} failed in the sandbox at E2B ({code}): {message}", hint)
        return code, base64.b64decode(out)

    def hand(self, place: str, uid: int) -> None:
        """Make somebody the owner of a tree, the only one who may write in it; no link is followed."""
        if self.facts.is_root:
            self.shell(f"chown -Rh {uid}:{uid} {shlex.quote(place)} && chmod -R a-s,a+rX,u+w,go-w {shlex.quote(place)}")

    def send(self, data: bytes | IO[bytes]) -> str:
        """Write bytes, or what is in an open file, into a file for root alone; return its path."""
        path = f"{self.facts.root}/given/{uuid.uuid4().hex}"
        self.machine.write({path: data})
        return path

    def shell(self, line: str, user: str | None = "root") -> str:
        """Run a line of p2c's own as root, or as the template's user (None); return what it printed."""
        code, out, err = self._shell(line, user)
        if code != 0:
            hint = "The template needs Python 3.8 or later as `python3`." if "python3" in err else ""
            raise SandboxError(f"the sandbox at E2B could not be set up ({code}): {err.strip()[-1000:]}", hint)
        return out

    def _shell(self, line: str, user: str | None) -> tuple[int, str, str]:
        parts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        code = self.machine.run(line, user, PATIENCE).follow(lambda name, text: parts[name].append(text))
        return code, "".join(parts["stdout"]), "".join(parts["stderr"])

    def _terms(self, order: SupervisedCommand, mark: str) -> dict[str, Any]:
        facts, limits = self.facts, self._limits
        most = {"CORE": 0, "FSIZE": limits.file_size, "NOFILE": limits.open_files}
        most |= {"CPU": limits.cpu_seconds} if limits.cpu_seconds is not None else {}
        most |= {"NPROC": limits.processes} if facts.is_root else {}
        return {
            "argv": order.command.argv,
            "env": dict(order.env),
            "directory": order.directory,
            "timeout": order.command.timeout,
            "uid": order.uid if facts.is_root else None,
            # A program may have closed its own folders, or, where it is not kept apart, removed them.
            "opened": [f"{facts.root}/repo", f"{facts.root}/scratch"],
            "memory": min(limits.memory, facts.memory * 9 // 10),
            "floor": max(RESERVE, facts.free - limits.disk),
            "limits": most,
            "mark": mark,
        }

    def _supervise(self, terms: Mapping[str, Any], timeout: float, output: _SupervisedOutput) -> dict[str, Any]:
        text = json.dumps(terms)
        if len(text) > LONGEST:
            text = f"@{self.send(text.encode())}"
        job = self.machine.run(f"exec {self._python}/_p2c_command_supervisor.py run", "root", timeout + SLACK, text)
        try:
            code = job.follow(output.take)
        except BaseException:
            job.leave()
            with contextlib.suppress(Exception):
                self.shell(f"{self._python}/_p2c_command_supervisor.py stop {job.process}")
            raise
        about = output.about()
        if code != 0 or about is None:
            message = output.transcript.err.text()[-500:]
            raise SandboxError(f"a command at E2B ended without its supervisor ({code}): {message}")
        if about["left"]:
            raise SandboxError(f"{about['left']} processes at E2B could not be ended")
        return about


class _SupervisedOutput:
    """What a command prints; the supervisor's own last words, after `mark`, are kept apart."""

    def __init__(self, transcript: Transcript) -> None:
        self.mark = f"\0p2c {uuid.uuid4().hex}\0"
        self.transcript = transcript
        self._held = ""

    def take(self, name: Literal["stdout", "stderr"], text: str) -> None:
        """Take what came on a stream."""
        if name == "stderr":
            text = self._before_mark(text)
        if text:
            self.transcript.take(name, text.encode())

    def _before_mark(self, text: str) -> str:
        tail = self._held + text
        place = tail.find(self.mark)
        if place < 0:
            place = len(tail) - next(n for n in range(len(self.mark) - 1, -1, -1) if tail.endswith(self.mark[:n]))
        self._held = tail[place:]
        return tail[:place]

    def about(self) -> dict[str, Any] | None:
        """Return the supervisor's last words, None where it had none."""
        if not self._held.startswith(self.mark):
            return None
        summary: dict[str, Any] = json.loads(self._held[len(self.mark) :])
        return summary
