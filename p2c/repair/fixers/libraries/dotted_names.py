"""Dotted names written with what a file has imported."""

from __future__ import annotations

from collections.abc import Mapping

_IMPORT_TOO = frozenset({"collections.abc"})
"""Modules that using their parent does not load for certain."""

_CAPITALS = frozenset({"PIL"})
"""Libraries whose modules begin with a capital letter, as classes do elsewhere."""


def spelled(new: str, bound: Mapping[str, str], taken: set[str], imports: list[str]) -> str:
    """Return `new` with the names that the file has; an import is added where it has none; '' where that clashes."""
    if not new:
        return ""
    if new.startswith("-"):
        inner = spelled(new[1:], bound, taken, imports)
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
    holder, _, last = module.rpartition(".")
    imports.append(f"import {holder if last[:1].isupper() and root not in _CAPITALS else module or new}")
    return new
