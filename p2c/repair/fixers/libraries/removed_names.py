"""Cures names that a library removed (`np.float_`, `time.clock`, `sklearn.cross_validation`) by their successors."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import assigned_names, dotted_uses, imported_names
from p2c.repair.fixers.libraries.call_rewriting import without_calls
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.libraries.removed_calls import CALLS, Rewrite
from p2c.repair.fixers.libraries.replacements import EVERYWHERE, FAMILIES, JAX, MODULES, Family
from p2c.repair.fixers.text_edits import Edit, Text, edited, offer, told, with_imports
from p2c.repair.patch import Patch

_GONE = (
    re.compile(r"[Mm]odule ['\"]?([\w.]+)['\"]? has no attribute ['\"]?(\w+)['\"]?"),
    re.compile(r"`?\b(np|nx|numpy)\.(\w+)`? (?:was|will be|is)\b"),
    re.compile(r"is now removed\..{0,60}?`(torch)\.(?:linalg\.)?(\w+)`", re.DOTALL),
)
_ALIAS = {"np": "numpy", "nx": "networkx"}
_ALL_AT_ONCE = frozenset({"sklearn", "jax"})
"""Libraries of which every release that lacks one of the modules has the successors of all."""
_EXTRA = frozenset({"sklearn.externals.six"})
_NOT_IMPORTED = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def fix(case: Case) -> Patch | None:
    """Replace, in all files, every name of the families that a finding missed a name of, and with them all others
    whose successors every release has that this Python can install: ten removed names cost one patch.
    """
    gone = missed_names(case)
    table = {
        old: new for families in FAMILIES if _misses(gone, families[0]) for f in families for old, new in f.items()
    }
    modules = {old: new for old, new in MODULES.items() if any(g == old or g.startswith(f"{old}.") for g in gone)}
    if not table and not modules and not gone & set(CALLS):
        return None
    missed = {_root(name) for name in gone}
    calls = {old: new for old, new in CALLS.items() if _root(old) in missed}
    table |= {old: new for family in EVERYWHERE for old, new in family.items()}
    if "jax" in missed:
        table |= JAX
    modules |= {old: new for old, new in MODULES.items() if _root(old) in missed & _ALL_AT_ONCE and old not in _EXTRA}
    changes = {path: _renamed(case.repo.files[path], table, modules, calls) for path in case.repo.python_files()}
    names = ", ".join(sorted(gone & ({*table, *modules, *calls})) or sorted(modules))
    return offer(case, "removed-names", f"Use the successor of what was removed: {names}", changes)


def _misses(gone: set[str], family: Family) -> bool:
    """A name of the family, or the module that they are of, is not there."""
    return any(old in gone or old.rpartition(".")[0] in gone - {_root(old)} for old in family)


def _root(dotted: str) -> str:
    return dotted.partition(".")[0]


def missed_names(case: Case) -> set[str]:
    """Return the dotted names that findings say a library does not have."""
    gone: set[str] = set()
    for finding in case.report.findings:
        text = told(finding)
        for pattern in _GONE:
            gone |= {f"{_ALIAS.get(module, module)}.{name}" for module, name in pattern.findall(text)}
        gone |= {f"{module}.{name}" for name, module in _NOT_IMPORTED.findall(text)}
        gone |= set(_NO_MODULE.findall(text))
    return gone


def _renamed(text: str, table: Mapping[str, str], modules: Mapping[str, str], calls: Mapping[str, Rewrite]) -> str:
    text = without_calls(text, calls)
    tree = parse(text)
    if tree is None:
        return text
    place, imports, edits = Text(text), list[str](), list[Edit]()
    bound, taken = imported_names(tree), assigned_names(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node, dotted in dotted_uses(tree, bound):
        new = table.get(dotted, "")
        new = "" if new.startswith("=") else spelled(new, bound, taken, imports)
        if new:
            bracket = new.startswith("-") and _binds_tighter(parents.get(node))
            edits.append(Edit(*place.span(node), f"({new})" if bracket else new))
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            edits += _moved(statement, place, table, modules)
        elif isinstance(statement, ast.Import) and any(a.name in modules and a.asname for a in statement.names):
            edits += _moved_modules(statement, place, modules)
    return with_imports(edited(text, edits), imports) if edits else text


def _binds_tighter(parent: ast.AST | None) -> bool:
    """A minus sign in front would be read otherwise here (`-a ** 2`, `-a.b`, `-a[0]`)."""
    return isinstance(parent, ast.BinOp | ast.Attribute | ast.Subscript | ast.UnaryOp)


def _moved(statement: ast.ImportFrom, place: Text, table: Mapping[str, str], modules: Mapping[str, str]) -> list[Edit]:
    """Rewrite `from module import names` where the module or some of the names moved."""
    module, lines, stay = str(statement.module), list[str](), list[str]()
    for alias in statement.names:
        full, asname = f"{module}.{alias.name}", alias.asname or alias.name
        new = modules.get(full) or table.get(full, "")
        if new.startswith("=") or (new.startswith("builtins.") and new[9:] != asname):
            lines.append(f"{asname} = {new.removeprefix('=').removeprefix('builtins.')}")
            continue
        if not new or new.startswith(("-", "builtins.")):
            stay.append(alias.name if asname == alias.name else f"{alias.name} as {asname}")
            continue
        where, _, name = new.rpartition(".")
        bare = f"{name} as {asname}" if name != asname else name
        lines.append(f"from {where} import {bare}" if where else f"import {bare}")
    private = any(alias.name.startswith("_") for alias in statement.names)
    target = module if private else modules.get(module, module)
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
