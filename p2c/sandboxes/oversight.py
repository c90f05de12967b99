"""The near side of `overseer.py`: orders for a machine at E2B, and what came of them."""

from __future__ import annotations

import base64
import contextlib
import json
import shlex
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from p2c.errors import SandboxError
from p2c.sandboxes import inside
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.e2b import Machine
from p2c.sandboxes.options import Limits
from p2c.sandboxes.output import Stream
from p2c.sandboxes.pythons import Interpreter

FILES = ("cordon.py", "founding.py", "inside.py", "overseer.py")
ABOUT = "import os, json; print(json.dumps([os.getuid(), os.getgid(), os.path.expanduser('~')]))"
SPARE = 61002
"""Whose the store is: neither root, nor the program's user."""
NOBODY = 61001
"""Who programs run as where the template's own user is root."""
PATIENCE = 300.0
SLACK = 60.0
"""Seconds after a command's own that the connection waits: the overseer ends it, and sends what it printed last."""
LONGEST = 100_000
"""Characters of an order that pass as a variable; the kernel takes 128 KiB."""
RESERVE = 1 << 26
PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Ground:
    """What a machine said of itself: `uid` and `gid` are the program's; `isolated`: namespaces can be had.

    `memory` and `free` (on disk) are bytes; without `is_root` everything runs as one user.
    """

    root: str
    uid: int
    gid: int
    is_root: bool
    isolated: bool
    memory: int
    free: int


@dataclass(frozen=True)
class Order:
    """A command with who runs it, in which folder, with exactly which variables; `hosts` is a hosts file for it."""

    command: Command
    env: Mapping[str, str]
    directory: str
    uid: int
    network: bool = False
    hosts: str = ""


class Oversight:
    """Commands on one machine, each under an overseer. SandboxError where the machine, not the command, fails."""

    def __init__(self, machine: Machine, limits: Limits) -> None:
        self.machine = machine
        self._limits = limits
        uid, gid, home = json.loads(self._shell(f"python3 -I -S -c {shlex.quote(ABOUT)}", None))
        uid, gid = (uid, gid) if uid else (NOBODY, NOBODY)
        root = f"{home.rpartition('/')[0]}/p2c"
        machine.write({f"{root}/bin/{name}": files(__package__).joinpath(name).read_bytes() for name in FILES})
        python = f"exec python3 -I -S {shlex.quote(root)}/bin"
        self._overseer, self._founding = f"{python}/overseer.py", f"{python}/founding.py"
        said = self._shell(f"{self._founding} prepare {shlex.quote(root)} {uid} {gid} {SPARE}", "root")
        about = json.loads(said)
        self.ground = Ground(root, uid, gid, about["root"], about["isolated"], int(about["memory"]), int(about["free"]))
        self.pythons = [Interpreter(Path(one[0]), one[1], Path(one[2])) for one in about["pythons"]]
        """Those on the path of the machine's root."""

    def run(self, order: Order, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command to its end, or to that of its time."""
        heard = _Heard(_mark(), on_output)
        started = time.monotonic()
        terms = self._terms(order, heard.mark)
        about = self._oversee(terms, order.command.timeout, heard)
        about["note"] = {
            "memory": f"more than {terms['memory']} bytes of memory",
            "disk": f"more than {self._limits.disk} bytes on disk, or no room on it",
        }.get(about["stopped"], "")
        heard.out.skip(about["dropped"][0])
        heard.err.skip(about["dropped"][1])
        return _result(order.command, heard, about, time.monotonic() - started)

    def own(self, *words: str, given: str | None = None, file: str = "") -> tuple[int, bytes]:
        """Run a verb of `inside.py` as the program's user; its stdin is a text, or a file inside, then gone."""
        ground = self.ground
        argv = ("python3", "-I", "-S", f"{ground.root}/bin/inside.py", *words)
        order = Order(Command(argv, PATIENCE), {"PATH": PATH}, "/", ground.uid)
        heard = _Heard(_mark(), None, keep=True)
        terms = self._terms(order, heard.mark)
        terms |= {"encode": True, "input": given, "input_file": file, "isolated": False, "fresh": {}, "floor": 0}
        about = self._oversee(terms | {"memory": ground.memory}, PATIENCE, heard)
        code = about["code"] if not about["stopped"] else -1
        if code not in (0, inside.NONE):
            said = heard.err.text().strip()[-1000:]
            hint = "The sandbox's disk is full." if "No space left" in said else ""
            raise SandboxError(f"{words[0]!r} failed in the sandbox at E2B ({code}): {said}", hint)
        return code, base64.b64decode("".join(heard.kept))

    def hand(self, place: str, uid: int) -> None:
        """Make somebody the owner of a tree, whom alone it can be written by (0: nobody any more)."""
        if self.ground.is_root:
            self._shell(f"{self._founding} hand {shlex.quote(place)} {uid} {uid}", "root")

    def send(self, data: Any) -> str:
        """Write bytes, or what is in an open file, into a file that everybody can read; return its path."""
        path = f"{self.ground.root}/etc/{uuid.uuid4().hex}"
        self.machine.write({path: data})
        return path

    def shell(self, line: str) -> str:
        """Run a line of p2c's own as root; return what it printed."""
        return self._shell(line, "root")

    def _shell(self, line: str, user: str | None) -> str:
        parts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        code = self.machine.run(line, user, PATIENCE).follow(lambda name, text: parts[name].append(text))
        if code != 0:
            said = "".join(parts["stderr"]).strip()[-1000:]
            hint = "The template has to have Python 3.8 or later as `python3`." if "python3" in said else ""
            raise SandboxError(f"the sandbox at E2B could not be set up ({code}): {said}", hint)
        return "".join(parts["stdout"])

    def _terms(self, order: Order, mark: str) -> dict[str, Any]:
        ground, limits = self.ground, self._limits
        fresh, run = {}, f"{ground.root}/runs/{uuid.uuid4().hex[:12]}"
        if ground.isolated:
            fresh = {f"{ground.root}/home": f"{run}/home", "/tmp": f"{run}/tmp"}
        return {
            "argv": order.command.argv,
            "env": dict(order.env),
            "directory": order.directory,
            "timeout": order.command.timeout,
            "uid": order.uid if ground.is_root else None,
            "gid": ground.gid if order.uid == ground.uid else order.uid,
            "isolated": ground.isolated,
            "network": order.network,
            "hosts": order.hosts,
            "fresh": fresh,
            # A program may have closed its own folders, or, where it is not kept apart, removed them.
            "opened": [f"{ground.root}/repo", f"{ground.root}/scratch"],
            "memory": min(limits.memory, ground.memory * 9 // 10),
            "floor": max(RESERVE, ground.free - limits.disk),
            "processes": limits.processes,
            "file_size": limits.file_size,
            "open_files": limits.open_files,
            "cpu": limits.cpu_seconds,
            "encode": False,
            "input": None,
            "input_file": "",
            "mark": mark,
        }

    def _oversee(self, terms: Mapping[str, Any], timeout: float, heard: _Heard) -> dict[str, Any]:
        text = json.dumps(terms)
        if len(text) > LONGEST:
            text = f"@{self.send(text.encode())}"
        job = self.machine.run(f"{self._overseer} run", "root", timeout + SLACK, text)
        try:
            code = job.follow(heard.take)
        except BaseException:
            job.leave()
            with contextlib.suppress(Exception):
                self._shell(f"{self._overseer} stop {job.process}", "root")
            raise
        about = heard.about()
        if code != 0 or about is None:
            raise SandboxError(f"a command at E2B ended without its overseer ({code}): {heard.err.text()[-500:]}")
        if about["left"]:
            raise SandboxError(f"{about['left']} processes at E2B could not be ended")
        return about


class _Heard:
    """What a command prints; the overseer's own last words, after `mark`, are kept apart."""

    def __init__(self, mark: str, on_output: OnOutput | None, keep: bool = False) -> None:
        self.mark = mark
        self.out, self.err = Stream(), Stream()
        self.kept: list[str] = []
        self._on_output = on_output
        self._keep = keep
        self._held = ""

    def take(self, name: Literal["stdout", "stderr"], text: str) -> None:
        """Take what came on a stream."""
        if name == "stderr":
            text = self._before_mark(text)
        elif self._keep:
            self.kept.append(text)
            return
        if text:
            (self.out if name == "stdout" else self.err).feed(text.encode())
            if self._on_output is not None:
                self._on_output(name, text)

    def _before_mark(self, text: str) -> str:
        held = self._held + text
        place = held.find(self.mark)
        if place < 0:
            place = len(held) - next(n for n in range(len(self.mark) - 1, -1, -1) if held.endswith(self.mark[:n]))
        self._held = held[place:]
        return held[:place]

    def about(self) -> dict[str, Any] | None:
        """Return the overseer's last words, None where it had none."""
        if not self._held.startswith(self.mark):
            return None
        found: dict[str, Any] = json.loads(self._held[len(self.mark) :])
        return found


NOTES = {"disk": "killed: too many bytes on disk", "memory": "killed: out of memory"}


def _result(command: Command, heard: _Heard, about: Mapping[str, Any], seconds: float) -> ExecResult:
    stderr = heard.err.text()
    if about["note"]:
        stderr += ("\n" if stderr and not stderr.endswith("\n") else "") + f"[p2c: killed: {about['note']}]\n"
    return ExecResult(
        command=command,
        exit_code=None if about["stopped"] else about["code"],
        stdout=heard.out.text(),
        stderr=stderr,
        seconds=seconds,
        timed_out=about["stopped"] == "time",
        oom_killed=about["stopped"] == "memory",
        truncated=heard.out.truncated or heard.err.truncated,
    )


def _mark() -> str:
    return f"\0p2c {uuid.uuid4().hex}\0"
