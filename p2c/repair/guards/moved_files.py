"""Promised files that a patch moved whole: where they are now, and whether all that they promised went along."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

from p2c.executor.module_layout import is_test
from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.outdated_tests import imported
from p2c.repair.guards.repository_interfaces import Own
from p2c.repo import Repo
from p2c.run_contract import Interface


def moves(promises: Mapping[str, Interface], repo: Repo) -> dict[str, str]:
    """Return old and new path of promised files that are elsewhere, in the one other file with all of theirs."""
    moved = {}
    for path, promise in promises.items():
        names = {function.name for function in promise.functions} | {
            promised_class.name for promised_class in promise.classes
        }
        if path in repo.files or not names or not path.endswith(".py"):
            continue
        others = [other for other in repo.python_files() if other not in promises and not is_test(other)]
        holding = [other for other in others if names <= _defined(File(other, repo.files[other]))]
        if len(holding) == 1:
            moved[path] = holding[0]
    return moved


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


def _defined(file: File) -> set[str]:
    return {name for name in (*file.functions, *file.classes) if "." not in name}


def _signatures(file: File) -> dict[str, str]:
    return {name: ast.dump(node.args) for name, node in file.functions.items()}
