"""The import check: every module in a fresh process, several at once, and none twice for nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from p2c import python_source
from p2c.executor import module_layout, parsers
from p2c.executor.checks import endings
from p2c.executor.checks.base import CheckContext, CheckOutcome
from p2c.executor.instrumented_sandbox import Program
from p2c.executor.report import Finding
from p2c.executor.run_records import RunRecord
from p2c.repo import Repo

SECONDS = 120.0
"""For one module: long enough for the first import of a large library on a busy machine."""
MANY = 2_000
"""Of so many files each counts as reading every other: following all their imports takes the square of their number."""
MILD = frozenset({"SystemExit", "FileNotFoundError", "NotADirectoryError", "PermissionError", "OSError", "EOFError"})
"""What a file may raise that does its work when imported, and that nothing imports."""


def check_import(work: CheckContext) -> CheckOutcome:
    """Import every module, each in a fresh process; what was imported well and reads nothing new is not repeated."""
    modules = [
        candidate
        for candidate in module_layout.modules(work.repo, work.scripts)
        if not _is_left_out(work, candidate.path)
    ]
    if not modules:
        return CheckOutcome(skipped=True, note="; ".join(filter(None, ["there is no module to import", _aside(work)])))
    folders = _folders(work, modules)
    keys = _keys(work, folders)
    new = [module for module in modules if keys[module] not in work.request.known.imported]
    if new:
        work.target.sandbox.put(work.whole)  # what installing ran may have written there
    runs = work.target.record_all([_job(work, module, folders[module]) for module in new])
    imported = {
        name for path in work.repo.python_files() for name in module_layout.imported_names(work.repo.files[path])
    }
    by_fingerprint: dict[str, Finding] = {}
    for module, run in zip(new, runs, strict=True):
        findings = _read(work, module, run, module.name in imported)
        if not findings:
            work.request.known.imported.add(keys[module])
        for finding in findings:
            by_fingerprint.setdefault(finding.fingerprint, finding)
    return CheckOutcome(tuple(by_fingerprint.values()), note=_aside(work))


def _aside(work: CheckContext) -> str:
    """Say which Python files are compiled and linted, but not imported."""
    reasons = [f"{len(paths)} {why} ({paths[0]})" for why, paths in module_layout.not_modules(work.repo).items()]
    return f"not imported: {', '.join(reasons)}" if reasons else ""


def _is_left_out(work: CheckContext, path: str) -> bool:
    """It does not compile, or importing it would only be the smoke run done twice."""
    tree = python_source.parse(work.repo.files[path])
    return path in work.broken or (path in work.scripts and tree is not None and not python_source.is_guarded(tree))


def _folders(
    work: CheckContext, modules: Iterable[module_layout.Module]
) -> dict[module_layout.Module, tuple[str, ...]]:
    """Return what is on the path while each module is imported."""
    roots, near = module_layout.roots(work.repo, work.scripts), module_layout.neighbours(work.repo)
    started = {path.rpartition("/")[0] for path in module_layout.starts(work.repo)}
    folders: dict[module_layout.Module, tuple[str, ...]] = {}
    for module in modules:
        own = module_layout.beside(work.repo, module, near)
        # A script finds what lies beside it first, and so does what it imports from there.
        first = (own,) if own in started else ()
        folders[module] = tuple(dict.fromkeys((*first, module.root, *roots, own)))
    return folders


def _job(work: CheckContext, module: module_layout.Module, folders: tuple[str, ...]) -> Program:
    words = (work.absolute(folders), "import", module.name)
    return Program((work.target.python,), min(SECONDS, work.request.contract.timeout), words=words)


def _read(work: CheckContext, module: module_layout.Module, run: RunRecord, imported: bool) -> tuple[Finding, ...]:
    target = work.target
    is_script = not imported and not module.path.endswith("__init__.py")
    if run.result.timed_out:
        frames = parsers.stacks(run.late, target.places)
        what = f"importing {module.name!r} was not done after {run.result.command.timeout:g} s"
        return (Finding("import", "ImportTimeout", what, module.path, frames=frames, gates=not is_script),)
    if not run.result.ok:
        failed = parsers.failure("import", f"import {module.name}", run, target.places)
        mild = is_script and failed.rule in MILD
        at = failed if failed.path else replace(failed, path=module.path)
        return (replace(at, gates=not mild),)
    early = next(endings.unfinished("import", f"import {module.name}", replace(run, left=()), target.places), None)
    if early is not None:
        return (replace(early, path=early.path or module.path, gates=not is_script),)
    place = run.data.get("file")
    # Compared as real paths; only what is shown is rewritten.
    if isinstance(place, str) and place != f"{target.places.repo}/{module.path}" and not _is_same(place, work, module):
        what = f"`import {module.name}` gives {target.tidy(place)}, not {module.path}"
        return (Finding("import", "Shadowed", what, module.path, 1, gates=not is_script),)
    return ()


def _is_same(place: str, work: CheckContext, module: module_layout.Module) -> bool:
    """Tell whether a path is the module's where the repository's folder itself stands behind a link."""
    return place == f"{os.path.realpath(work.target.places.repo)}/{module.path}"


def _keys(
    work: CheckContext, folders: Mapping[module_layout.Module, tuple[str, ...]]
) -> dict[module_layout.Module, str]:
    """Stand for all that importing each module reads: the environment, code that it may reach, data, all names."""
    whole, installed = work.whole, work.installed
    other = {path: text for path, text in whole.files.items() if not path.endswith(".py")}
    names = sorted((*whole.files, *whole.assets))
    shared = _digest([installed.lock, installed.python, names, other])
    texts = {path: _digest(whole.files[path]) for path in whole.python_files()}
    reach = _reach(whole)
    return {
        module: _digest([module.name, places, shared, [(path, texts[path]) for path in sorted(reach(module.path))]])
        for module, places in folders.items()
    }


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data).encode("utf-8", "surrogatepass")).hexdigest()


def _reach(repo: Repo) -> Callable[[str], frozenset[str]]:
    """Return what tells the Python files that an import of one may read; rather one too many, by names' last parts."""
    every = repo.python_files()
    if len(every) > MANY:
        return lambda path: frozenset(every)
    named: dict[str, list[str]] = {}
    for source in every:
        parts = source.removesuffix(".py").split("/")
        named.setdefault(parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1], []).append(source)
    packages = [path for path in every if path.endswith("__init__.py")]
    nexts = {path: {file for word in _words(repo.files[path]) for file in named.get(word, [])} for path in every}

    def reached(path: str) -> frozenset[str]:
        reached_files: set[str] = set()
        waiting = {path, *packages}
        while waiting:
            reached_files |= waiting
            waiting = {file for source in waiting for file in nexts[source]} - reached_files
        return frozenset(reached_files)

    return reached


def _words(text: str) -> Iterable[str]:
    for item in python_source.imports(text):
        yield from item.name.split(".")
        yield from item.names
