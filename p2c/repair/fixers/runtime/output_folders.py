"""Cures writing into a folder that nobody makes: the folder is made just before."""

from __future__ import annotations

import ast
import re

from p2c.executor.report import Finding, Frame
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names
from p2c.repair.fixers.text_edits import (
    Edit,
    Text,
    calls_on,
    edited,
    finding_text,
    offer,
    own_frames,
    statements_on,
    with_imports,
)
from p2c.repair.patch import Patch

_MISSING = re.compile(
    r"No such file or directory|non-existent directory|[Pp]arent directory .* does not exist|NotADirectory"
)
_PATH_FIRST = frozenset(
    "savefig to_csv to_json to_excel to_parquet to_pickle imsave imwrite savetxt savez savez_compressed "
    "FileHandler write_html save_model save_weights".split()
)
"""Calls whose first argument is the file that they write."""
_PATH_SECOND = {"torch.save", "joblib.dump"}
_RECEIVER = frozenset({"write_text", "write_bytes", "touch"})
_SIMPLE = (
    ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Load,
    ast.Div, ast.Add, ast.Mod, ast.Tuple, ast.operator,
)  # fmt: skip
_PURE_CALLS = frozenset({"os.path.join", "pathlib.Path", "str", "Path", "join", "format"})


def fix(case: Case) -> Patch | None:
    """Make the parent folder before the call that failed for the lack of it."""
    for finding in case.report.findings:
        if not _MISSING.search(finding_text(finding)):
            continue
        for frame in own_frames(finding)[:2]:
            patch = _fix_at(case, finding, frame)
            if patch is not None:
                return patch
    return None


def _fix_at(case: Case, finding: Finding, frame: Frame) -> Patch | None:
    text = case.repo.files.get(frame.path, "")
    tree = parse(text)
    if tree is None:
        return None
    place, bound = Text(text), imported_names(tree)
    written = [target for call in calls_on(tree, frame.line) if (target := _written(call, bound))]
    if len(written) != 1 or not _is_pure(written[0], bound):
        return None
    statement = max(statements_on(tree, frame.line), key=lambda node: node.lineno, default=None)
    if statement is None or not _starts_its_line(place, statement):
        return None
    indent = place.line(statement.lineno)[: statement.col_offset]
    line = f'{indent}os.makedirs(os.path.dirname({place.source(written[0])}) or ".", exist_ok=True){place.newline}'
    start = place.line_start(statement.lineno)
    if line.strip() in place.line(statement.lineno - 1):
        return None
    changed = with_imports(edited(text, [Edit(start, start, line)]), ["import os"] if bound.get("os") != "os" else [])
    reason = f"Make the folder that {frame.path}:{frame.line} writes into"
    return offer(case, "output-dirs", reason, {frame.path: changed})


def _written(call: ast.Call, bound: dict[str, str]) -> ast.expr | None:
    """Return the expression of the path that a call writes to, if it is one of those that are known to write."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    dotted = _dotted(call.func, bound)
    arguments = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
    if dotted in _PATH_SECOND:
        return arguments[1] if len(arguments) > 1 else None
    if dotted == "numpy.save" or (name in _PATH_FIRST and isinstance(call.func, ast.Attribute)):
        return arguments[0] if arguments else None
    if name in _RECEIVER and isinstance(call.func, ast.Attribute):
        return call.func.value
    if name == "open":
        mode = next((k.value for k in call.keywords if k.arg == "mode"), None)
        is_method = isinstance(call.func, ast.Attribute) and dotted not in {"io.open", "codecs.open"}
        mode = mode or (arguments[0 if is_method else 1] if len(arguments) > (0 if is_method else 1) else None)
        writes = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in {"w", "a", "x"}
        path = call.func.value if is_method and isinstance(call.func, ast.Attribute) else next(iter(arguments), None)
        return path if writes else None
    return None


def _dotted(node: ast.expr, bound: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return bound.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, bound)}.{node.attr}"
    return ""


def _is_pure(node: ast.expr, bound: dict[str, str]) -> bool:
    """The expression may be evaluated once more: names, literals, and joining of paths."""
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            name = _dotted(child.func, bound)
            if name not in _PURE_CALLS and name.rpartition(".")[2] != "format":
                return False
        elif not isinstance(child, _SIMPLE) and not isinstance(child, ast.keyword):
            return False
    return True


def _starts_its_line(place: Text, statement: ast.stmt) -> bool:
    before = place.line(statement.lineno)[: statement.col_offset]
    return not before.strip()
