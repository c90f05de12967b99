"""What a finding says that a library does not have: a name, an option, a method."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2c.executor.module_layout import local_names
from p2c.executor.report import Finding
from p2c.executor.requirements.distributions import is_stdlib
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import calls_on, finding_text, own_frames
from p2c.repo import Repo

_RULES = frozenset({"AttributeError", "ImportError", "ModuleNotFoundError", "TypeError"})
_OF_MODULE = (
    re.compile(r"[Mm]odule ['\"]([\w.]+)['\"] has no attribute ['\"](\w+)['\"]"),
    re.compile(r"`(np|numpy)\.(\w+)` was (?:removed|a deprecated alias)"),
)
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '(\w+)((?:\.\w+)+)'")
_OF_OBJECT = re.compile(
    r"(?:type object )?'(\w+)' object has no attribute '(\w+)'|type object '(\w+)' has no attribute '(\w+)'"
)
_OPTION = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'")
_ARITY = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (?:takes .* positional arguments? but|missing \d+ required)")
_SITE = re.compile(r"site-packages/(\w+)[/.]")


@dataclass(frozen=True)
class MissingApi:
    """A name that a library lacks. `owner` is the class or function whose it is, '' for a module's own.

    `library` is an import's name, '' where only the owner is known; `changed`: the name may well be there still,
    but its owner takes other arguments.
    """

    library: str
    name: str
    owner: str = ""
    changed: bool = False


def missed(case: Case) -> Iterator[MissingApi]:
    """Yield what gating findings of code that ran miss of libraries, each once, without the repository's own."""
    seen: set[MissingApi] = set()
    own = local_names(case.repo)
    for finding in case.report.gating:
        if finding.rule not in _RULES or finding.check not in ("import", "smoke", "test"):
            continue
        for missing in _read(finding, case.repo):
            foreign = not missing.library or (missing.library not in own and not is_stdlib(missing.library))
            if foreign and missing not in seen:
                seen.add(missing)
                yield missing


def _read(finding: Finding, repo: Repo) -> Iterator[MissingApi]:
    text = finding_text(finding)
    for pattern in _OF_MODULE:
        for module, name in pattern.findall(text):
            yield MissingApi("numpy" if module == "np" else module.partition(".")[0], name)
    yield from (MissingApi(module.partition(".")[0], name) for name, module in _NOT_IMPORTED.findall(text))
    yield from (MissingApi(top, rest.rpartition(".")[2]) for top, rest in _NO_MODULE.findall(text))
    if match := _OF_OBJECT.search(finding.message):
        if not _defines(repo, match[1]):
            yield MissingApi(_library(finding), match[2], match[1])
    elif match := _OPTION.search(finding.message):
        yield from _called(finding, repo, match[1], match[2], match[3])
    elif match := _ARITY.search(finding.message):
        yield from _called(finding, repo, match[1], match[2], "")


def _called(finding: Finding, repo: Repo, owner: str, function: str, option: str) -> Iterator[MissingApi]:
    name = owner if owner and function == "__init__" else function
    library = _library(finding) or _imported(finding, repo, name)
    if library:
        yield MissingApi(library, option or name, name, changed=not option)


def _library(finding: Finding) -> str:
    """The package in which the failure was raised, where that was not the repository's own code."""
    last = finding.frames[-1] if finding.frames else None
    match = _SITE.search(last.path) if last is not None and not last.inside else None
    return match[1] if match else ""


def _imported(finding: Finding, repo: Repo, name: str) -> str:
    """The package of which a call on the innermost own line, whose name the message gives, was imported."""
    frames = own_frames(finding)
    tree = parse(repo.files.get(frames[0].path, "")) if frames else None
    if tree is None:
        return ""
    bound = imported_names(tree)
    for call in calls_on(tree, frames[0].line):
        dotted = dotted_name(call.func, bound)
        if dotted.rpartition(".")[2] == name:
            return dotted.partition(".")[0]
    return ""


def _defines(repo: Repo, name: str) -> bool:
    trees = (parse(repo.files[path]) for path in repo.python_files())
    return any(isinstance(n, ast.ClassDef) and n.name == name for tree in trees if tree for n in ast.walk(tree))
