"""What is not there: no code, nothing but stubs, files that the plan promises; and the file tree with its counts."""

from __future__ import annotations

import ast

from p2c import python_source
from p2c.executor.module_layout import is_test
from p2c.repo import Repo
from p2c.scoring.file_ranking import code_of
from p2c.scoring.metrics import Metrics, size_of

HOLLOW = 0.5
"""The share of functions that do nothing from which on a critic is told."""
MOST_NAMES = 30
MOST_FILES = 400
_PASSIVE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)


def implements_nothing(repo: Repo) -> str:
    """Return why nothing of a paper can be implemented here, '' where something may be; no model is asked for this."""
    code = {path: text for path, text in code_of(repo).items() if not is_test(path)}
    if not code:
        return "there is no code: nothing but configuration, documents, data or tests"
    if any(not path.endswith((".py", ".ipynb")) for path in code):
        return ""
    size = size_of(repo)
    if size.functions and len(size.stubs) < size.functions:
        return ""
    if any(_does_something(text) for text in code.values()):
        return ""
    return f"none of the {size.functions} functions does anything" if size.functions else "the code defines only values"


def _does_something(text: str) -> bool:
    """Whether a module runs anything outside of its functions; what can't be read may."""
    tree = python_source.parse(text)
    return tree is None or not all(map(_is_passive, tree.body))


def _is_passive(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not any(isinstance(part, ast.Call) for part in ast.walk(node))
    return isinstance(node, _PASSIVE) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def absent_text(repo: Repo, computed: Metrics) -> str:
    """Return what is not there, a line each; '' where nothing stands out."""
    size = computed.size
    nothing = implements_nothing(repo)
    rows = [nothing] if nothing else []
    if size.functions and len(size.stubs) >= HOLLOW * size.functions:
        rows.append(f"{len(size.stubs)} of {size.functions} functions do nothing: {_named(size.stubs)}")
    broken = computed.promises.broken if computed.promises else ()
    gone = tuple(
        dict.fromkeys(path for path in (promise.partition(": ")[0] for promise in broken) if path not in repo.files)
    )
    rows += [f"files that the plan promises are missing: {_named(gone)}"] if gone else []
    return "\n".join(rows)


def tree_text(repo: Repo, computed: Metrics) -> str:
    """Return the file tree with the lines of each file, and what is counted over all."""
    size = computed.size
    paths = sorted((*repo.files, *repo.assets))
    rows = [f"{path} ({_lines(repo, path)})" for path in paths[:MOST_FILES]]
    rows += [f"and {len(paths) - MOST_FILES} more"] if len(paths) > MOST_FILES else []
    stubs = f": {_named(size.stubs)}" if size.stubs else ""
    counts = [
        f"{len(paths)} files, {size.files} of code with {size.lines} lines, {size.test_lines} lines of tests",
        f"{size.functions} functions, of which {len(size.stubs)} do nothing{stubs}",
        f"{len(size.todos)} lines with TODO or FIXME",
    ]
    return "\n".join([*counts, *rows]).replace("<", "(")


def _lines(repo: Repo, path: str) -> str:
    text = repo.files.get(path)
    return "no text" if text is None else f"{len(text.splitlines())} lines"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
