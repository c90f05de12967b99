"""A promised file that was moved whole: the promise, the plan and the documentation go with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from p2c.contract import Interface
from p2c.executor.layout import is_test
from p2c.generator.plan import Plan
from p2c.repair.guards.code import Change, File
from p2c.repair.guards.contradicted import imported
from p2c.repair.guards.signatures import Own
from p2c.repo import Repo


def moves(promises: Mapping[str, Interface], repo: Repo) -> dict[str, str]:
    """Return old and new path of promised files that are elsewhere, in the one other file with all of theirs."""
    found = {}
    for path, promise in promises.items():
        names = {function.name for function in promise.functions} | {held.name for held in promise.classes}
        if path in repo.files or not names or not path.endswith(".py"):
            continue
        others = [one for one in repo.python_files() if one not in promises and not is_test(one)]
        holding = [one for one in others if names <= _defined(File(one, repo.files[one]))]
        if len(holding) == 1:
            found[path] = holding[0]
    return found


def followed(promises: Mapping[str, Interface], repo: Repo) -> Mapping[str, Interface]:
    """Return the promises at the paths where they are kept now."""
    to = moves(promises, repo)
    return MappingProxyType({to.get(path, path): promise for path, promise in promises.items()}) if to else promises


def is_moved_whole(path: str, promise: Interface, change: Change) -> bool:
    """Whether a patch moved a promised file to a new path with all its definitions, and changed all that import it."""
    to = moves({path: promise}, change.after).get(path)
    if to is None or to in change.before.files:
        return False
    old, new = File(path, change.before.files[path]), File(to, change.after.files[to])
    if not _signatures(old).items() <= _signatures(new).items() or set(old.classes) - set(new.classes):
        return False
    had, has = (Own([File(p, repo.files[p]) for p in repo.python_files()]) for repo in (change.before, change.after))
    needed = [item for p in change.after.python_files() for item in imported(File(p, change.after.files[p]).tree)]
    return not any(had.holds(module, name) and not has.holds(module, name) for module, name, _ in needed)


def with_documents(repo: Repo, to: Mapping[str, str]) -> Repo:
    """Return the repository whose README and docs name files by their new paths."""
    told = [path for path in repo.files if path == "README.md" or (path.startswith("docs/") and path.endswith(".md"))]
    return repo.with_files({path: _renamed(repo.files[path], to) for path in told}) if to else repo


def with_plan(plan: Plan, to: Mapping[str, str]) -> Plan:
    """Return the plan with files at their new paths, wherever it names them."""
    if not to:
        return plan
    files = tuple(
        replace(
            spec,
            path=to.get(spec.path, spec.path),
            uses=tuple(to.get(path, path) for path in spec.uses),
            purpose=_renamed(spec.purpose, to),
            logic=_renamed(spec.logic, to),
        )
        for spec in plan.files
    )
    calls = tuple(
        replace(call, caller=_renamed(call.caller, to), callee=_renamed(call.callee, to), what=_renamed(call.what, to))
        for call in plan.calls
    )
    texts = {name: _renamed(getattr(plan, name), to) for name in ("overview", "design", "conventions", "entry")}
    return replace(plan, files=files, calls=calls, **texts)  # type: ignore[arg-type]


def _renamed(text: str, to: Mapping[str, str]) -> str:
    """Replace paths and dotted names of modules, each only where it stands whole."""
    for old, new in to.items():
        text = re.sub(rf"(?<![\w./-]){re.escape(old)}(?![\w-])", new, text)
        dotted = [path.removesuffix(".py").replace("/", ".") for path in (old, new)]
        if "." in dotted[0]:
            text = re.sub(rf"(?<![\w./-]){re.escape(dotted[0])}(?![\w-])", dotted[1], text)
    return text


def _defined(file: File) -> set[str]:
    return {name for name in (*file.functions, *file.classes) if "." not in name}


def _signatures(file: File) -> dict[str, str]:
    return {name: ast.dump(node.args) for name, node in file.functions.items()}
