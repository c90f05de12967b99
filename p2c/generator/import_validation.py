"""Whether a file imports only what will be there: the names its siblings have, and the planned packages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from p2c.generator.interface_check import top_level
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.logic import PROVIDED
from p2c.run_contract import Interface
from p2c.untrusted_text import parse_python


def wrong_imports(tree: ast.Module, spec: FileSpec, plan: Plan, written: Mapping[str, str]) -> list[str]:
    """Return each import that would fail: an unplanned package, a sibling's name that isn't there, a file that the
    plan does not let this one use. `written` is path -> text of what exists already."""
    wrong: list[str] = []
    for node in _required(tree.body):
        for module, name in _targets(node, spec.path):
            if module is None:
                wrong.append(f"line {node.lineno}: a relative import that leaves the repository's packages")
            elif problem := _problem(module, name, spec, plan, written):
                wrong.append(f"line {node.lineno}: {problem}")
    return wrong


def _required(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports, also those inside functions, but not those that a `try` makes optional."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (isinstance(node, ast.Try) and _is_optional(node)):
            for field in ("body", "orelse", "finalbody"):
                yield from _required(getattr(node, field, []))


def _is_optional(node: ast.Try) -> bool:
    caught = " ".join(ast.unparse(handler.type) if handler.type else "Exception" for handler in node.handlers)
    return any(name in caught for name in ("ImportError", "ModuleNotFoundError", "Exception"))


def _targets(node: ast.Import | ast.ImportFrom, path: str) -> Iterator[tuple[str | None, str]]:
    """Yield (absolute module, name imported from it or nothing)."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
        return
    module: str | None = node.module or ""
    if node.level:
        folders = PurePosixPath(path).parts[:-1]
        kept = len(folders) - (node.level - 1)
        module = ".".join([*folders[:kept], *([node.module] if node.module else [])]) if folders and kept > 0 else None
    yield from ((module, alias.name) for alias in node.names)


def _problem(module: str, name: str, spec: FileSpec, plan: Plan, written: Mapping[str, str]) -> str:
    own = {item.path.split("/")[0].removesuffix(".py") for item in plan.files}
    top = module.split(".")[0]
    if top not in own:
        return _not_provided(top, plan)
    path = _module_path(f"{module}.{name}", plan) if name else None
    if path is None:
        path = _module_path(module, plan)
        if path is None:
            return f"there is no module {module} in the repository"
        if name and name != "*" and not _has(path, name, plan, written):
            return f"{path} has no {name!r}; it has: {', '.join(_names(path, plan, written)) or 'nothing'}"
    if path not in (spec.path, *spec.uses) and not path.endswith("__init__.py"):
        return f"imports {path}, which the plan does not let {spec.path} use (uses: {', '.join(spec.uses) or 'none'})"
    return ""


def _not_provided(top: str, plan: Plan) -> str:
    covered = {name.split(".")[0] for package in plan.packages for name in package.imports}
    if top in sys.stdlib_module_names or top in PROVIDED or top in covered:
        return ""
    return f"imports {top!r}, which requirements.txt does not provide (it provides: {', '.join(sorted(covered))})"


def _module_path(module: str, plan: Plan) -> str | None:
    stem = module.replace(".", "/")
    return next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if plan.spec(path)), None)


def _has(path: str, name: str, plan: Plan, written: Mapping[str, str]) -> bool:
    names = _names(path, plan, written)
    return name in names or "*" in names or "__getattr__" in names


def _names(path: str, plan: Plan, written: Mapping[str, str]) -> list[str]:
    """What a sibling really defines where it is written, and what it promises where it is not."""
    if path in written:
        try:
            return list(top_level(parse_python(written[path])))
        except SyntaxError:
            return ["*"]
    spec = plan.spec(path)
    interface = spec.interface if spec else Interface()
    return [item.name for item in interface.classes] + [item.name for item in interface.functions]
