"""A sandbox for tests: it runs nothing, answers from a script, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Feature, Network, OnOutput, Places

Answer = ExecResult | tuple[int, str] | SandboxError
"""A result, or (exit code, stdout), or what is raised."""


class ScriptedSandbox:
    """Answers each command from a list, in order, or by a function; everything asked of it can be looked at.

    `files` is what `get` returns by absolute path; files that were added are there too. Raises AssertionError
    where the list has come to its end.
    """

    backend = "scripted"
    places = Places(repo="/workspace", environment="/environment", tools="/tools", scratch="/scratch")

    def __init__(
        self, answers: Iterable[Answer] | Callable[[Command], Answer] = (), features: frozenset[Feature] = frozenset()
    ) -> None:
        self.features = features
        self.commands: list[Command] = []
        self.networks: list[Network] = []
        """The network's mode at each command."""
        self.repos: list[Repo] = []
        self.files: dict[str, bytes] = {}
        self.environment = ""
        self.sealed: set[str] = set()
        self.closed = False
        self._network: Network = "none"
        self._answer = answers if callable(answers) else _in_order(answers)

    def put(self, repo: Repo) -> None:
        """Remember the repository."""
        self.repos.append(repo)

    def add(self, files: Mapping[str, bytes]) -> None:
        """Remember the files, for `get` too."""
        self.files |= {f"{self.places.scratch}/{path}": data for path, data in files.items()}

    def exec(self, command: Command, on_output: OnOutput | None = None) -> ExecResult:
        """Return the script's answer to this command."""
        self.commands.append(command)
        self.networks.append(self._network)
        answer = self._answer(command)
        if isinstance(answer, SandboxError):
            raise answer
        result = ExecResult(command, *answer) if isinstance(answer, tuple) else replace(answer, command=command)
        if on_output is not None:
            for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
                if text:
                    on_output("stdout" if name == "stdout" else "stderr", text)
        return result

    def get(self, path: str) -> bytes | None:
        """Return what `files` holds, or the text of the repository that was put last."""
        inside = path.removeprefix(f"{self.places.repo}/")
        if path not in self.files and inside != path and self.repos and inside in self.repos[-1].files:
            return self.repos[-1].files[inside].encode("utf-8", "surrogateescape")
        return self.files.get(path)

    def set_network(self, mode: Network) -> None:
        """Remember the mode."""
        self._network = mode

    def choose_environment(self, key: str) -> bool:
        """Remember the key; True if it was sealed."""
        self.environment = key
        return key in self.sealed

    def seal_environment(self) -> None:
        """Remember that the chosen key is sealed."""
        self.sealed.add(self.environment)

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def _in_order(answers: Iterable[Answer]) -> Callable[[Command], Answer]:
    rest = iter(answers)

    def answer(command: Command) -> Answer:
        next_answer = next(rest, None)
        assert next_answer is not None, f"the script has no answer to {command.argv}"
        return next_answer

    return answer
