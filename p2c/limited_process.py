"""A function of p2c's own in a process of its own, with limits: for what reads strangers' bytes and cannot be trusted.

A parser that loops, takes all memory or crashes ends that process, and is an InputError here.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from p2c import host_processes
from p2c.errors import InputError

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


@dataclass(frozen=True)
class Bounds:
    """Seconds of processor time, seconds in all, and bytes of memory."""

    processor: int = 60
    seconds: float = 240.0
    memory: int = 4_000_000_000


def call_limited(function: Callable[..., Any], what: str, *words: Any, bounds: Bounds | None = None) -> Any:
    """Return what a function of a module of p2c returns; it, and `words`, have to be what JSON can hold.

    `what` is what it reads, for people. Raises InputError: the function's own, or where it raised something else, or
    did not come to an end within its limits.
    """
    bounds = bounds or Bounds()
    asked: dict[str, Any] = {"function": f"{function.__module__}:{function.__name__}", "words": words, "what": what}
    asked |= {"folder": str(Path.cwd()), "processor": bounds.processor, "memory": bounds.memory}
    whole = host_processes.whole_environment({"MALLOC_ARENA_MAX": "2"})
    environ = {name: value for name, value in whole.items() if not _SECRET.search(name)}
    try:
        ended = host_processes.run(
            host_processes.python("-m", "p2c.limited_process"),
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=bounds.seconds,
            env=environ,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{what} can't be read: it was not finished after {bounds.seconds:g} s") from None
    return _answer(ended, what, bounds)


def _answer(ended: subprocess.CompletedProcess[bytes], what: str, bounds: Bounds) -> Any:
    try:
        reply = json.loads(ended.stdout)
    except ValueError:
        reply = None
    if isinstance(reply, dict) and "result" in reply:
        return reply["result"]
    if isinstance(reply, dict) and "error" in reply:
        raise InputError(*reply["error"])
    why = f"the process that reads it ended with {ended.returncode}"
    if -ended.returncode in (9, 24):  # SIGKILL and SIGXCPU, which the limit of processor time sends
        why = f"it takes more than {bounds.processor} s of processor time, or all memory"
    raise InputError(f"{what} can't be read: {why}")


def _serve() -> None:
    """Answer one question of `call_limited`: a JSON object on stdin, another one on stdout."""
    asked = json.load(sys.stdin)
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no answer
    module, _, name = asked["function"].partition(":")
    if not module.startswith("p2c."):
        raise ValueError(f"{module} is not a module of p2c")
    function = getattr(import_module(module), name)
    os.chdir(asked["folder"])
    for limit, value in ((resource.RLIMIT_CPU, asked["processor"]), (resource.RLIMIT_AS, asked["memory"])):
        hard = resource.getrlimit(limit)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (least, least))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(out, "w", encoding="utf-8") as stream:
        json.dump(_called(function, asked), stream)


def _called(function: Callable[..., Any], asked: dict[str, Any]) -> dict[str, Any]:
    what = asked["what"]
    try:
        return {"result": function(*asked["words"])}
    except InputError as error:
        return {"error": [error.message, error.hint]}
    except MemoryError:
        return {"error": [f"{what} can't be read: it takes more than {asked['memory'] / 1e9:g} GB of memory"]}
    except RecursionError:
        return {"error": [f"{what} can't be read: it is nested too deeply"]}
    except Exception as error:  # whatever a parser meets in bytes that were made to harm it
        return {"error": [f"{what} can't be read ({type(error).__name__}: {str(error)[:300]})"]}


if __name__ == "__main__":
    _serve()
