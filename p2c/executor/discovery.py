"""What to run where nobody said it: a contract from the files, or from what the repository shows of itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from p2c.contract import RunContract, read_contract
from p2c.errors import InputError
from p2c.executor import layout, syntax
from p2c.executor.commands import console_scripts, prepare
from p2c.repo import Repo

_FENCE = re.compile(r"^(?:```|~~~)[^\n]*\n(.*?)^(?:```|~~~)", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^|\n\n)((?:(?:    |\t)[^\n]+\n?)+)")
_INLINE = re.compile(r"`((?:\w+=\S+ )*(?:python3?|bash|sh) [^`\n]+)`")
_START = re.compile(r"^(?:\w+=\S+\s+)*(?:(?:uv|poetry) run\s+)?(?:python3?|bash|sh|\./)\s*\S")
_ASIDE = re.compile(
    r"\bsetup\.py\b|-m (?:pip|venv|virtualenv|pytest|ensurepip|http\.server|ipykernel|spacy|nltk)\b|\bpytest\b"
    r"|<[^>]+>|\.\.\.|/path/|your[_-]|\bPATH_TO\b|\[[A-Z-]"
)
_SMALL = re.compile(r"smoke|quick|toy|debug|demo|tiny|mini\b|test", re.IGNORECASE)
_NAMES = ("main", "run", "train", "demo", "experiment", "app", "reproduce", "run_experiment", "__main__")


def discover(repo: Repo, given: tuple[str, ...] = ()) -> RunContract:
    """Return the run contract; `origin` says where it comes from, and `given` commands replace its smoke commands.

    Without p2c.toml or [tool.p2c]: the README's commands, then console scripts, then files that start something.
    Raises InputError for a contract that cannot be read.
    """
    contract = _written(repo) or RunContract(origin="nothing")
    if given:
        for line in given:
            prepare(line, repo, "--run")
        return replace(contract, smoke=given, origin="--run")
    if contract.smoke:
        return contract
    smoke, origin = _found(repo)
    return replace(contract, smoke=smoke, origin=origin)


def _written(repo: Repo) -> RunContract | None:
    text = repo.files.get("p2c.toml")
    if text is not None:
        return read_contract(text)
    text = repo.files.get("pyproject.toml", "")
    try:
        table = tomllib.loads(text).get("tool", {}).get("p2c")
    except tomllib.TOMLDecodeError:
        return None
    return read_contract(text, "pyproject.toml [tool.p2c]") if table else None


def _found(repo: Repo) -> tuple[tuple[str, ...], str]:
    for path in ("README.md", "README.rst", "README.txt", "README", "readme.md"):
        lines = [line for line in _commands(repo.files.get(path, "")) if _can_start(line, repo)]
        if lines:
            best = next((line for line in lines if _SMALL.search(line)), lines[0])
            return (best,), f"{path}: `{best}`"
    names = sorted(console_scripts(repo))
    if len(names) == 1:
        return (names[0],), f"the console script {names[0]!r}"
    starts = sorted(_starts(repo), key=_rank)
    if starts:
        return (starts[0],), f"entry point: `{starts[0]}`"
    if names:
        return tuple(f"{name} --help" for name in names), "console scripts, of which only the help is shown"
    return (), "nothing: no p2c.toml, no command in a README, no entry point"


def _commands(text: str) -> Iterator[str]:
    blocks = _FENCE.findall(text) + _INDENTED.findall(_FENCE.sub("\n", text))
    for block in blocks:
        for row in re.sub(r"\\\n\s*", "", block).split("\n"):
            line = re.sub(r"\s+#.*$", "", row.strip().removeprefix("$ ").removeprefix("> ")).strip()
            if _START.match(line):
                yield line
    yield from (line for line in _INLINE.findall(text) if _START.match(line))


def _can_start(line: str, repo: Repo) -> bool:
    if _ASIDE.search(line):
        return False
    try:
        one = prepare(line, repo, "README")
    except InputError:
        return False
    if one.mode == "script":
        return str(PurePosixPath(one.target)) in repo.files
    if one.mode == "module":
        return _is_module(one.target, repo)
    return one.mode == "plain" and any(word.removeprefix("./") in repo.files for word in one.argv)


def _is_module(name: str, repo: Repo) -> bool:
    path = name.replace(".", "/")
    roots = ("", "src/")
    return any(f"{root}{path}{end}" in repo.files for root in roots for end in (".py", "/__main__.py"))


def _starts(repo: Repo) -> Iterator[str]:
    for path in repo.python_files():
        if layout.is_test(path) or PurePosixPath(path).name in layout.NOT_MODULES:
            continue
        folder = str(PurePosixPath(path).parent)
        if PurePosixPath(path).name == "__main__.py":
            yield (
                f"python -m {folder.replace('/', '.').removeprefix('src.')}" if folder != "." else "python __main__.py"
            )
            continue
        tree = syntax.parse(repo.files[path])
        named = PurePosixPath(path).stem in _NAMES
        guarded = syntax.is_guarded(tree) if tree else "__main__" in repo.files[path]
        if named or guarded:
            inside = f"{folder}/__init__.py" in repo.files and _is_relative(repo.files[path])
            module = path.removesuffix(".py").replace("/", ".").removeprefix("src.")
            yield f"python -m {module}" if inside else f"python {path}"


def _is_relative(text: str) -> bool:
    return any(item.level for item in syntax.imports(text))


def _rank(line: str) -> tuple[int, int, str]:
    stem = PurePosixPath(line.split()[-1].replace(".", "/") if " -m " in line else line.split()[-1]).stem
    return (_NAMES.index(stem) if stem in _NAMES else len(_NAMES), line.count("/") + line.count("."), line)
