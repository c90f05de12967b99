"""What is left of a patch without the files that no patch may touch, where that stands by itself."""

from __future__ import annotations

import ast

from p2c.executor.module_layout import is_test
from p2c.repair.guards.allowed_files import places
from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.model import Scope
from p2c.repair.guards.outdated_tests import imported
from p2c.repair.guards.repository_interfaces import Own
from p2c.repo import Repo


def without_refused(before: Repo, after: Repo, scope: Scope) -> Repo | None:
    """Return the patch's state with the files put back that it may not touch; None where nothing stands without them.

    The rest has to change more than tests, and to need nothing of what is left out: no module or name that it
    imports, no file that it names. Whether the rest is honest is for the guards to say, of the rest.
    """
    change = Change(before, after, scope)
    gone = {refusal.path for refusal in places(change) if refusal.guard not in scope.allow}
    kept = [path for path in change.paths if path not in gone]
    if not gone or all(is_test(path) for path in kept):
        return None
    rest = after.with_files({path: before.files.get(path) for path in gone})
    return rest if not any(_needs(path, after, rest) for path in kept) else None


def _needs(path: str, whole: Repo, rest: Repo) -> bool:
    """Whether a file that stays asks for what only the whole patch has."""
    file = File(path, rest.files.get(path, "") if path.endswith(".py") else "")
    had, has = _own(whole), _own(rest)
    if any(had.holds(module, name) and not has.holds(module, name) for module, name, _ in imported(file.tree)):
        return True
    texts = {node.value for node in ast.walk(file.tree) if isinstance(node, ast.Constant)}
    return bool(texts & (set(whole.files) - set(rest.files)))


def _own(repo: Repo) -> Own:
    return Own([File(path, repo.files[path]) for path in repo.python_files()])
