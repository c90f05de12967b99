"""Which modules a repository has, as an import statement sees them from where its program is started."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from p2c.errors import InputError
from p2c.executor.report import Report
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import top_level_names
from p2c.repair.fixers.text_edits import finding_text
from p2c.repo import Repo
from p2c.run_contract import split

_NO_MODULE = re.compile(r"No module named '([\w.]+)'|module named \"([\w.]+)\"")


def missing_modules(report: Report) -> set[str]:
    """Return the dotted names of the modules that findings say are not there."""
    matches = (match for finding in report.findings for match in _NO_MODULE.finditer(finding_text(finding)))
    return {match[1] or match[2] for match in matches}


def base_folder(case: Case) -> str:
    """Return the folder that imports start from: that of the script that is run, or the root (the empty string)."""
    folders = {_script_folder(line) for line in case.contract.smoke}
    return folders.pop() if len(folders) == 1 else ""


def _script_folder(line: str) -> str:
    try:
        argv = split(line)
    except InputError:
        return ""
    for word in argv:
        if word == "-m":
            return ""
        if word.endswith(".py"):
            folder = PurePosixPath(word).parent.as_posix()
            return "" if folder == "." else folder
    return ""


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
