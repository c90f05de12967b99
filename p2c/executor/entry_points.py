"""What to run where nobody said it: a contract from the files, or from what the repository shows of itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath

from p2c import python_source
from p2c.errors import InputError
from p2c.executor import module_layout
from p2c.executor.command_lines import console_scripts, prepare
from p2c.executor.report import ORDER
from p2c.executor.requirements import pyproject
from p2c.repo import Repo
from p2c.run_contract import RunContract, read_contract
from p2c.untrusted_text import MAX_LEGIBLE, MAX_LINE, legible

_FENCE = re.compile(r"^(?:```|~~~)[^\n]*\n(.*?)^(?:```|~~~)", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^|\n\n)((?:(?:    |\t)[^\n]+\n?)+)")
_INLINE = re.compile(r"`((?:\w+=\S+ )*(?:python3?|bash|sh) [^`\n]+)`")
_START = re.compile(r"^(?:\w+=\S+\s+)*(?:(?:uv|poetry) run\s+)?(?:python3?|bash|sh|\./)\s*\S")
_ASIDE = re.compile(
    r"\bsetup\.py\b|-m (?:pip|venv|virtualenv|pytest|ensurepip|http\.server|ipykernel|spacy|nltk)\b|\bpytest\b"
    r"|<[^>]+>|\.\.\.|/path/|your[_-]|\bPATH_TO\b|\[[A-Z-]"
)
_README = re.compile(r"readme(?:\.(?:md|rst|txt|markdown))?", re.IGNORECASE)
_SMALL = re.compile(r"smoke|quick|toy|debug|demo|tiny|mini\b|synthetic|dry[-_]?run", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:^|[\s/._])(?:(?:test|export)(?:[_-][\w-]*)?|(?:eval|predict|infer|plot|visuali[sz]e)[\w-]*"
    r"|(?:scor|sampl|generat)\w[\w-]*)(?:\.py)?(?:\s|$)"
)
"""The name of a script that works on what another one leaves: a trained model, results."""
_MOST_LINES = 200
"""Commands of a README, and console scripts, that are looked at."""
_NAMES = ("main", "run", "train", "demo", "experiment", "app", "reproduce", "run_experiment", "__main__")


def discover(repo: Repo, given: tuple[str, ...] = ()) -> RunContract:
    """Return the run contract; `origin` says where it comes from, and `given` commands replace its smoke commands.

    Without p2c.toml or [tool.p2c]: the README's commands, then console scripts, then files that start something.
    Raises InputError for a contract that cannot be read.
    """
    contract = written(repo)
    if given:
        for line in given:
            prepare(line, repo, "--run")
        return replace(contract, smoke=given, origin="--run")
    if contract.smoke:
        return contract
    smoke, origin = _found(repo)
    return replace(contract, smoke=smoke, origin=origin)


def written(repo: Repo) -> RunContract:
    """Return the contract that stands in a file, else an empty one; raises InputError for one that cannot be read."""
    return _written(repo) or RunContract(origin="nothing")


def _written(repo: Repo) -> RunContract | None:
    if "p2c.toml" in repo.assets:
        raise InputError(
            "p2c.toml is too large, or no text", "It says how the repository is run, in some dozens of lines."
        )
    text = repo.files.get("p2c.toml")
    if text is not None:
        return _known(read_contract(text))
    own = pyproject.table(repo, "tool").get("p2c")
    return _known(read_contract(repo.files[pyproject.PATH], f"{pyproject.PATH} [tool.p2c]")) if own else None


def _known(contract: RunContract) -> RunContract:
    """Refuse a gate of checks that are none: what was meant by it would not hold."""
    unknown = [name for name in contract.gate if name not in ORDER]
    if unknown:
        what = f"{contract.origin}: [check] gate names {unknown[0][:80]!r}, and there is no such check"
        raise InputError(what, f"There are: {', '.join(ORDER)}.")
    return contract


def _found(repo: Repo) -> tuple[tuple[str, ...], str]:
    names = sorted(name for name, target in console_scripts(repo).items() if _is_module(target.split(":")[0], repo))
    for path in sorted(path for path in repo.files if _README.fullmatch(path)):
        written = islice(_commands(legible(repo.files[path]), names[:_MOST_LINES]), _MOST_LINES)
        lines = [line for line in written if _can_start(line, repo)]
        if lines:
            best = min(lines, key=lambda line: _fitness(line, repo))
            return (best,), f"{path}: `{best}`"
    if len(names) == 1:
        return (names[0],), f"the console script {names[0]!r}"
    starts = sorted(_starts(repo), key=_rank)
    if starts:
        return (starts[0],), f"entry point: `{starts[0]}`"
    if names:
        return tuple(f"{name} --help" for name in names), "console scripts, of which only the help is shown"
    contract = "p2c.toml names no smoke command" if "p2c.toml" in repo.files else "no p2c.toml"
    return (), f"nothing: {contract}, no command in a README, no entry point"


def unsearched(repo: Repo) -> Iterator[tuple[str, str]]:
    """Yield (path, why) for each README of which a part is not searched for commands."""
    for path in sorted((*repo.files, *repo.assets)):
        if not _README.fullmatch(path):
            continue
        text = repo.files.get(path)
        if text is None:
            yield path, "it is not searched for commands: it is too large, or no text"
            continue
        if len(text) > MAX_LEGIBLE:
            yield path, f"only its first {MAX_LEGIBLE:,} characters are searched for commands"
        elif any(len(row) > MAX_LINE and _START.match(row.strip().removeprefix("$ ")) for row in text.split("\n")):
            yield path, f"a command in it is not looked at, for its line has more than {MAX_LINE:,} characters"
        if len(list(islice(_commands(legible(text)), _MOST_LINES + 1))) > _MOST_LINES:
            yield path, f"only the first {_MOST_LINES} of its commands are looked at"


def _fitness(line: str, repo: Repo) -> tuple[bool, bool, bool]:
    """A run that does something is better than help, the first step better than a later one, a small one better."""
    command = prepare(line, repo, "README")
    return command.only_starts, bool(_AFTER.search(command.target)), not _SMALL.search(line)


def _commands(text: str, names: Sequence[str] = ()) -> Iterator[str]:
    """Yield the command lines of a README: in blocks (a line that starts with an option goes on) and in the text."""
    blocks = _FENCE.findall(text) + _INDENTED.findall(_FENCE.sub("\n", text))
    for block in blocks:
        for row in re.sub(r"\\?\n[ \t]*(?=--?[A-Za-z])|\\\n\s*", " ", block).split("\n"):
            line = re.sub(r"(?<!\s)\s+#.*$", "", row.strip().removeprefix("$ ").removeprefix("> ")).strip()
            if _START.match(line) or line.split(" ")[0] in names:
                yield re.sub(r" {2,}", " ", line)
    yield from (line for line in _INLINE.findall(text) if _START.match(line))
    calls = "|".join(map(re.escape, names))
    yield from re.findall(rf"`\$? ?((?:{calls})(?: [^`\n]+)?)`", text) if names else ()


def _can_start(line: str, repo: Repo) -> bool:
    if _ASIDE.search(line):
        return False
    try:
        command = prepare(line, repo, "README")
    except InputError:
        return False
    if command.mode == "script":
        return str(PurePosixPath(command.target)) in repo.files
    if command.mode == "module":
        return _is_module(command.target, repo)
    if command.mode == "entry":
        return _is_module(command.target.split(":")[0], repo)
    return command.mode == "plain" and any(word.removeprefix("./") in repo.files for word in command.argv)


def _is_module(name: str, repo: Repo) -> bool:
    path = name.replace(".", "/")
    roots = ("", "src/")
    return any(f"{root}{path}{end}" in repo.files for root in roots for end in (".py", "/__main__.py"))


def _starts(repo: Repo) -> Iterator[str]:
    for path in repo.python_files():
        if module_layout.is_test(path) or PurePosixPath(path).name in module_layout.NOT_MODULES:
            continue
        folder = str(PurePosixPath(path).parent)
        if PurePosixPath(path).name == "__main__.py":
            yield (
                f"python -m {folder.replace('/', '.').removeprefix('src.')}" if folder != "." else "python __main__.py"
            )
            continue
        tree = python_source.parse(repo.files[path])
        named = PurePosixPath(path).stem in _NAMES
        guarded = python_source.is_guarded(tree) if tree else "__main__" in repo.files[path]
        if named or guarded:
            inside = f"{folder}/__init__.py" in repo.files and _is_relative(repo.files[path])
            module = path.removesuffix(".py").replace("/", ".").removeprefix("src.")
            yield f"python -m {module}" if inside else f"python {shlex.quote(_no_option(path))}"


def _no_option(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


def _is_relative(text: str) -> bool:
    return any(item.level for item in python_source.imports(text))


def _rank(line: str) -> tuple[int, int, str]:
    stem = PurePosixPath(line.split()[-1].replace(".", "/") if " -m " in line else line.split()[-1]).stem
    return (_NAMES.index(stem) if stem in _NAMES else len(_NAMES), line.count("/") + line.count("."), line)
