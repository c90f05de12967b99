"""Where a repository's modules are: which folder has to be on the path, and under which name each is imported."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from p2c import python_source
from p2c.executor.requirements import pyproject
from p2c.repo import Repo

BUILD_FILES = frozenset({"setup.py", "hatch_build.py"})
NOT_MODULES = frozenset({"setup.py", "noxfile.py", "fabfile.py", "tasks.py", "conftest.py", "hubconf.py"})
MOST_NAMES = 60_000
"""Characters of file names that one program is given; the system takes two million, a stricter one 128 thousand."""
_ASIDE = frozenset({"tests", "test", "docs", "doc", "examples", "notebooks", "build", "dist"})


@dataclass(frozen=True)
class Module:
    """A file with its dotted name and the folder (relative, '' is the repository) that must be on the path."""

    name: str
    path: str
    root: str


def without(repo: Repo, patterns: Iterable[str]) -> Repo:
    """Return the repository without what the patterns name: files, folders, or globs over the whole path."""
    named = _naming(tuple(patterns))
    gone = [path for path in (*repo.files, *repo.assets) if named(path)]
    return repo.with_files(dict.fromkeys(gone)) if gone else repo


def is_named(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a path is, lies in, or matches one of the patterns."""
    return _naming(tuple(patterns))(path)


@lru_cache(maxsize=8)
def _naming(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    bare = frozenset(pattern.removeprefix("./").rstrip("/") for pattern in patterns)
    globs = [re.compile(fnmatch.translate(pattern)).match for pattern in bare if re.search(r"[*?\[]", pattern)]

    def named(path: str) -> bool:
        parts = path.split("/")
        lies_in = any("/".join(parts[:size]) in bare for size in range(1, len(parts) + 1))
        return lies_in or any(matches(path) for matches in globs)

    return named if bare else lambda path: False


def portions(paths: Iterable[str]) -> list[Sequence[str]]:
    """Return the paths in so many lists that each can be given to one program."""
    batches: list[list[str]] = []
    room = 0
    for path in paths:
        if len(path) > room:
            batches.append([])
            room = MOST_NAMES
        batches[-1].append(path)
        room -= len(path) + 3
    return [*batches]


def is_test(path: str) -> bool:
    """Tell whether a file belongs to the tests."""
    parts = PurePosixPath(path).parts
    name = parts[-1]
    return (
        any(part in {"tests", "test"} for part in parts[:-1])
        or name == "conftest.py"
        or (name.startswith("test_") and name.endswith(".py"))
        or name.endswith("_test.py")
    )


def roots(repo: Repo, scripts: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the folders that are on the path: those of the started scripts, the repository, a `src` of packages."""
    folders = [str(PurePosixPath(script).parent) for script in scripts]
    if "src/__init__.py" not in repo.files and any(re.match(r"src/\w+/\w+\.py$", path) for path in repo.files):
        folders.append("src")
    folders.append("")
    return tuple(dict.fromkeys("" if folder == "." else folder for folder in folders))


def modules(repo: Repo, scripts: Iterable[str] = ()) -> tuple[Module, ...]:
    """Return every module that is to be importable; tests, set-up files and names no import can have are not."""
    used, folders = _used_names(repo), roots(repo, scripts)
    importable = [
        _module(repo, path, folders, used)
        for path in repo.python_files()
        if not is_test(path) and PurePosixPath(path).name not in NOT_MODULES and _importable(path)
    ]
    return tuple(importable)


def not_modules(repo: Repo) -> dict[str, list[str]]:
    """Return why -> the files that are neither tests nor modules to be imported, by their place or their name."""
    paths_by_reason: dict[str, list[str]] = {}
    for path in repo.python_files():
        if is_test(path) or not (why := _why_no_module(path)):
            continue
        paths_by_reason.setdefault(why, []).append(path)
    return paths_by_reason


def _why_no_module(path: str) -> str:
    folder, name = path.partition("/")[0], PurePosixPath(path).name
    if name in NOT_MODULES:
        return "started by tools"
    if "/" in path and folder in _ASIDE:
        return f"in {folder}"
    if name == "__main__.py":
        return "started with -m"
    return "" if _importable(path) else "with names that no import can have"


def build_files(repo: Repo) -> frozenset[str]:
    """Return the Python files that a build back end runs, here and in packages within: what they import it brings.

    They are set-up files by their names, and what a pyproject.toml names: `backend-path`, scripts of hatch and poetry.
    """
    builders = {path for path in repo.python_files() if path.rpartition("/")[2] in BUILD_FILES}
    for path in repo.files:
        folder, _, name = path.rpartition("/")
        if name == pyproject.PATH:
            named = [
                posixpath.normpath(posixpath.join(folder, builder)) for builder in pyproject.builders(repo.files[path])
            ]
            builders |= {
                file for file in repo.python_files() if any(file == n or file.startswith(f"{n}/") for n in named)
            }
    return frozenset(builders)


def local_names(repo: Repo) -> frozenset[str]:
    """Return the first name of everything that the repository itself can mean: its files and folders of Python."""
    names: set[str] = set()
    for path in repo.python_files():
        parts = PurePosixPath(path).with_suffix("").parts
        names.update(parts)
    return frozenset(names)


def top_names(repo: Repo) -> frozenset[str]:
    """Return the names that an absolute import finds from the repository, its `src` or a started script's folder."""
    names: set[str] = set()
    for root in roots(repo, starts(repo)):
        prefix = f"{root}/" if root else ""
        for path in repo.python_files():
            if path.startswith(prefix):
                names.add(path[len(prefix) :].split("/")[0].removesuffix(".py"))
    return frozenset(names)


def starts(repo: Repo) -> tuple[str, ...]:
    """Return the files outside of packages that look as if they were started: with `if __name__ == "__main__"`."""
    started = []
    for path in repo.python_files():
        tree = None if is_test(path) else python_source.parse(repo.files[path])
        packaged = f"{PurePosixPath(path).parent}/__init__.py" in repo.files
        if tree is not None and not packaged and python_source.is_guarded(tree):
            started.append(path)
    return tuple(started)


def _importable(path: str) -> bool:
    parts = PurePosixPath(path).with_suffix("").parts
    return parts[0] not in _ASIDE and parts[-1] != "__main__" and all(part.isidentifier() for part in parts)


def _module(repo: Repo, path: str, folders: tuple[str, ...], used: frozenset[str]) -> Module:
    fit = (root for root in folders if not root or (path.startswith(f"{root}/") and path != f"{root}/__init__.py"))
    candidates = [_named(path, root) for root in fit]
    own = _named(path, "" if "/" not in path else path.rpartition("/")[0])
    depth = max((i.level for i in python_source.imports(repo.files[path])), default=0)
    fitting = [c for c in candidates if c.name.count(".") + path.endswith("__init__.py") >= depth] or candidates[-1:]
    wanted = [c for c in [*fitting, own] if c.name in used - sys.stdlib_module_names]
    return wanted[0] if wanted else fitting[0]


def neighbours(repo: Repo) -> Mapping[str, frozenset[str]]:
    """Return, for each folder with Python files below it, the names that an import finds there."""
    names_by_folder: dict[str, set[str]] = {}
    for path in repo.python_files():
        parts = path.split("/")
        for size in range(1, len(parts)):
            names_by_folder.setdefault("/".join(parts[:size]), set()).add(parts[size].removesuffix(".py"))
    return {folder: frozenset(names) for folder, names in names_by_folder.items()}


def beside(repo: Repo, module: Module, near: Mapping[str, frozenset[str]]) -> str:
    """Return the module's own folder where its code needs that on the path, as a script's is; else its root.

    It does where it imports a neighbour by its bare name; not for a name that the standard library has: a
    `types.py` in a folder that nothing is started from takes nobody's place. `near` is what `neighbours` returns.
    """
    folder = module.path.rpartition("/")[0]
    if not folder or f"{folder}/__init__.py" in repo.files:
        return module.root
    tops = {item.top for item in python_source.imports(repo.files[module.path]) if not item.level}
    return folder if (tops & near.get(folder, frozenset())) - sys.stdlib_module_names else module.root


def _named(path: str, root: str) -> Module:
    inside = path[len(root) + 1 :] if root else path
    name = inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return Module(name, path, root)


def _used_names(repo: Repo) -> frozenset[str]:
    names: set[str] = set()
    for path in repo.python_files():
        for item in python_source.imports(repo.files[path]):
            if item.level == 0 and item.name:
                names.add(item.name)
                names.update(f"{item.name}.{name}" for name in item.names)
    return frozenset(names)


def imported_names(text: str) -> frozenset[str]:
    """Return the last parts of what a source imports, absolute or relative: enough to see who imports a file."""
    names: set[str] = set()
    for item in python_source.imports(text):
        names.update(filter(None, [item.name, *item.names]))
        names.update(f"{item.name}.{name}" for name in item.names if item.name)
    return frozenset(names)
