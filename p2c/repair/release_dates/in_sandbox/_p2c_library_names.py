"""Ask the files of an unpacked library, what they define; run as text, with `python -c`.

    FOLDER names NAME OWNER        prints yes where NAME is defined (as OWNER's, where there is one)
    FOLDER options NAME OWNER      prints yes where OWNER takes NAME
    FOLDER signatures NAME OWNER   prints the parameters of every OWNER
    FOLDER place NAME ''             prints the folder or file of the package NAME in FOLDER
    FOLDER owners NAME NAMES       prints the folders (of NAMES, joined by commas) in which a class NAME is defined

Only the standard library; nothing of the library is imported or run.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def trees(place: Path, word: str) -> Iterator[ast.Module]:
    """Yield the trees of the files in which the word stands."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    for file in [place] if place.is_file() else sorted([*place.rglob("*.py"), *place.rglob("*.pyi")]):
        text = file.read_text(encoding="utf-8", errors="replace")
        try:
            if pattern.search(text):
                yield ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def is_defined(place: Path, name: str, owner: str) -> bool:
    """Tell whether some class (where there is an owner: it may inherit) or some module defines the name."""
    if not owner and (any(place.rglob(name)) or any(place.rglob(f"{name}.py"))):
        return True
    for tree in trees(place, name):
        scopes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)] if owner else [tree]
        if any(name in bound(part) for scope in scopes for part in scope.body):
            return True
    return False


def bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds, also inside of `if` and `try`."""
    if isinstance(node, (*Function, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, (ast.If, ast.Try)):
        return {name for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt) for name in bound(part)}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def parameters(place: Path, owner: str) -> set[str]:
    """Return the parameters of every function, and of every class's `__init__`, of this name, joined by commas."""
    signatures = set()
    for tree in trees(place, owner):
        for node in ast.walk(tree):
            makers = [node] if isinstance(node, Function) and node.name == owner else []
            if isinstance(node, ast.ClassDef) and node.name == owner:
                makers = [
                    method
                    for method in node.body
                    if isinstance(method, Function) and method.name in ("__init__", "__new__")
                ]
            for maker in makers:
                every = [*maker.args.posonlyargs, *maker.args.args, ast.arg("*"), *maker.args.kwonlyargs]
                signatures.add(",".join(argument.arg for argument in every))
    return signatures


def main(folder: str, kind: str, name: str, owner: str) -> str:
    """Answer one question."""
    place = Path(folder)
    if kind == "place":
        return str(find(place, name) or "")
    if kind == "owners":
        homes = {module: find(place, module) for module in owner.split(",")}
        return ",".join(module for module, home in homes.items() if home and is_defined(home, name, ""))
    if kind == "names":
        return "yes" if is_defined(place, name, owner) else ""
    lists = parameters(place, owner)
    if kind == "options":
        return "yes" if any(name in names.split(",") for names in lists) else ""
    return ";".join(sorted(lists))


def find(folder: Path, name: str) -> Path | None:
    """Return the package's folder, or its only file."""
    return next((place for place in (folder / name, folder / f"{name}.py") if place.exists()), None)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
