"""Kill a program at given moments and tell which processes it leaves.

    python tests/sandboxes/killing.py '{"argv": [...], "delays": [...], "patience": 10, "beside": 4}'

Run as a program: it makes itself the one to whom orphans are given (instead of process 1), so that it sees all that a
killed program has started, however detached, and nothing that others on this machine have.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SUBREAPER = 36


def killed(
    argv: Sequence[str], delays: Sequence[float], env: Mapping[str, str], patience: float = 10.0, beside: int = 4
) -> list[dict[str, Any]]:
    """Start the program once for each delay, kill it then; return of each its pid, delay, end and what it has left.

    `code` is None where it was still alive. `left` are the command lines of the processes that live `patience` seconds
    later. `beside` are started at the same time.
    """
    groups = [delays[start::beside] for start in range(min(beside, len(delays)))]
    terms = [{"argv": list(argv), "delays": list(group), "patience": patience} for group in groups]

    def one(order: Mapping[str, Any]) -> list[dict[str, Any]]:
        words = [sys.executable, __file__, json.dumps(order)]
        done = subprocess.run(words, env=dict(env), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        data: list[dict[str, Any]] = json.loads(done.stdout)
        return data

    with ThreadPoolExecutor(len(terms)) as pool:
        return [end for ends in pool.map(one, terms) for end in ends]


def _one(argv: Sequence[str], delay: float, patience: float) -> dict[str, Any]:
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    code = process.poll()
    process.kill()
    process.wait()
    until = time.monotonic() + patience
    while time.monotonic() < until and _descendants():
        time.sleep(0.05)
    left = {pid: _words(pid) for pid in _descendants()}
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return {"pid": process.pid, "delay": delay, "code": code, "left": sorted(left.values())}


def _descendants() -> set[int]:
    """Return the living processes below this one; the dead ones that came to it are taken off."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(parent)
    found, ring = set[int](), {os.getpid()}
    while ring:
        ring = {pid for pid, parent in parents.items() if parent in ring}
        found |= ring
    return found


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return "?"


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    terms = json.loads(sys.argv[1])
    print(json.dumps([_one(terms["argv"], delay, terms["patience"]) for delay in terms["delays"]]))
