"""Which modules a repository has, as an import statement sees them from where its program is started."""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import PurePosixPath

from p2c import python_source
from p2c.errors import InputError
from p2c.executor import command_lines, module_layout
from p2c.executor.report import Report
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import top_level_names
from p2c.repair.fixers.text_edits import finding_text
from p2c.repo import Repo

_NO_MODULE = re.compile(r"No module named '([\w.]+)'|module named \"([\w.]+)\"")


def missing_modules(report: Report) -> set[str]:
    """Return the dotted names of the modules that findings say are not there."""
    matches = (match for finding in report.findings for match in _NO_MODULE.finditer(finding_text(finding)))
    return {match[1] or match[2] for match in matches}


def base_folder(case: Case) -> str:
    """Return the folder that imports start from; the root is the empty string.

    Of the folders on the path it is the one from which most of the repository's own imports are found; where none
    is found, the first: that of the script.
    """
    roots = import_roots(case)
    if len(roots) == 1:
        return roots[0]
    modules = {root: _stems(case.repo, root) for root in roots}
    wanted = {
        item.name
        for path in case.repo.python_files()
        for item in python_source.imports(case.repo.files[path])
        if item.name and not item.level
    }
    return max(roots, key=lambda root: len(wanted & modules[root]))


def import_roots(case: Case) -> tuple[str, ...]:
    """Return the folders that the smoke commands put on the path: where they start, PYTHONPATH, `src`."""
    roots: list[str] = []
    for line in case.contract.smoke:
        try:
            command = command_lines.prepare(line, case.repo)
        except InputError:
            continue
        roots.append(_relative(PurePosixPath(command.script).parent.as_posix()) if command.script else command.folder)
        given = (entry for entry in command.env.get("PYTHONPATH", "").split(":") if entry and not entry.startswith("/"))
        roots += [_relative(posixpath.normpath(posixpath.join(command.folder, entry))) for entry in given]
    roots += [root for root in module_layout.roots(case.repo) if root]
    return tuple(dict.fromkeys(root for root in roots or [""] if not root.startswith("..")))


def _relative(folder: str) -> str:
    return "" if folder == "." else folder


def _stems(repo: Repo, root: str) -> frozenset[str]:
    """The dotted names of all modules and folders with modules below a folder."""
    names: set[str] = set()
    for path in repo.python_files():
        dotted = dotted_of(path, root)
        parts = dotted.split(".") if dotted else []
        names.update(".".join(parts[:size]) for size in range(1, len(parts) + 1))
    return frozenset(names)


def module_file(repo: Repo, base: str, dotted: str) -> str | None:
    """Return the file of a module: `a/b.py`, or `a/b/__init__.py` (also where only the folder is there)."""
    stem = "/".join([*([base] if base else []), *dotted.split(".")])
    if f"{stem}.py" in repo.files:
        return f"{stem}.py"
    if any(path.startswith(f"{stem}/") and path.endswith(".py") for path in repo.files):
        return f"{stem}/__init__.py"
    return None


def dotted_of(path: str, base: str) -> str | None:
    """Return the dotted name of a Python file seen from `base`, or None where it lies elsewhere."""
    if base and not path.startswith(f"{base}/"):
        return None
    stem = path[len(base) + 1 if base else 0 :].removesuffix(".py").removesuffix("/__init__")
    parts = stem.split("/")
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def offers(repo: Repo, path: str, names: set[str]) -> bool:
    """The module at `path` can give all these names: it defines or imports them, or they are its submodules."""
    tree = parse(repo.files.get(path, ""))
    if tree is None:
        return False
    folder = path.removesuffix("__init__.py") if path.endswith("__init__.py") else None
    own = top_level_names(tree)
    return all(
        name in own or name == "*" or (folder is not None and module_file(repo, folder.rstrip("/"), name))
        for name in names
    )


def imported_files(node: ast.Import | ast.ImportFrom, path: str, repo: Repo, base: str) -> set[str]:
    """Return the repository's own files that an import statement in `path` names: modules, and modules of packages."""
    if isinstance(node, ast.Import):
        named = [(base, alias.name) for alias in node.names]
    else:
        parts = path.split("/")[: -node.level] if node.level else []
        folder = "/".join(parts) if node.level else base
        own = [(folder, node.module)] if node.module else []
        inside = ".".join([node.module, ""]) if node.module else ""
        named = [*own, *((folder, f"{inside}{alias.name}") for alias in node.names)]
    return {file for folder, name in named if (file := module_file(repo, folder, name))}
