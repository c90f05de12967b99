"""Cures files that hide a module of the standard library or a required package: renamed, with what imports them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from p2c.executor.report import Finding
from p2c.executor.requirements.distributions import STDLIB, is_known
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names, top_level_names
from p2c.repair.fixers.imports.shadowed_imports import Shadow, UndecidedError, edits_of
from p2c.repair.fixers.text_edits import edited, finding_text, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo
from p2c.run_contract import split

_ADVICE = frozenset({"P2C002", "P2C003"})
"""The lint check's own rules for files that hide a module."""
_RUN = frozenset({"import", "smoke", "test"})
_NAMED_BY = (".sh", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", "Makefile", "Dockerfile")
"""Files that may name a file which they start or pack."""


def fix(case: Case) -> Patch | None:
    """Rename the first such file that a failure is about, and rewrite exactly the imports that mean it."""
    advised = {str(finding.path) for finding in case.report.findings if finding.rule in _ADVICE}
    for path in sorted(advised & set(case.repo.files)):
        if not any(_is_about(finding, path) for finding in case.report.gating) or _is_promised(case, path):
            continue
        new = _free_name(case.repo, PurePosixPath(path).stem)
        changes = _renamed(case.repo, path, new) if new else None
        if changes:
            reason = f"Rename {path}, which hides {PurePosixPath(path).stem!r}, and import it as {new}"
            return offer(case, "shadowing", reason, changes)
    return None


def _is_about(finding: Finding, path: str) -> bool:
    """The failure names the module, or came about when something outside of the repository imported the file."""
    if finding.check not in _RUN:
        return False
    name = re.escape(PurePosixPath(path).stem)
    if re.search(rf"(?:from|[Mm]odule) '{name}'|'{name}' is not a package", finding_text(finding)):
        return True
    pairs = zip(finding.frames, finding.frames[1:], strict=False)
    return any(not caller.inside and frame.path == path for caller, frame in pairs)


def _is_promised(case: Case, path: str) -> bool:
    """The plan, a command, or a file that packs or starts things names it, so that its name is not free to change."""
    name = PurePosixPath(path).name
    words = [word for line in (*case.contract.smoke, *case.contract.full) for word in split(line)]
    stems = {path, f"./{path}", path.removesuffix(".py").replace("/", ".")}
    planned = case.plan is not None and any(spec.path == path for spec in case.plan.files)
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?!\w)")
    naming_texts = (text for place, text in case.repo.files.items() if place.endswith(_NAMED_BY))
    return planned or bool(stems & set(words)) or any(pattern.search(text) for text in naming_texts)


def _free_name(repo: Repo, stem: str) -> str:
    taken = {part for path in repo.files for part in re.split(r"[/.]", path)}
    for name in (f"{stem}_module", f"{stem}_local", f"own_{stem}"):
        word = re.compile(rf"\b{name}\b")
        if name in taken or name in STDLIB or is_known(name):
            continue
        if not any(word.search(repo.files[path]) for path in repo.python_files()):
            return name
    return ""


def _renamed(repo: Repo, path: str, new: str) -> dict[str, str | None] | None:
    """Return the changed files, or None where an import can't be told to mean the one or the other."""
    tree = parse(repo.files[path])
    if tree is None:
        return None
    stem = PurePosixPath(path).stem
    own = top_level_names(tree) - {local for local, dotted in imported_names(tree).items() if dotted == stem}
    shadow = Shadow(path, new, frozenset(own), _names_of_the_real(stem))
    changes: dict[str, str | None] = {}
    try:
        for other in _importing(repo, path, stem):
            text = repo.files[other]
            changes[other] = edited(text, edits_of(text, other, shadow))
    except UndecidedError:
        return None
    folder = PurePosixPath(path).parent
    return {**changes, path: None, str(folder / f"{new}.py"): repo.files[path]}


def _importing(repo: Repo, path: str, stem: str) -> Iterator[str]:
    """Yield the other files that mention the name; inside of the file itself it always means what is hidden."""
    word = re.compile(rf"\b{re.escape(stem)}\b")
    return (other for other in repo.python_files() if other != path and word.search(repo.files[other]))


def _names_of_the_real(stem: str) -> frozenset[str] | None:
    """Return what the standard library's module offers, or None for a package, which can't be asked here."""
    if stem not in STDLIB:
        return None
    import importlib
    import pkgutil

    try:
        module = importlib.import_module(stem)
    except ImportError:
        return frozenset()
    inside = {submodule.name for submodule in pkgutil.iter_modules(getattr(module, "__path__", []))}
    return frozenset({*dir(module), *inside})
