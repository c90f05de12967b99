"""The program git, found by an absolute path and started without the user's environment and configuration."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Timer

from p2c import host_processes
from p2c.errors import InputError, UnavailableError

TIMEOUT = 300.0
"""Seconds. The status of a repository of a million files takes some ten; a pipe where git expects a file, for ever."""

_KEPT = ("LANG", "TMPDIR")
_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}


def run_git(
    words: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: bytes = b"", exits: tuple[int, ...] = (0,)
) -> bytes:
    """Run git and return what it said on stdout.

    `env` has to name a `GIT_DIR` of p2c's own: git then looks for none, and reads no other configuration.
    Raises UnavailableError where git is missing, InputError where it ends with none of `exits` or not at all.
    """
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    argv = [_program(), "--no-pager", *words]
    pipe = subprocess.PIPE
    environment = {**kept, **_ALONE, **env}
    with host_processes.start(argv, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as git:
        # Not communicate(timeout=...): that waits for the end by looking again and again, which costs milliseconds.
        timer = Timer(TIMEOUT, git.kill)
        timer.daemon = True
        timer.start()
        try:
            output, errors = git.communicate(stdin)
        except BaseException:
            git.kill()
            raise
        finally:
            timer.cancel()
    if git.returncode == -signal.SIGKILL:
        raise InputError(f"git {words[0]} did not end within {TIMEOUT:.0f} seconds")
    if git.returncode not in exits:
        raise InputError(f"git {words[0]} failed: {errors.decode('utf-8', 'replace').strip()}")
    return output


@lru_cache(maxsize=16)
def read_config(data: bytes) -> Mapping[str, str]:
    """Parse a git configuration file, without its includes: `section.key` in lower case → the last value."""
    words = ("config", "--file", "-", "--no-includes", "--null", "--list")
    output = run_git(words, {"GIT_DIR": os.devnull}, Path("/"), stdin=data)
    entries = (entry.partition("\n") for entry in os.fsdecode(output).split("\0") if entry)
    return {key: value if sign else "true" for key, sign, value in entries}


def is_true(value: str) -> bool:
    """Whether git takes this value of a configuration file for true."""
    return value.lower() in {"true", "yes", "on"} or (value.lstrip("+-").isdecimal() and int(value) != 0)


def quoted(text: str) -> str:
    """Write a path as git reads it in quotes, in configuration files and in lists of paths."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _program() -> str:
    program = host_processes.find_program("git")
    if program is None:
        raise UnavailableError("git is not installed", "Install git: p2c stores every state as a commit.")
    return str(program)
