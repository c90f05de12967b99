"""A line of the run contract as it is run: what starts it, under the recorder wherever it is Python."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from p2c.executor.requirements import pyproject
from p2c.repo import Repo
from p2c.run_contract import RunContract, split

_SHELL = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "cd", "export", "source"})
_PYTHON = re.compile(r"^(?:\S*/)?(?:python|py)(?:3(?:\.\d+)?)?$")
_ASSIGNED = re.compile(r"^[A-Za-z_]\w*=")
_FROM_FOLDER = frozenset({"script", "module", "code"})
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


@dataclass(frozen=True)
class PreparedCommand:
    """How one line is run. `mode` is the recorder's, `pytest`, or `plain` for what is not Python.

    `flags` are for the interpreter, `target` and `arguments` for the recorder, `argv` for a plain command.
    """

    line: str
    mode: str
    target: str = ""
    arguments: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    """Where it is started, relative to the repository."""

    @property
    def script(self) -> str:
        """The file that is started, relative to the repository; '' for modules and the rest."""
        name = self.target.removeprefix("./")
        return f"{self.folder}/{name}".lstrip("/") if self.mode == "script" else ""

    @property
    def only_starts(self) -> bool:
        """It shows help or a version and does nothing else."""
        words = self.arguments or self.argv[1:]
        return bool(words) and all(word in {"--help", "-h", "--version"} for word in words)


def prepare(line: str, repo: Repo, origin: str = "") -> PreparedCommand:
    """Read one command line; raises InputError where it cannot be split."""
    words = list(split(line, origin or "p2c.toml"))
    return _in_folder(line, words, repo, origin) or _prepare(line, words, repo)


def _prepare(line: str, words: list[str], repo: Repo) -> PreparedCommand:
    env = {}
    if words[0] == "env" and words[1:] and _ASSIGNED.match(words[1]):
        words = words[1:]
    while words and _ASSIGNED.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    if not words or _SHELL.intersection(words) or _has_separator(line):
        return PreparedCommand(line, "plain", argv=("bash", "-c", line))
    if words[:2] in (["uv", "run"], ["poetry", "run"]):
        words = words[2:]
    own = words[0].removeprefix("./") in repo.files
    if _PYTHON.match(words[0]) or (own and words[0].endswith(".py")):
        return _python(line, words[0 if own else 1 :], env)
    if words[0] == "pytest":
        return PreparedCommand(line, "pytest", arguments=tuple(words[1:]), env=env)
    function = console_scripts(repo).get(words[0])
    if function:
        return PreparedCommand(line, "entry", function, tuple(words[1:]), env=env)
    shell = ["bash"] if own and words[0].endswith(".sh") else []
    words[0] = f"./{words[0]}" if own and words[0].startswith("-") else words[0]
    return PreparedCommand(line, "plain", argv=(*shell, *words), env=env)


def _has_separator(line: str) -> bool:
    """Whether a `;` outside of quotes ends a command of the line."""
    lexer = shlex.shlex(line, posix=False, punctuation_chars=";")
    lexer.whitespace_split = True
    try:
        return any(set(word) == {";"} for word in lexer)
    except ValueError:
        return False


def _in_folder(line: str, words: list[str], repo: Repo, origin: str) -> PreparedCommand | None:
    """Read `cd FOLDER && COMMAND` as a command started there, so that it is recorded; None for anything else."""
    if words[:1] != ["cd"] or words[2:3] != ["&&"] or not words[3:] or _SHELL.intersection(words[3:]) or "$" in line:
        return None
    if _has_separator(line):
        return None
    inner, folder = prepare(shlex.join(words[3:]), repo, origin), posixpath.normpath(words[1])
    if inner.mode not in _FROM_FOLDER or folder.startswith(("/", "..")):
        return None
    return replace(inner, line=line, folder="" if folder == "." else folder)


def prepared(contract: RunContract, repo: Repo) -> tuple[PreparedCommand, ...]:
    """Return all smoke commands of a contract."""
    return tuple(prepare(line, repo, contract.origin) for line in contract.smoke)


def scripts(contract: RunContract, repo: Repo) -> tuple[str, ...]:
    """Return the files that the smoke commands start."""
    return tuple(command.script for command in prepared(contract, repo) if command.script)


def console_scripts(repo: Repo) -> dict[str, str]:
    """Return the commands that the project would install: name -> `package.module:function`."""
    listed = pyproject.table(repo, "project", "scripts") or pyproject.table(repo, "tool", "poetry", "scripts")
    commands = {name: value for name, value in listed.items() if isinstance(value, str) and ":" in value}
    return {**dict(_scripts_of_setup(repo.files.get("setup.py", ""))), **commands}


@lru_cache(maxsize=16)
def _scripts_of_setup(text: str) -> tuple[tuple[str, str], ...]:
    commands = re.findall(r"""['"]\s*([\w.-]+)\s*=\s*([\w.]+:[\w.]+)\s*['"]""", text)
    return tuple(reversed(commands))  # the first of a name counts


def _python(line: str, words: list[str], env: Mapping[str, str]) -> PreparedCommand:
    flags: list[str] = []
    while words and words[0].startswith("-") and words[0] not in {"-m", "-c", "-"}:
        flags.append(words.pop(0))
        if flags[-1] in _WITH_VALUE and words:
            flags.append(words.pop(0))
    if not words or words[0] == "-":
        return PreparedCommand(line, "plain", argv=("python", *flags, *words), env=env)
    if words[0] in {"-m", "-c"} and len(words) > 1:
        if words[:2] == ["-m", "pytest"]:
            return PreparedCommand(line, "pytest", arguments=tuple(words[2:]), env=env)
        mode = "module" if words[0] == "-m" else "code"
        return PreparedCommand(line, mode, words[1], tuple(words[2:]), tuple(flags), env=env)
    return PreparedCommand(line, "script", words[0], tuple(words[1:]), tuple(flags), env=env)
