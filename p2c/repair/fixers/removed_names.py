"""Cures names that a library removed (`np.float_`, `time.clock`, `sklearn.cross_validation`) by their successors."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from p2c.executor.syntax import parse
from p2c.repair.case import Case
from p2c.repair.fixers.edits import Edit, Text, edited, offer, told, with_imports
from p2c.repair.fixers.names import assigned_names, dotted_uses, imported_names
from p2c.repair.fixers.successors import FAMILIES, MODULES
from p2c.repair.patch import Patch

_GONE = (
    re.compile(r"[Mm]odule ['\"]([\w.]+)['\"] has no attribute ['\"](\w+)['\"]"),
    re.compile(r"`(np|numpy)\.(\w+)` (?:was|will be|is)\b"),
)
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_IMPORT_TOO = frozenset({"collections.abc"})
"""Modules that using their parent does not load for certain."""


def fix(case: Case) -> Patch | None:
    """Replace every name of the families that a finding missed a name of, in all files."""
    gone = missed_names(case)
    table: dict[str, str] = {}
    for families in FAMILIES:
        if gone & set(families[0]):
            for family in families:
                table.update(family)
    modules = {old: new for old, new in MODULES.items() if any(g == old or g.startswith(f"{old}.") for g in gone)}
    if not table and not modules:
        return None
    changes = {path: _renamed(case.repo.files[path], table, modules) for path in case.repo.python_files()}
    names = ", ".join(sorted(gone & (set(table) | set(modules))) or sorted(modules))
    return offer(case, "removed-names", f"Use the successor of what was removed: {names}", changes)


def missed_names(case: Case) -> set[str]:
    """Return the dotted names that findings say a library does not have."""
    gone: set[str] = set()
    for finding in case.report.findings:
        text = told(finding)
        for pattern in _GONE:
            gone |= {f"{'numpy' if module == 'np' else module}.{name}" for module, name in pattern.findall(text)}
        gone |= {f"{module}.{name}" for name, module in _NOT_IMPORTED.findall(text)}
        gone |= set(_NO_MODULE.findall(text))
    return gone


def _renamed(text: str, table: Mapping[str, str], modules: Mapping[str, str]) -> str:
    tree = parse(text)
    if tree is None:
        return text
    place, imports, edits = Text(text), list[str](), list[Edit]()
    bound, taken = imported_names(tree), assigned_names(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node, dotted in dotted_uses(tree, bound):
        new = _successor(table.get(dotted, ""), bound, taken, imports)
        if new:
            bracket = new.startswith("-") and _binds_tighter(parents.get(node))
            edits.append(Edit(*place.span(node), f"({new})" if bracket else new))
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            edits += _moved(statement, place, table, modules)
        elif isinstance(statement, ast.Import) and any(a.name in modules and a.asname for a in statement.names):
            edits += _moved_modules(statement, place, modules)
    return with_imports(edited(text, edits), imports) if edits else text


def _successor(new: str, bound: Mapping[str, str], taken: set[str], imports: list[str]) -> str:
    """Spell a successor with the names that the file has; an import is added where it has none."""
    if not new:
        return ""
    if new.startswith("-"):
        inner = _successor(new[1:], bound, taken, imports)
        return f"-{inner}" if inner else ""
    module, _, name = new.rpartition(".")
    if module == "builtins":
        return "" if name in taken or name in bound else name
    prefix = module or new
    while prefix:
        alias = next((local for local, dotted in bound.items() if dotted == prefix), "")
        if alias:
            if module in _IMPORT_TOO:
                imports.append(f"import {module}")
            return alias + new[len(prefix) :]
        prefix = prefix.rpartition(".")[0]
    root = new.partition(".")[0]
    if root in taken or bound.get(root, root) != root:
        return ""
    imports.append(f"import {module or new}")
    return new


def _binds_tighter(parent: ast.AST | None) -> bool:
    """A minus sign in front would be read otherwise here (`-a ** 2`, `-a.b`, `-a[0]`)."""
    return isinstance(parent, ast.BinOp | ast.Attribute | ast.Subscript | ast.UnaryOp)


def _moved(statement: ast.ImportFrom, place: Text, table: Mapping[str, str], modules: Mapping[str, str]) -> list[Edit]:
    """Rewrite `from module import names` where the module or some of the names moved."""
    module, lines, stay = str(statement.module), list[str](), list[str]()
    for alias in statement.names:
        full, asname = f"{module}.{alias.name}", alias.asname or alias.name
        new = modules.get(full) or table.get(full, "")
        if not new or new.startswith(("-", "builtins.")):
            stay.append(alias.name if asname == alias.name else f"{alias.name} as {asname}")
            continue
        where, _, name = new.rpartition(".")
        bare = f"{name} as {asname}" if name != asname else name
        lines.append(f"from {where} import {bare}" if where else f"import {bare}")
    target = modules.get(module, module)
    if not lines and target == module:
        return []
    if stay:
        lines.insert(0, f"from {target} import {', '.join(stay)}")
    return [Edit(*place.span(statement), (place.newline + " " * statement.col_offset).join(lines))]


def _moved_modules(statement: ast.Import, place: Text, modules: Mapping[str, str]) -> list[Edit]:
    return [
        Edit(*place.span(alias), f"{modules[alias.name]} as {alias.asname}")
        for alias in statement.names
        if alias.name in modules and alias.asname
    ]
