"""The seam to where generated code runs: commands in, results out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from p2c.errors import SandboxError
from p2c.repo import Repo

Network = Literal["none", "install"]
Feature = Literal["network", "memory", "processes", "disk", "files", "kill_tree", "unprivileged", "index_only"]
"""`network`: programs have none unless it is given to them. `memory`, `processes`, `disk`: limits on all that a command
starts, together. `files`: nothing of this machine's files but programs and libraries is there. `kill_tree`: whatever a
command starts ends with it. `unprivileged`: no capabilities, no way to others' processes. `index_only`: while
packages are installed, their code reaches the package indexes, what a person named besides, and nothing else. Each is
attacked by a test.
"""
OnOutput = Callable[[Literal["stdout", "stderr"], str], None]

MAX_OUTPUT = 1_000_000
"""Characters kept of each stream: the first and the last half of it."""


@dataclass(frozen=True)
class Command:
    """What to run, from the repository's root; seconds until it and all it started are killed.

    `network` opens the network for this command alone: whoever sets it has to have a person's consent.
    """

    argv: tuple[str, ...]
    timeout: float
    env: Mapping[str, str] = field(default_factory=dict)
    network: bool = False

    def check(self) -> None:
        """Raise SandboxError for what no system can run."""
        if not self.argv or any("\0" in word for word in self.argv):
            raise SandboxError(f"{self.argv!r} is no command")


@dataclass(frozen=True)
class ExecResult:
    """How a command ended. `exit_code` is None where it was killed for time or memory."""

    command: Command
    exit_code: int | None
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    timed_out: bool = False
    oom_killed: bool = False
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """It ended by itself, with 0."""
        return self.exit_code == 0


@dataclass(frozen=True)
class Places:
    """Absolute paths as a program inside the sandbox sees them.

    `repo` is the repository (the working directory of every command, writable); `environment` is a uv
    environment (`<environment>/bin/python`), read-only unless the network is `install`; `tools` holds
    trusted programs, read-only: `<tools>/bin/{uv,ruff,mypy,python}`, where that python is an environment
    of p2c's own, and `<tools>/pytest`, a folder that can be appended to the path of any Python to have pytest.
    `scratch` is writable and outlives `put`, for what commands leave that is not the repository's.
    """

    repo: str
    environment: str
    tools: str
    scratch: str


class Sandbox(Protocol):
    """Where commands run. A failing program is an ExecResult, a failing sandbox a SandboxError."""

    backend: str
    features: frozenset[Feature]
    """What is really enforced here; what is missing is declared, never silently ignored."""
    places: Places

    def put(self, repo: Repo) -> None:
        """Make the workspace hold exactly this repository: what else lay there is gone.

        Raises InputError for one that is larger than the limit on disk (`assets.check_size`).
        """
        ...

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files under `places.scratch` (paths relative to it)."""
        ...

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Run a command without a shell; afterwards nothing that it started is left."""
        ...

    def get(self, path: str) -> bytes | None:
        """Return a regular file's bytes (absolute path inside), or None; links that leave are None."""
        ...

    def set_network(self, mode: Network) -> None:
        """`install`: package index reachable, uv's cache and the chosen environment writable. `none`: neither.

        `Command.network` is another matter: that one command has the network, and may write no more than under `none`.
        """
        ...

    def choose_environment(self, key: str) -> bool:
        """Mount the environment of this key (hex) at `places.environment`; True if it was sealed before."""
        ...

    def seal_environment(self) -> None:
        """The chosen environment is complete: keep it, read-only, for those who ask for its key.

        For everyone, if no code of packages ran in its making; otherwise for this session, and beyond it at most for
        this very repository (`ownership.py`).
        """
        ...

    def close(self) -> None:
        """Leave nothing behind; idempotent, never raises."""
        ...
