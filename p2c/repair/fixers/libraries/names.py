"""Rows of kind `name` and `module`: names and modules that a library removed are written as their successors."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from p2c.python_source import parse
from p2c.repair.fixers.imported_names import assigned_names, dotted_uses, imported_names
from p2c.repair.fixers.libraries.calls import without_calls
from p2c.repair.fixers.libraries.changes import LibraryChange
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports

Table = dict[str, LibraryChange]
"""Old dotted name -> its row."""


def with_successors(text: str, rows: Iterable[LibraryChange]) -> str:
    """Return the text with every name, module and call of these rows written as it is today."""
    tables: dict[str, Table] = {"name": {}, "module": {}, "call": {}}
    for row in rows:
        tables[row.kind][row.old] = row
    names, modules = tables["name"], tables["module"]
    text = without_calls(text, tables["call"])
    tree = parse(text)
    if tree is None:
        return text
    place, imports, edits = Text(text), list[str](), list[Edit]()
    bound, taken = imported_names(tree), assigned_names(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node, dotted in dotted_uses(tree, bound):
        new = spelled(names[dotted].new, bound, taken, imports) if dotted in names else ""
        if new:
            bracket = new.startswith("-") and _binds_tighter(parents.get(node))
            edits.append(Edit(*place.span(node), f"({new})" if bracket else new))
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            edits += _moved(statement, place, names, modules)
        elif isinstance(statement, ast.Import) and any(a.name in modules for a in statement.names):
            edits += _moved_modules(statement, place, modules)
    return with_imports(edited(text, edits), imports) if edits else text


def _binds_tighter(parent: ast.AST | None) -> bool:
    """A minus sign in front would be read otherwise here (`-a ** 2`, `-a.b`, `-a[0]`)."""
    return isinstance(parent, ast.BinOp | ast.Attribute | ast.Subscript | ast.UnaryOp)


def _moved(statement: ast.ImportFrom, place: Text, names: Table, modules: Table) -> list[Edit]:
    """Rewrite `from module import names` where the module or some of the names moved."""
    module, lines, stay = str(statement.module), list[str](), list[str]()
    for alias in statement.names:
        full, asname = f"{module}.{alias.name}", alias.asname or alias.name
        row = modules.get(full) or names.get(full)
        new, value = (row.new, row.value) if row else ("", "")
        if value or (new.startswith("builtins.") and new[9:] != asname):
            lines.append(f"{asname} = {value or new[9:]}")
            continue
        if not new or new.startswith(("-", "builtins.")):
            stay.append(alias.name if asname == alias.name else f"{alias.name} as {asname}")
            continue
        where, _, name = new.rpartition(".")
        bare = f"{name} as {asname}" if name != asname else name
        lines.append(f"from {where} import {bare}" if where else f"import {bare}")
    private = any(alias.name.startswith("_") for alias in statement.names)
    target = module if private or module not in modules else modules[module].new
    if not lines and target == module:
        return []
    if stay:
        lines.insert(0, f"from {target} import {', '.join(stay)}")
    return [Edit(*place.span(statement), (place.newline + " " * statement.col_offset).join(lines))]


def _moved_modules(statement: ast.Import, place: Text, modules: Table) -> list[Edit]:
    """`import old` binds the new module under the old name, which a dotted one does not have."""
    return [
        Edit(*place.span(alias), f"{modules[alias.name].new} as {alias.asname or alias.name}")
        for alias in statement.names
        if alias.name in modules and (alias.asname or "." not in alias.name)
    ]
