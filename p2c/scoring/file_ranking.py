"""Which files of a repository a judge should read, the most telling first: by what is started and what that imports."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from p2c.errors import InputError
from p2c.executor import notebooks
from p2c.executor.entry_points import discover
from p2c.executor.module_layout import is_test, starts
from p2c.repo import Repo
from p2c.reports.file_dependencies import Uses, uses_of_repo

VENDORED = frozenset(
    "third_party thirdparty third-party vendor vendored external extern submodules site-packages".split()
)
OTHER_CODE = (
    ".sh", ".bash", ".pyx", ".cu", ".cuh", ".cpp", ".cc", ".c", ".h", ".hpp", ".jl", ".r", ".R", ".m", ".lua", ".java",
    ".rs", ".go", ".js", ".ts", ".scala", ".swift",
)  # fmt: skip
CONFIGS = (".yaml", ".yml", ".toml", ".json", ".cfg", ".ini")
MOST_CONFIG = 20_000
"""Characters; a longer configuration file is data."""


def code_of(repo: Repo) -> dict[str, str]:
    """Return every file of code by path: Python, notebooks as the text of their code cells, other languages.

    Lines of a notebook are counted in that text. What others wrote (vendored folders) is left out.
    """
    own = {path: text for path, text in repo.files.items() if not is_vendored(path)}
    cells = {script.notebook: script.text.partition("\n")[2] for script in notebooks.scripts(Repo(own))}
    code = {path: text for path, text in own.items() if path.endswith((".py", *OTHER_CODE)) and text.strip()}
    return {**code, **cells}


def ranked(repo: Repo) -> dict[str, str]:
    """Return the files worth reading with their text, the most telling first: what is started and what it imports,
    level by level, then configuration, other code, tests, and the README last."""
    code, uses = code_of(repo), uses_of_repo(repo)
    reached = reached_from(entries(repo, code, uses), uses)
    order = [path for path in reached if path in code and not is_test(path)]
    order += [path for path, text in repo.files.items() if _is_config(path, text)]
    order += sorted(path for path in code if not is_test(path))
    order += sorted(code)
    order += [path for path in repo.files if re.fullmatch(r"readme(\.\w+)?", path, re.IGNORECASE)]
    return {path: code.get(path) or repo.files[path] for path in dict.fromkeys(order)}


def entries(repo: Repo, code: Mapping[str, str], uses: Uses) -> tuple[str, ...]:
    """Return where reading starts: what the run contract or the README starts, then guarded files, then those that
    nothing imports."""
    used = {path for others in uses.values() for path in others}
    alone = [path for path in code if path not in used and not is_test(path)]
    guarded = [path for path in starts(repo) if path in code]
    return tuple(dict.fromkeys([*_started(repo, code), *guarded, *alone]))


def reached_from(first: tuple[str, ...], uses: Uses) -> tuple[str, ...]:
    """Return each entry followed by what it needs, nearest first, each file once."""
    seen: dict[str, None] = {}
    for entry in first:
        wave = [entry]
        while wave:
            fresh = [path for path in dict.fromkeys(wave) if path not in seen]
            seen.update(dict.fromkeys(fresh))
            wave = [used for path in fresh for used in uses.get(path, ())]
    return tuple(seen)


def is_vendored(path: str) -> bool:
    """Whether a file lies in a folder that holds other people's code, or what a build left."""
    folders = PurePosixPath(path).parts[:-1]
    left = any(folder.endswith((".egg-info", ".dist-info")) for folder in folders) or folders[:1] in (
        ("build",),
        ("dist",),
    )
    return left or any(folder in VENDORED for folder in folders) or ".ipynb_checkpoints" in folders


def _started(repo: Repo, code: Mapping[str, str]) -> Iterator[str]:
    try:
        contract = discover(repo)
    except InputError:
        return  # a contract that cannot be read is the checks' business
    for line in (*contract.smoke, *contract.full):
        words = shlex.split(line)
        for word in words:
            module = word.replace(".", "/")
            for path in (word.removeprefix("./"), f"{module}.py", f"{module}/__main__.py"):
                if path in code:
                    yield path


def _is_config(path: str, text: str) -> bool:
    name = PurePosixPath(path).name
    wanted = path.endswith(CONFIGS) or bool(re.fullmatch(r"requirements[\w.-]*\.(txt|in)", name))
    hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
    return wanted and not hidden and len(text) <= MOST_CONFIG and not is_vendored(path)
